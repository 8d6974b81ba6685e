/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/change.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "eco/version.h"
#include "wire/quote.h"

static const char *const kinds[] = {
	[CHANGE_ADD] = "add",	      [CHANGE_REMOVE] = "remove",
	[CHANGE_UPGRADE] = "upgrade", [CHANGE_DOWNGRADE] = "downgrade",
	[CHANGE_MOVE] = "version",    [CHANGE_ENTRY] = "entry",
};
static_assert(LEN(kinds) == N_CHANGE_KINDS, "every kind has a name");

static const char *const tricks[] = {
	[TRICK_SOURCE] = "it comes from another place than before",
	[TRICK_HOST] = "its host is new to this lock file",
	[TRICK_SCHEME] = "it is fetched without knowing from whom",
	[TRICK_INTEGRITY] = "another hash for the same version",
	[TRICK_DROPPED] = "its hash was removed",
	[TRICK_WEAK] = "its hash is a weak one",
	[TRICK_NONE] = "it has no hash",
	[TRICK_SCRIPT] = "it runs a script when it is installed",
	[TRICK_ALIAS] = "it is installed under another name",
	[TRICK_NAME] = "its URL names another package",
	[TRICK_GIT] = "it comes from no registry",
	[TRICK_MOVING] = "it is a branch or tag, which can move",
	[TRICK_UNSEEN] = "its name has characters that cannot be seen or told apart",
};
static_assert(LEN(tricks) == N_TRICKS, "every trick is explained");

const char *change_name(enum change_kind kind)
{
	return kinds[kind];
}

const char *change_trick(enum trick trick)
{
	return tricks[trick];
}

/*
 * By what a package is; then by version and the rest, so that equal files give equal differences.
 */
static int compare_package(const struct lock_entry *x, const struct lock_entry *y)
{
	const int order = strcmp(x->type, y->type);

	return order ? order : str_compare(x->name, y->name);
}

static int by_package(const void *a, const void *b)
{
	const struct lock_entry *x = *(const struct lock_entry *const *)a,
				*y = *(const struct lock_entry *const *)b;
	int order = compare_package(x, y);

	if (order == 0)
		order = str_compare(x->version, y->version);
	if (order == 0)
		order = str_compare(x->as, y->as);
	if (order == 0)
		order = str_compare(x->url, y->url);
	return order ? order : str_compare(x->integrity, y->integrity);
}

static bool same(const struct lock_entry *x, const struct lock_entry *y)
{
	return str_eq(x->version, y->version) && str_eq(x->as, y->as) && str_eq(x->url, y->url) &&
	       str_eq(x->integrity, y->integrity) && x->source == y->source && x->flags == y->flags;
}

struct list {
	const struct lock_entry **entry;
	size_t n;
};

/* Sorted; what a file says twice counts once. */
static struct list sorted(const struct lock *lock, struct arena *arena)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): it is an array of pointers */
	struct list list = { arena_alloc(arena, (lock->n + 1) * sizeof(*list.entry)), 0 };
	size_t n = 0;

	for (size_t i = 0; i < lock->n; i++)
		list.entry[i] = &lock->entry[i];
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): the same */
	qsort(list.entry, lock->n, sizeof(*list.entry), by_package);
	for (size_t i = 0; i < lock->n; i++)
		if (n == 0 || compare_package(list.entry[i], list.entry[n - 1]) != 0 ||
		    !same(list.entry[i], list.entry[n - 1]))
			list.entry[n++] = list.entry[i];
	list.n = n;
	return list;
}

/* How strong the strongest hash of an entry is: 0 none, 1 broken, 2 sound. */
static int strength(struct str integrity)
{
	static const char *const broken[] = { "sha1-", "sha1:", "md5-", "md5:" };

	if (integrity.n == 0)
		return 0;
	for (size_t i = 0; i < LEN(broken); i++)
		if (str_starts(integrity, broken[i]) && !memchr(integrity.p, ' ', integrity.n))
			return 1;
	return integrity.n == 40 && !memchr(integrity.p, '-', integrity.n) ? 1 : 2;
}

