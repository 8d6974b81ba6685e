/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory/compare.h"

#include <string.h>

#include "eco/change.h"
#include "eco/purl.h"
#include "eco/tree.h"

/*
 * Theory of operation
 *
 * Two lists of files, sorted by path, are gone through side by side. Of a lock file that differs
 * the packages are compared, and each difference is an event; each trick in it (eco/change.h) is
 * another one, a finding. A lock file that cannot be understood is told as such, and never taken
 * for empty. Of what builds obey only that it differs is told, but for package.json, which changes
 * with every dependency: there the parts that run or redirect something are named.
 */

struct comparison {
	const struct policy *policy;
	struct arena *arena;
	struct reporter *reporter;
	const struct file *file; /* whichever is there */
};

void compare_purl(const struct lock_entry *entry, struct buf *out)
{
	char space[PURL_MAX];
	struct buf parts = BUF(space);
	struct purl purl;

	if (!purl_make(entry->type, entry->name, entry->version, &parts, &purl))
		purl_print(&purl, out);
}

/* With mode=deny a lock file is as it was; its change is a denial that came too late. */
static struct event event_about(const struct comparison *c, enum event_kind kind)
{
	struct event ev = event_new(kind);

	if (c->file->row->lock && c->policy->lockfiles_mode == LOCKFILES_DENY)
		event_num(&ev, FIELD_VERDICT, VERDICT_DENY);
	event_text(&ev, FIELD_FILE, str_of(c->file->path));
	return ev;
}

static void report(const struct comparison *c, const struct event *ev)
{
	c->reporter->report(c->reporter, ev);
}

static void add_package(struct event *ev, const struct change *change)
{
	const struct lock_entry *entry = change->to ? change->to : change->from;
	char space[PURL_MAX];
	struct buf purl = BUF(space);
	struct str host = lock_host(entry->url);

	compare_purl(entry, &purl);
	event_text(ev, FIELD_PACKAGE, purl.n ? (struct str){ purl.p, purl.n } : entry->name);
	if (host.n)
		event_text(ev, FIELD_HOST, host);
	if (change->from && change->to && !str_eq(change->from->version, change->to->version))
		event_text(ev, FIELD_FROM, change->from->version);
}

static void report_finding(const struct comparison *c, const struct change *change,
			   const char *reason, bool denied)
{
	struct event ev = event_about(c, EVENT_LOCKFILE_FINDING);
	uint64_t verdict;

	if (denied && event_get_num(&ev, FIELD_VERDICT, &verdict) < 0)
		event_num(&ev, FIELD_VERDICT, VERDICT_DENY);
	event_text(&ev, FIELD_REASON, str_of(reason));
	add_package(&ev, change);
	report(c, &ev);
}

/* "example.com", or "*.example.com" for what lies below it. */
static bool host_matches(const char *pattern, struct str host)
{
	if (pattern[0] != '*')
		return str_eq_nocase(str_of(pattern), host);
	return host.n > strlen(pattern + 1) &&
	       str_eq_nocase(
		       str_of(pattern + 1),
		       (struct str){ host.p + host.n - strlen(pattern + 1), strlen(pattern + 1) });
}

static bool host_allowed(const struct policy *policy, struct str host)
{
	bool allowed = policy->lockfiles_hosts.n == 0;

	for (size_t i = 0; i < policy->lockfiles_hosts.n && !allowed; i++)
		allowed = host_matches(policy->lockfiles_hosts.item[i].text, host);
	return allowed;
}

/* What [lockfiles] demands of every entry that is new or new in what it says. */
static void report_demands(const struct comparison *c, const struct change *change)
{
	const struct lock_entry *to = change->to;
	const struct str host = to ? lock_host(to->url) : (struct str){ "", 0 };

	if (!to || !c->file->row->lock)
		return;
	if (host.n && !host_allowed(c->policy, host))
		report_finding(c, change, "its host is none of [lockfiles] hosts=", true);
	if (c->policy->lockfiles_integrity == INTEGRITY_REQUIRED && to->integrity.n == 0 &&
	    to->source != SOURCE_PATH && !(to->flags & LOCK_BUNDLED))
		report_finding(c, change,
			       "it has no hash, which [lockfiles] require-integrity= demands",
			       true);
}

static void report_change(const struct comparison *c, const struct change *change)
{
	struct event ev = event_about(c, EVENT_LOCKFILE_CHANGE);

	event_text(&ev, FIELD_CHANGE, str_of(change_name(change->kind)));
	add_package(&ev, change);
	report(c, &ev);
	report_demands(c, change);
	for (enum trick trick = 0; trick < N_TRICKS; trick++) {
		if (change->tricks >> trick & 1)
			report_finding(c, change, change_trick(trick), false);
	}
}

/* Instructions that were not there before; those that went are of no interest. */
static void report_remarks(const struct comparison *c, const struct lock *before,
			   const struct lock *after)
{
	for (size_t i = 0; i < after->n_remarks; i++) {
		const struct lock_remark *remark = &after->remark[i];
		bool known = !remark->risky;

		for (size_t j = 0; j < before->n_remarks && !known; j++)
			known = str_eq(before->remark[j].what, remark->what);
		if (!known) {
			struct event ev = event_about(c, EVENT_LOCKFILE_FINDING);

			event_text(&ev, FIELD_REASON,
				   str_of(arena_printf(c->arena, "new instruction: %.*s",
						       (int)remark->what.n, remark->what.p)));
			report(c, &ev);
		}
	}
}

