/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory/installed.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "eco/lock_formats.h"
#include "eco/purl.h"
#include "eco/tree.h"
#include "os/sys.h"
#include "os/trees.h"
#include "wire/rfc3339.h"

/*
 * Theory of operation
 *
 * Beside lock files, which say what should be there, the trees of dependencies say what is: each
 * package by its name and version, as it says itself. What was there before is read while the
 * command runs already, so that no box waits for it: what was put there meanwhile tells itself by
 * its time of change or that of a directory above it, and by the inode of the tree (see
 * os/trees.c). In doubt it was not there.
 *
 * A package is untracked that is installed, and that neither lock file nor tree had before, and
 * that no registry gave to this task. What a package says of itself is believed with one exception:
 * under another name than its own it has to be what a lock file says, or one could be put in the
 * place of any that is tracked. What is in its files is not compared.
 */

enum { FILE_MAX = 8 << 20, HEAD_MAX = 1024, LIST_MAX = 64 << 20, TOLD_MAX = 100, MS = 1000 * 1000 };

struct reading {
	struct tree_visitor visitor;
	struct components *all;
	unsigned states;
	int64_t before; /* what has changed since is left out; 0: nothing */
};

static struct str read_file(struct arena *arena, int dir, const char *name)
{
	struct str text;
	int r = read_regular(dir, name, O_NOFOLLOW, FILE_MAX, arena, &text);

	return r < 0 ? (struct str){ "", 0 } : text;
}

/* The name, a newline, and how the file begins. */
static struct str read_head(struct arena *arena, int dir, const char *name)
{
	_cleanup_fd_ int fd =
		openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	const size_t n = strlen(name) + 1;
	char *text = arena_alloc(arena, n + HEAD_MAX);
	ssize_t got;

	memcpy(text, name, n);
	text[n - 1] = '\n';
	got = fd < 0 ? 0 : read(fd, text + n, HEAD_MAX);
	return (struct str){ text, n + (size_t)(got > 0 ? got : 0) };
}

/* The directory that @path lies in. */
static struct str dir_of(struct str path)
{
	struct str dir, name;

	return str_rcut(path, '/', &dir, &name) ? dir : (struct str){ "", 0 };
}

static struct str last_of(struct str path)
{
	struct str dir, name;

	return str_rcut(path, '/', &dir, &name) ? name : path;
}

/* "name", or "@scope/name", by which a package.json at @path is found. */
static struct str npm_name(struct str path)
{
	const struct str dir = dir_of(path), name = last_of(dir), scope = last_of(dir_of(dir));

	return scope.n && scope.p[0] == '@' ? (struct str){ scope.p, scope.n + 1 + name.n } : name;
}

/* What does not say which it is, goes by the name of its place. */
static void guess(struct lock *lock, enum lock_format format, struct str path)
{
	struct str name, version = { "", 0 };

	lock->n = 0;
	if (format == LOCK_NPM_PACKAGE)
		lock_add(lock, "npm", npm_name(path), version);
	if (format == LOCK_CRATE)
		lock_add(lock, "cargo", last_of(dir_of(path)), version);
	if (format != LOCK_PYTHON_PACKAGE)
		return;
	/* NAME-VERSION.dist-info/METADATA, or NAME-VERSION.egg-info */
	name = str_ends(path, ".egg-info") ? last_of(path) : last_of(dir_of(path));
	str_cut(name, '-', &name, &version);
	if (str_rcut(version, '.', &version, &path))
		lock_add(lock, "pypi", name, version);
}

/* Whether @lock has what is to be known of @mark. */
static bool read_mark(struct lock *lock, const struct tree_mark *mark, struct str text)
{
	char space[PURL_MAX];
	struct buf purl = BUF(space);

	if (lock_read(mark->format, text, lock))
		return false;
	if (lock->n == 1)
		compare_purl(&lock->entry[0], &purl);
	return lock->n != 1 || purl.n;
}

/* What is beside a mark and says where the package came from. */
static const struct {
	enum lock_format of, format;
	const char *name;
} origins[] = {
	{ LOCK_PYTHON_PACKAGE, LOCK_PYTHON_ORIGIN, "direct_url.json" },
	{ LOCK_CRATE, LOCK_CRATE_ORIGIN, ".cargo-checksum.json" },
};