static bool is_open(struct str url)
{
	static const char *const schemes[] = { "http",	   "ftp",     "git",	"svn",
					       "git+http", "git+git", "git+ftp" };
	const struct str scheme = lock_scheme(url);

	for (size_t i = 0; i < LEN(schemes); i++)
		if (str_is(scheme, schemes[i]))
			return true;
	return false;
}

/* npm's archives are at /NAME/-/BASENAME-VERSION.tgz: lockfile-lint's validate-package-names. */
static bool names_another(const struct lock_entry *entry)
{
	const char *dash = entry->url.n ? memmem(entry->url.p, entry->url.n, "/-/", 3) : NULL;
	struct str path = { entry->url.p, 0 };

	if (strcmp(entry->type, "npm") != 0 || !dash)
		return false;
	path.n = (size_t)(dash - entry->url.p);
	if (path.n < entry->name.n + 1 || path.p[path.n - entry->name.n - 1] != '/')
		return true;
	path.p += path.n - entry->name.n;
	path.n = entry->name.n;
	return !str_eq(path, entry->name);
}

static bool is_plain(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] <= ' ' || (unsigned char)name.p[i] >= 0x7f)
			return false;
	return true;
}

/* Whether the entry says where from, and hashes are usual for what comes from there. */
static bool wants_hash(const struct lock_entry *entry)
{
	return entry->source == SOURCE_REGISTRY && !(entry->flags & LOCK_BUNDLED);
}

static unsigned tricks_of_new(const struct lock_entry *to, bool hashes)
{
	unsigned found = 0;

	if (is_open(to->url))
		found |= 1U << TRICK_SCHEME;
	if (strength(to->integrity) == 1 && to->source != SOURCE_GIT)
		found |= 1U << TRICK_WEAK;
	if (strength(to->integrity) == 0 && hashes && wants_hash(to))
		found |= 1U << TRICK_NONE;
	if (to->flags & LOCK_SCRIPT)
		found |= 1U << TRICK_SCRIPT;
	if (to->flags & LOCK_ALIAS)
		found |= 1U << TRICK_ALIAS;
	if (names_another(to))
		found |= 1U << TRICK_NAME;
	if ((to->source == SOURCE_GIT && strcmp(to->type, "githubactions") != 0) ||
	    to->source == SOURCE_URL)
		found |= 1U << TRICK_GIT;
	if (to->flags & LOCK_UNPINNED)
		found |= 1U << TRICK_MOVING;
	if (!is_plain(to->name) || !is_plain(to->as))
		found |= 1U << TRICK_UNSEEN;
	return found;
}

/* Of a package that was there: only what is new about it. */
static unsigned tricks_of_changed(const struct lock_entry *from, const struct lock_entry *to,
				  bool hashes)
{
	unsigned found = tricks_of_new(to, hashes) & ~tricks_of_new(from, hashes);
	const int before = strength(from->integrity), after = strength(to->integrity);

	if (to->source != from->source || !str_eq(lock_host(from->url), lock_host(to->url)))
		found |= 1U << TRICK_SOURCE;
	if (before && !after)
		found = (found & ~(1U << TRICK_NONE)) | 1U << TRICK_DROPPED;
	else if (str_eq(from->version, to->version) && before &&
		 !str_eq(from->integrity, to->integrity))
		found |= 1U << TRICK_INTEGRITY;
	if (before <= after)
		found &= ~(1U << TRICK_WEAK);
	return found;
}

struct finder {
	struct arena *arena;
	struct changes *changes;
	bool hashes;	  /* the file has them */
	struct str *host; /* that it named before, each once */
	size_t n_hosts;
};

static bool knows_host(const struct finder *f, struct str host)
{
	for (size_t i = 0; i < f->n_hosts; i++)
		if (str_eq(f->host[i], host))
			return true;
	return false;
}

