/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/plan_steps.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "policy/environment.h"
#include "policy/placeholder.h"

/*
 * Theory of operation
 *
 * What the box sees of the host beyond the system are trees: the workspace, the git directory of a
 * worktree or submodule, and the paths of [filesystem]. They are bound in the order of their paths,
 * a tree before one that lies in it, so that the most specific path decides what may be written.
 * Then come the walls inside of them: what is protected is bound onto itself, read-only, and what
 * is hidden is covered.
 *
 * A mount point made read-only does not keep its parent from being renamed, which would move the
 * protection away: so every directory between a writable tree and a wall in it is bound onto
 * itself first, and a mount point cannot be renamed (rename(2), EBUSY).
 */

struct tree {
	const char *path, *why;
	struct where where;
	bool writable, file;
};

struct trees {
	struct tree *tree;
	size_t n;
};

/* Where git keeps its things when they are not in the workspace: a worktree's lie in its
 * repository's. */
static const char *git_dir(const struct host *host)
{
	return host->commondir ? host->commondir : host->gitdir;
}

/* A tree before what is in it; of one path, what may not write before what may. */
static int by_path(const void *a, const void *b)
{
	const struct tree *x = a, *y = b;
	int order = path_compare(x->path, y->path);

	return order ? order : x->writable - y->writable;
}

/* The innermost of the first @n trees that has @path in it, or NULL. */
static const struct tree *tree_of(const struct trees *trees, size_t n, const char *path)
{
	while (n-- > 0)
		if (path_is_below(path, trees->tree[n].path))
			return &trees->tree[n];
	return NULL;
}

/* Forgets what says no more than the tree around it. */
static void drop_repetitions(struct trees *trees)
{
	size_t n = 0;

	for (size_t i = 0; i < trees->n; i++) {
		const struct tree *tree = &trees->tree[i], *around = tree_of(trees, n, tree->path);

		if (!around ||
		    (around->writable != tree->writable && strcmp(around->path, tree->path) != 0))
			trees->tree[n++] = *tree;
	}
	trees->n = n;
}

static struct trees list_trees(struct arena *a, const struct policy *policy,
			       const struct host *host)
{
	const bool writable = policy->access == ACCESS_WRITE;
	struct trees trees = { 0 };

	*arena_push(a, trees.tree, trees.n) = (struct tree){
		.path = host->workspace,
		.why = "workspace",
		.writable = writable,
	};
	if (git_dir(host))
		*arena_push(a, trees.tree, trees.n) = (struct tree){
			.path = git_dir(host),
			.why = "git directory of this worktree or submodule",
			.writable = writable,
		};
	for (size_t i = 0; i < host->n_grants; i++) {
		const struct host_grant *grant = &host->grants[i];

		*arena_push(a, trees.tree, trees.n) = (struct tree){
			.path = grant->path,
			.why = grant->write ? "to be written" : "to be read",
			.where = grant->where,
			.writable = grant->write,
			.file = grant->kind == PATH_FILE,
		};
	}
	qsort(trees.tree, trees.n, sizeof(*trees.tree), by_path);
	drop_repetitions(&trees);
	return trees;
}

/* Binds each directory between @top and @path onto itself, once: since step @first. */
static void pin_parents(struct plan *plan, const char *top, const char *path, size_t first)
{
	const char *slash = path + strlen(top);

	while (*slash && (slash = strchr(slash + 1, '/'))) {
		struct str parent = { path, (size_t)(slash - path) };
		bool pinned = false;

		for (size_t i = first; i < plan->n && !pinned; i++)
			pinned = (plan->step[i].kind == STEP_PROTECT ||
				  plan->step[i].kind == STEP_BIND) &&
				 str_is(parent, plan->step[i].dst);
		if (!pinned)
			plan_add(plan, STEP_PROTECT, "cannot be moved")->dst =
				arena_strndup(&plan->arena, parent.p, parent.n);
	}
}

static void plan_trees(struct plan *plan, const struct trees *trees)
{
	size_t first = plan->n;

	for (size_t i = 0; i < trees->n; i++) {
		const struct tree *tree = &trees->tree[i], *around = tree_of(trees, i, tree->path);

		if (around && around->writable)
			pin_parents(plan, around->path, tree->path, first);
		plan_add_bind(plan, tree->path,
			      (tree->writable ? 0U : STEP_READONLY) |
				      (tree->file ? STEP_NO_DIR : 0U),
			      tree->why)
			->where = tree->where;
	}
}

