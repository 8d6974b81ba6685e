/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/lock_formats.h"

/* Pipfile.lock, composer.lock, packages.lock.json (NuGet), flake.lock; and workflows of GitHub. */

static struct str join(struct lock *lock, const struct node *texts)
{
	struct str all = { "", 0 };

	tree_each (text, texts)
		all = all.n ? str_of(arena_printf(lock->arena, "%.*s %.*s", (int)all.n, all.p,
						  (int)text->text.n, text->text.p))
			    : text->text;
	return all;
}

static void take_pipfile(struct lock *lock, const struct node *package)
{
	const struct str version = tree_text(package, "version"), git = tree_text(package, "git"),
			 path = tree_text(package, "path"), file = tree_text(package, "file");
	struct lock_entry *entry =
		lock_add(lock, "pypi", package->key,
			 str_starts(version, "==") ? str_skip(version, 2) : version);

	entry->integrity = join(lock, tree_get(package, "hashes"));
	entry->source = SOURCE_REGISTRY;
	if (git.n) {
		lock_set_url(entry, git, SOURCE_GIT);
		entry->integrity = tree_text(package, "ref");
	} else if (path.n) {
		lock_set_url(entry, path, SOURCE_PATH);
	} else if (file.n) {
		lock_set_url(entry, file, SOURCE_URL);
	}
}

const char *lock_pipfile(struct str text, struct lock *lock)
{
	struct node *root;
	const char *wrong = tree_json(text, lock->arena, &root);

	if (!wrong && !tree_get(root, "_meta"))
		wrong = "it has no _meta";
	if (wrong)
		return wrong;
	tree_each (source, tree_get(tree_get(root, "_meta"), "sources"))
		lock_remark(lock, true,
			    str_of(arena_printf(lock->arena, "index %.*s",
						(int)tree_text(source, "url").n,
						tree_text(source, "url").p)));
	tree_each (group, root) {
		if (!str_is(group->key, "_meta"))
			tree_each (package, group)
				take_pipfile(lock, package);
	}
	return NULL;
}

static void take_composer(struct lock *lock, const struct node *package)
{
	const struct node *dist = tree_get(package, "dist"), *source = tree_get(package, "source");
	struct lock_entry *entry = lock_add(lock, "composer", tree_text(package, "name"),
					    tree_text(package, "version"));

	/* GitHub's archives have no checksum: the reference is the commit. */
	entry->integrity = tree_text(dist, "shasum").n
				   ? tree_text(dist, "shasum")
				   : tree_text(dist ? dist : source, "reference");
	lock_set_url(entry, tree_text(dist ? dist : source, "url"), SOURCE_REGISTRY);
	if (str_is(tree_text(dist, "type"), "path"))
		entry->source = SOURCE_PATH;
	else if (!dist && source)
		entry->source = SOURCE_GIT;
	if (str_is(tree_text(package, "type"), "composer-plugin"))
		entry->flags |= LOCK_SCRIPT;
}

const char *lock_composer(struct str text, struct lock *lock)
{
	struct node *root;
	const char *wrong = tree_json(text, lock->arena, &root);

	if (!wrong && !tree_get(root, "packages"))
		wrong = "it has no packages";
	if (wrong)
		return wrong;
	tree_each (package, tree_get(root, "packages"))
		take_composer(lock, package);
	tree_each (package, tree_get(root, "packages-dev"))
		take_composer(lock, package);
	return NULL;
}

const char *lock_nuget(struct str text, struct lock *lock)
{
	struct node *root;
	const char *wrong = tree_json(text, lock->arena, &root);

	if (!wrong && !tree_get(root, "dependencies"))
		wrong = "it has no dependencies";
	if (wrong)
		return wrong;
	tree_each (framework, tree_get(root, "dependencies")) {
		tree_each (package, framework) {
			const bool project = str_is(tree_text(package, "type"), "Project");
			struct lock_entry *entry = lock_add(lock, "nuget", package->key,
							    tree_text(package, "resolved"));

			entry->integrity = tree_text(package, "contentHash");
			entry->source = project ? SOURCE_PATH : SOURCE_REGISTRY;
		}
	}
	return NULL;
}

/* A node without "locked" is the flake itself. */
static void take_flake(struct lock *lock, const struct node *input)
{
	const struct node *locked = tree_get(input, "locked");
	const struct str type = tree_text(locked, "type"), owner = tree_text(locked, "owner"),
			 repo = tree_text(locked, "repo");
	struct str name = input->key;
	struct lock_entry *entry;

	if (!locked)
		return;
	if (owner.n)
		name = str_of(arena_printf(lock->arena, "%.*s/%.*s", (int)owner.n, owner.p,
					   (int)repo.n, repo.p));
	entry = lock_add(lock, str_is(type, "github") ? "github" : "generic", name,
			 tree_text(locked, "rev"));
	entry->integrity = tree_text(locked, "narHash");
	lock_set_url(entry, tree_text(locked, "url"), SOURCE_URL);
	if (str_is(type, "github") || str_is(type, "gitlab") || str_is(type, "git"))
		entry->source = SOURCE_GIT;
	else if (str_is(type, "path"))
		entry->source = SOURCE_PATH;
}

const char *lock_flake(struct str text, struct lock *lock)
{
	struct node *root;
	const char *wrong = tree_json(text, lock->arena, &root);

	if (!wrong && !tree_get(root, "nodes"))
		wrong = "it has no nodes";
	if (wrong)
		return wrong;
	tree_each (input, tree_get(root, "nodes"))
		take_flake(lock, input);
	return NULL;
}

static bool is_commit(struct str ref)
{
	for (size_t i = 0; i < ref.n; i++)
		if (!((ref.p[i] >= '0' && ref.p[i] <= '9') || (ref.p[i] >= 'a' && ref.p[i] <= 'f')))
			return false;
	return ref.n == 40 || ref.n == 64;
}

/* "owner/repo[/path]@ref", "./path", "docker://image". */
static void take_use(struct lock *lock, struct str uses)
{
	struct str name, ref;
	struct lock_entry *entry;

	if (str_starts(uses, "./")) {
		lock_add(lock, "githubactions", uses, (struct str){ "", 0 })->source = SOURCE_PATH;
		return;
	}
	if (str_starts(uses, "docker://")) {
		lock_set_url(lock_add(lock, "docker", str_skip(uses, 9), (struct str){ "", 0 }),
			     uses, SOURCE_URL);
		return;
	}
	str_cut(uses, '@', &name, &ref);
	entry = lock_add(lock, "githubactions", name, ref);
	entry->source = SOURCE_GIT;
	if (is_commit(ref))
		entry->integrity = ref;
	else
		entry->flags |= LOCK_UNPINNED;
}

/*
 * Every "uses" anywhere: of jobs, and of steps. NOLINTNEXTLINE(misc-no-recursion): TREE_DEPTH deep
 */
static void find_uses(struct lock *lock, const struct node *node)
{
	tree_each (member, node) {
		if (str_is(member->key, "uses") && member->kind == NODE_TEXT)
			take_use(lock, member->text);
		find_uses(lock, member);
	}
}

const char *lock_actions(struct str text, struct lock *lock)
{
	struct node *root;
	const char *wrong = tree_yaml(text, lock->arena, &root);

	if (!wrong)
		find_uses(lock, root);
	return wrong;
}