static void note_hosts(struct finder *f, const struct lock *before)
{
	for (size_t i = 0; i < before->n; i++) {
		const struct str host = lock_host(before->entry[i].url);

		if (host.n && !knows_host(f, host))
			*arena_push(f->arena, f->host, f->n_hosts) = host;
	}
}

/* A file that named none says nothing about where the rest comes from. */
static unsigned tricks_of_added(const struct finder *f, const struct lock_entry *to)
{
	const struct str host = lock_host(to->url);
	const bool new =
		f->n_hosts &&host.n && to->source == SOURCE_REGISTRY && !knows_host(f, host);

	return tricks_of_new(to, f->hashes) | (new ? 1U << TRICK_HOST : 0);
}

static void put(struct finder *f, enum change_kind kind, const struct lock_entry *from,
		const struct lock_entry *to)
{
	*arena_push(f->arena, f->changes->change, f->changes->n) = (struct change){
		.kind = kind,
		.from = from,
		.to = to,
		.tricks = !to	 ? 0
			  : from ? tricks_of_changed(from, to, f->hashes)
				 : tricks_of_added(f, to),
	};
}

static enum change_kind kind_of(const struct lock_entry *from, const struct lock_entry *to)
{
	int order;

	if (str_eq(from->version, to->version))
		return CHANGE_ENTRY;
	if (version_order(from->type, from->version, to->version, &order) < 0 || order == 0)
		return CHANGE_MOVE;
	return order < 0 ? CHANGE_UPGRADE : CHANGE_DOWNGRADE;
}

/*
 * The versions of one package. Equal ones are paired first; the rest in order, as far as both sides
 * have one.
 */
static void compare_versions(struct finder *f, struct list from, struct list to)
{
	size_t n_from = 0, n_to = 0;

	for (size_t i = 0; i < from.n; i++) {
		size_t j = 0;

		while (j < to.n &&
		       (!to.entry[j] || !str_eq(to.entry[j]->version, from.entry[i]->version) ||
			!str_eq(to.entry[j]->as, from.entry[i]->as)))
			j++;
		if (j == to.n) {
			from.entry[n_from++] = from.entry[i];
			continue;
		}
		if (!same(from.entry[i], to.entry[j]))
			put(f, CHANGE_ENTRY, from.entry[i], to.entry[j]);
		to.entry[j] = NULL;
	}
	for (size_t j = 0; j < to.n; j++)
		if (to.entry[j])
			to.entry[n_to++] = to.entry[j];
	for (size_t i = 0; i < n_from || i < n_to; i++)
		if (i < n_from && i < n_to)
			put(f, kind_of(from.entry[i], to.entry[i]), from.entry[i], to.entry[i]);
		else if (i < n_from)
			put(f, CHANGE_REMOVE, from.entry[i], NULL);
		else
			put(f, CHANGE_ADD, NULL, to.entry[i]);
}

/* The entries of the first package of @rest, which are taken off it. */
static struct list take_package(struct list *rest)
{
	struct list taken = { rest->entry, 0 };

	while (taken.n < rest->n && compare_package(rest->entry[taken.n], rest->entry[0]) == 0)
		taken.n++;
	rest->entry += taken.n;
	rest->n -= taken.n;
	return taken;
}

static bool has_hashes(const struct lock *lock)
{
	for (size_t i = 0; i < lock->n; i++)
		if (lock->entry[i].integrity.n && lock->entry[i].source == SOURCE_REGISTRY)
			return true;
	return false;
}

void change_find(const struct lock *before, const struct lock *after, struct arena *arena,
		 struct changes *changes)
{
	struct finder f = { .arena = arena,
			    .changes = changes,
			    .hashes = has_hashes(before) || has_hashes(after) };
	struct list from = sorted(before, arena), to = sorted(after, arena);
	const struct list none = { NULL, 0 };

	note_hosts(&f, before);
	while (from.n || to.n) {
		const int order = !from.n ? 1
				  : !to.n ? -1
					  : compare_package(from.entry[0], to.entry[0]);

		compare_versions(&f, order <= 0 ? take_package(&from) : none,
				 order >= 0 ? take_package(&to) : none);
	}
}