static void add_origin(struct lock *lock, const struct tree_mark *mark)
{
	for (size_t i = 0; i < LEN(origins); i++) {
		struct lock origin = { .arena = lock->arena };
		struct str text;

		if (origins[i].of != mark->format || lock->n == 0)
			continue;
		text = read_file(lock->arena, mark->dir, origins[i].name);
		if (!text.n || lock_read(origins[i].format, text, &origin))
			continue;
		lock->entry[0].url = origin.entry[0].url;
		lock->entry[0].source = origin.entry[0].source;
		lock->entry[0].integrity = origin.entry[0].integrity;
	}
}

static void take_lock(const struct reading *r, const struct tree_mark *mark, struct lock *lock)
{
	const bool list = mark->format == LOCK_PACKAGE_LOCK || mark->format == LOCK_PNPM;
	struct component c = {
		.states = list ? 0 : r->states,
		.seen = mark->changed / MS,
	};
	struct str path = str_of(mark->path);

	path = mark->format == LOCK_GEMSPEC || mark->format == LOCK_YARN_ARCHIVE ? path
										 : dir_of(path);
	c.file = arena_strndup(lock->arena, path.p, path.n);
	for (size_t i = 0; i < lock->n; i++) {
		c.entry = &lock->entry[i];
		components_push(r->all, &c);
	}
}

/* What is read of a mark. */
static struct str text_of(struct arena *arena, const struct tree_mark *mark, struct str path)
{
	if (mark->format == LOCK_GO_MODULE)
		return path;
	if (mark->format == LOCK_GEMSPEC)
		return last_of(path);
	if (mark->format == LOCK_YARN_ARCHIVE)
		return read_head(arena, mark->dir, mark->name);
	return read_file(arena, mark->dir, mark->name);
}

static void take_mark(struct tree_visitor *visitor, const struct tree_mark *mark)
{
	const struct reading *r = (const struct reading *)(const void *)visitor;
	struct lock lock = { .arena = r->all->arena };
	const struct str path = { arena_strdup(lock.arena, mark->path), strlen(mark->path) };

	if (r->before && mark->changed >= r->before)
		return;
	if (!read_mark(&lock, mark, text_of(lock.arena, mark, path)))
		guess(&lock, mark->format, path);
	if (mark->format == LOCK_NPM_PACKAGE && lock.n &&
	    !str_eq(lock.entry[0].name, npm_name(path))) {
		lock.entry[0].as = npm_name(path);
		lock.entry[0].flags |= LOCK_ALIAS;
	}
	add_origin(&lock, mark);
	take_lock(r, mark, &lock);
}

void installed_after(struct components *all, const struct snapshot *s, int workspace)
{
	struct reading r = { { take_mark }, all, COMPONENT_INSTALLED, 0 };

	for (size_t i = 0; i < s->n_trees; i++)
		trees_walk(workspace, s->tree[i], &r.visitor);
}

static bool take_word(struct str *rest, char end, struct str *word)
{
	return str_cut(*rest, end, word, rest);
}