/* A link in a tree is there already, as the host has it; one below another link is reached by it.
 */
static bool shows_link(const struct host *host, const struct trees *trees, size_t i)
{
	const char *link = host->grants[i].link;

	if (!link || tree_of(trees, trees->n, link))
		return false;
	for (size_t j = 0; j < host->n_grants; j++)
		if (j != i && host->grants[j].link && path_is_below(link, host->grants[j].link) &&
		    (j < i || strcmp(link, host->grants[j].link) != 0))
			return false;
	return true;
}

static void plan_links(struct plan *plan, const struct host *host, const struct trees *trees)
{
	for (size_t i = 0; i < host->n_grants; i++) {
		const struct host_grant *grant = &host->grants[i];

		if (shows_link(host, trees, i))
			plan_add_link(plan, grant->link, grant->path, "as on the host")->where =
				grant->where;
	}
}

static int refuse_link(const char *path, struct where where, struct err *e)
{
	err_say(e, -ELOOP,
		"%s is a symbolic link, which cannot be protected; replace it by what it points to",
		path);
	return where.file ? err_wrap(e, "%s:%u", where.file, where.line) : e->code;
}

static void protect(struct plan *plan, const struct host_match *match)
{
	const struct where where = match->pattern->where;

	plan_add_protect(plan, match->path, where.file ? "protected" : "git runs or obeys it")
		->where = where;
}

/* Something has to stand there before it can be protected. */
static void hold(struct plan *plan, const struct host_match *match)
{
	const enum placeholder kind = placeholder_for(match->path, match->pattern);
	struct step *step = plan_add(plan, STEP_PLACEHOLDER, "is not there, and cannot be made");

	step->dst = match->path;
	step->flags = STEP_READONLY;
	step->n = kind;
	step->text = placeholder_name(kind);
	step->where = match->pattern->where;
}

/*
 * Matches come sorted, a directory before what is in it. What lies in a hidden directory is gone
 * with it, and what lies in a protected one is protected with it. A link cannot be covered: a
 * hidden one leads to something that is hidden itself.
 */
static int plan_matches(struct plan *plan, const struct host *host, const struct trees *trees,
			struct err *e)
{
	const struct host_match *hidden = NULL, *protected = NULL;
	size_t first = plan->n;

	for (size_t i = 0; i < host->n_matches; i++) {
		const struct host_match *match = &host->matches[i];
		const struct tree *tree = tree_of(trees, trees->n, match->path);

		assert(tree);
		if (hidden && path_is_below(match->path, hidden->path))
			continue;
		if (!match->pattern->hide &&
		    (!tree->writable || (protected && path_is_below(match->path, protected->path) &&
					 path_is_below(protected->path, tree->path))))
			continue;
		if (match->kind == PATH_LINK) {
			if (match->pattern->hide)
				continue;
			return refuse_link(match->path, match->pattern->where, e);
		}
		if (tree->writable)
			pin_parents(plan, tree->path, match->path, first);
		if (match->pattern->hide) {
			plan_add_hide(plan, match->path, match->kind,
				      match->pattern->where.file ? "hidden"
								 : "a service of the host")
				->where = match->pattern->where;
			hidden = match;
			continue;
		}
		if (match->kind == PATH_NONE)
			hold(plan, match);
		else
			protect(plan, match);
		protected = match;
	}
	return 0;
}

/* To go any .git is a repository, of which it asks git: not where it only stands in for one. */
void plan_workspace_variables(struct environment *env, const struct host *host)
{
	for (size_t i = 0; i < host->n_matches; i++)
		if (host->matches[i].kind == PATH_NONE &&
		    str_ends(str_of(host->matches[i].path), "/.git"))
			environment_set(env, "GOFLAGS", "-buildvcs=false");
}

int plan_workspace(struct plan *plan, const struct policy *policy, const struct host *host,
		   struct err *e)
{
	struct trees trees = list_trees(&plan->arena, policy, host);

	plan_add_tmpfs(plan, host->home, 0700, "private, empty home");
	plan_trees(plan, &trees);
	plan_links(plan, host, &trees);
	return plan_matches(plan, host, &trees, e);
}