/* The file as a whole. */
static void report_file(const struct comparison *c, const char *change, const char *reason)
{
	struct event ev =
		event_about(c, c->file->row->lock ? EVENT_LOCKFILE_CHANGE : EVENT_BUILD_CHANGE);

	event_text(&ev, FIELD_CHANGE, str_of(change));
	if (reason)
		event_text(&ev, FIELD_REASON, str_of(reason));
	report(c, &ev);
}

static void report_unread(const struct comparison *c, const char *why)
{
	struct event ev = event_about(c, EVENT_LOCKFILE_UNREAD);

	event_text(&ev, FIELD_REASON, str_of(why));
	report(c, &ev);
}

/* A side that is not there, or that cannot be understood, has no packages. */
static const struct lock *lock_of(const struct comparison *c, struct snapshot *s, struct file *file)
{
	static const struct lock none;

	if (!file || file->row->format == LOCK_NONE)
		return &none;
	if (file->kind == FILE_LINK)
		report_unread(c, "it is a symbolic link");
	else if (file->kind == FILE_UNREAD)
		report_unread(c, "it is no file that can be read, or too large");
	else if (!snapshot_lock(s, file))
		report_unread(c, file->wrong);
	else
		return &file->lock;
	return &none;
}

static void compare_locks(const struct comparison *c, struct snapshot *before, struct file *from,
			  struct snapshot *after, struct file *to)
{
	const struct lock *x = lock_of(c, before, from), *y = lock_of(c, after, to);
	struct changes changes = { 0 };

	change_find(x, y, c->arena, &changes);
	for (size_t i = 0; i < changes.n; i++)
		report_change(c, &changes.change[i]);
	report_remarks(c, x, y);
}

/* Members of package.json that run something, or that say where packages come from. */
static const char *const manifest_parts[] = {
	"scripts",	"overrides",	    "resolutions", "bin",	    "trustedDependencies",
	"pnpm",		"gypfile",	    "workspaces",  "publishConfig", "packageManager",
	"allowScripts", "dependenciesMeta", "config",	   "engines",
};

static bool same_node(const struct node *a, const struct node *b) /* NOLINT(misc-no-recursion) */
{
	const struct node *y = b ? b->first : NULL;

	if (!a || !b)
		return a == b;
	if (a->kind != b->kind || a->n != b->n || !str_eq(a->text, b->text) ||
	    !str_eq(a->key, b->key))
		return false;
	tree_each (x, a) {
		if (!same_node(x, y))
			return false;
		y = y->next;
	}
	return true;
}

/* Which parts of package.json differ; "" if only others do, NULL if it is no JSON. */
static const char *manifest_changes(const struct comparison *c, const struct file *from,
				    const struct file *to)
{
	struct node *x = NULL, *y = NULL;
	char space[512];
	struct buf out = BUF(space);

	if ((from && tree_json(from->text, c->arena, &x)) ||
	    (to && tree_json(to->text, c->arena, &y)))
		return NULL;
	for (size_t i = 0; i < LEN(manifest_parts); i++)
		if (!same_node(tree_get(x, manifest_parts[i]), tree_get(y, manifest_parts[i])))
			buf_printf(&out, "%s%s", out.n ? ", " : "", manifest_parts[i]);
	return arena_strdup(c->arena, out.n ? out.p : "");
}

static void compare_build(const struct comparison *c, const char *change, const struct file *from,
			  const struct file *to)
{
	const char *parts = NULL;

	if (str_ends(str_of(c->file->path), "package.json"))
		parts = manifest_changes(c, from, to);
	if (parts && !*parts)
		return;
	report_file(c, change, parts);
}

static void compare_file(struct comparison *c, struct snapshot *before, struct file *from,
			 struct snapshot *after, struct file *to)
{
	const char *change = !from ? "add" : !to ? "remove" : "content";

	c->file = to ? to : from;
	if (from && to && from->kind == to->kind && to->kind != FILE_UNREAD &&
	    str_eq(from->text, to->text))
		return;
	if (c->file->row->lock)
		report_file(c, change, NULL);
	else
		compare_build(c, change, from, to);
	if (lock_is_installed(c->file->row->format))
		lock_of(c, after, to); /* what it says is in the inventory */
	else if (c->file->row->format != LOCK_NONE)
		compare_locks(c, before, from, after, to);
}

void compare_report(const struct policy *policy, struct snapshot *before, struct snapshot *after,
		    struct reporter *reporter)
{
	struct comparison c = { .policy = policy, .arena = after->arena, .reporter = reporter };
	size_t i = 0, j = 0;

	while (i < before->n || j < after->n) {
		const int order = i == before->n ? 1
				  : j == after->n
					  ? -1
					  : strcmp(before->file[i].path, after->file[j].path);

		compare_file(&c, before, order <= 0 ? &before->file[i] : NULL, after,
			     order >= 0 ? &after->file[j] : NULL);
		i += order <= 0;
		j += order >= 0;
	}
}