int installed_before(struct components *all, int workspace, int fd, struct err *e)
{
	struct reading r = { { take_mark }, all, COMPONENT_BEFORE, 0 };
	struct str rest, word, inode;
	unsigned long number = 0;
	struct stat st;
	int code = read_whole(fd, LIST_MAX, all->arena, &rest);

	if (code < 0)
		return err_set(e, code, "read which trees there are");
	if (!take_word(&rest, '\0', &word) || str_to_ulong(word, INT64_MAX, &number) < 0)
		return err_say(e, -EPROTO, "the list of trees is damaged");
	r.before = (int64_t)number;
	while (take_word(&rest, ' ', &inode) && take_word(&rest, '\0', &word)) {
		if (str_to_ulong(inode, UINT64_MAX, &number) < 0)
			return err_say(e, -EPROTO, "the list of trees is damaged");
		if (fstatat(workspace, word.p, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    st.st_ino == number)
			trees_walk(workspace, word.p, &r.visitor);
	}
	return 0;
}

static void take_fetched(struct components *all, struct str line)
{
	struct component c = { .states = COMPONENT_FETCHED, .file = "" };
	struct lock_entry *entry = arena_alloc(all->arena, sizeof(*entry));
	char *space = arena_alloc(all->arena, PURL_MAX);
	struct buf parts = buf_over(space, PURL_MAX);
	struct node *root;
	struct purl purl;

	if (tree_json(line, all->arena, &root) ||
	    purl_parse(tree_text(root, "package"), &parts, &purl))
		return;
	*entry = (struct lock_entry){
		.type = arena_strndup(all->arena, purl.type.p, purl.type.n),
		.name = purl.path,
		.version = purl.version,
		.integrity = tree_text(root, "digest"),
		.source = SOURCE_REGISTRY,
	};
	c.entry = entry;
	rfc3339_parse(tree_text(root, "time"), &c.seen);
	components_push(all, &c);
}

int installed_fetched(struct components *all, int fd, struct err *e)
{
	struct str rest, line;
	int r = read_whole(fd, LIST_MAX, all->arena, &rest);

	if (r < 0)
		return err_set(e, r, "read what was fetched");
	while (take_word(&rest, '\n', &line))
		take_fetched(all, line);
	return 0;
}

static void report(const struct component *c, const struct policy *policy,
		   struct reporter *reporter)
{
	struct event ev = event_new(EVENT_PACKAGE_UNTRACKED);

	if (policy->untracked == UNTRACKED_FAIL)
		event_num(&ev, FIELD_VERDICT, VERDICT_DENY);
	event_text(&ev, FIELD_PACKAGE, str_of(c->purl));
	event_text(&ev, FIELD_FILE, str_of(c->file));
	event_text(&ev, FIELD_REASON,
		   c->entry->flags & LOCK_ALIAS
			   ? STR("it is installed under another name, and no lock file says so")
			   : STR("it was not there before, and no registry gave it to this task"));
	reporter->report(reporter, &ev);
}

static void report_more(size_t n, const struct policy *policy, struct reporter *reporter)
{
	struct event ev = event_new(EVENT_PACKAGE_UNTRACKED);

	if (policy->untracked == UNTRACKED_FAIL)
		event_num(&ev, FIELD_VERDICT, VERDICT_DENY);
	event_num(&ev, FIELD_COUNT, n);
	event_text(&ev, FIELD_REASON, STR("and more: agentbox inventory --untracked"));
	reporter->report(reporter, &ev);
}

/* @states are those of all that have the same package URL. */
static bool is_untracked(const struct component *c, unsigned states)
{
	const unsigned tracked = COMPONENT_BEFORE | COMPONENT_FETCHED;

	if (!(c->states & COMPONENT_INSTALLED) || (c->states & COMPONENT_BEFORE))
		return false;
	if (c->entry->flags & LOCK_BUNDLED && c->states & COMPONENT_NAMED)
		return false; /* it came inside of another one */
	if (c->entry->flags & LOCK_ALIAS && !(c->states & COMPONENT_NAMED))
		return true;
	return !(states & tracked);
}

/*
 * Hosts may be reached that are no registries to the profile, and nobody sees what they give: of
 * what may have come from one, nothing is said, unless the profile insists.
 */
static bool is_told(const struct component *c, const struct policy *policy)
{
	const struct packages *packages = &policy->packages;

	if (policy->untracked != UNTRACKED_REPORT || !policy_has_egress(policy))
		return policy->untracked != UNTRACKED_ALLOW;
	for (size_t i = 0; i < packages->n_registries; i++)
		if (!strcmp(packages->registry[i].ecosystem->name, c->entry->type))
			return true;
	return false;
}

void installed_judge(struct components *all, const struct policy *policy, struct reporter *reporter)
{
	size_t end, told = 0;

	for (size_t i = 0; i < all->n; i = end) {
		unsigned states = 0;

		for (end = i;
		     end < all->n && !strcmp(all->component[i].purl, all->component[end].purl);
		     end++)
			states |= all->component[end].states;
		for (size_t j = i; j < end; j++) {
			struct component *c = &all->component[j];

			if (!is_untracked(c, states))
				continue;
			c->states |= COMPONENT_UNTRACKED;
			if (is_told(c, policy) && told++ < TOLD_MAX)
				report(c, policy, reporter);
		}
	}
	if (told > TOLD_MAX)
		report_more(told - TOLD_MAX, policy, reporter);
}
