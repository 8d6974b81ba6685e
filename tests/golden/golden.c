/* SPDX-License-Identifier: Apache-2.0 */

/*
 * golden CASE...: builds the plan of each case directory from its profile.ini and its stated host,
 * and compares it with its plan. With UPDATE_GOLDEN=1 in the environment it writes plan instead.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/plan.h"

static const char *vendor; /* where the shipped profiles are */

static char *slurp(struct arena *arena, const char *path, struct str *text)
{
	FILE *f = fopen(path, "r");
	char *bytes = arena_alloc(arena, 1 << 20);

	if (!f) {
		perror(path);
		exit(1);
	}
	*text = (struct str){ bytes, fread(bytes, 1, (1 << 20) - 1, f) };
	fclose(f);
	return bytes;
}

static int read_profile(const struct policy_source *source, const char *name, struct arena *arena,
			const char **file, struct str *text, struct err *e)
{
	const char *slash = strchr(name, '/');

	(void)source;
	(void)e;
	*file = slash ? "profile.ini" : arena_printf(arena, "%s.ini", name);
	slurp(arena, slash ? name : arena_printf(arena, "%s/%s.ini", vendor, name), text);
	return 0;
}

static const char *copy(struct arena *a, struct str s)
{
	return arena_strndup(a, s.p, s.n);
}

static enum path_kind read_kind(struct str word)
{
	static const struct {
		const char *word;
		enum path_kind kind;
	} kinds[] = { { "dir", PATH_DIR }, { "file", PATH_FILE }, { "link", PATH_LINK } };

	for (size_t i = 0; i < LEN(kinds); i++)
		if (str_is(word, kinds[i].word))
			return kinds[i].kind;
	return PATH_NONE;
}

/* What is guarded in git directories without a pattern of the profile. */
static const struct pattern *git_pattern(struct arena *arena, const char *path)
{
	struct pattern *pattern = arena_alloc(arena, sizeof(*pattern));

	pattern->glob = str_of(arena_printf(arena, ".git%s", strrchr(path, '/')));
	return pattern;
}

/* "KIND GLOB PATH": PATH is matched by the pattern of the profile that is written GLOB, or "-". */
static void read_match(struct host *host, struct str value)
{
	struct host_match *match = arena_push(&host->arena, host->matches, host->n_matches);
	struct str kind, rest, glob, path;

	str_cut(value, ' ', &kind, &rest);
	str_cut(rest, ' ', &glob, &path);
	match->kind = read_kind(kind);
	match->path = copy(&host->arena, path);
	for (size_t i = 0; i < host->matcher.n_names; i++)
		if (str_eq(host->matcher.name[i].glob, glob))
			match->pattern = &host->matcher.name[i];
	for (size_t i = 0; i < host->matcher.n_paths; i++)
		if (str_eq(host->matcher.path[i].glob, glob))
			match->pattern = &host->matcher.path[i];
	if (str_is(glob, "-")) /* not of the profile */
		match->pattern = git_pattern(&host->arena, match->path);
	assert(match->pattern);
}

static void read_path(struct host *host, struct str value)
{
	struct host_path *path = arena_push(&host->arena, host->paths, host->n_paths);
	struct str kind, rest, name, target;

	str_cut(value, ' ', &kind, &rest);
	path->kind = read_kind(kind);
	if (str_cut(rest, ' ', &name, &target))
		path->target = copy(&host->arena, target);
	path->path = copy(&host->arena, name);
}

/* "read|write KIND PATH [LINK]" */
static void read_grant(struct host *host, struct str value)
{
	struct host_grant *grant = arena_push(&host->arena, host->grants, host->n_grants);
	struct str access, kind, rest, path, link;

	str_cut(value, ' ', &access, &rest);
	str_cut(rest, ' ', &kind, &rest);
	grant->write = str_is(access, "write");
	grant->kind = read_kind(kind);
	if (str_cut(rest, ' ', &path, &link))
		grant->link = copy(&host->arena, link);
	grant->path = copy(&host->arena, path);
	grant->where = (struct where){ "profile.ini", 1 };
}

static void read_host(struct host *host, const char *file)
{
	const struct {
		const char *key;
		const char **at;
	} texts[] = {
		{ "user", &host->user },
		{ "home", &host->home },
		{ "hostname", &host->hostname },
		{ "workspace", &host->workspace },
		{ "cwd", &host->cwd },
		{ "gitdir", &host->gitdir },
		{ "commondir", &host->commondir },
		{ "task", &host->task },
	};
	char **environment = NULL;
	size_t n = 0;
	struct str text, line, key, value;

	slurp(&host->arena, file, &text);
	while (text.n) {
		str_cut(text, '\n', &line, &text);
		str_cut(line, ' ', &key, &value);
		for (size_t i = 0; i < LEN(texts); i++)
			if (str_is(key, texts[i].key))
				*texts[i].at = copy(&host->arena, value);
		if (str_is(key, "uid"))
			host->uid = host->gid = (uint32_t)strtoul(value.p, NULL, 10);
		if (str_is(key, "files"))
			host->files = (unsigned)atoi(value.p);
		if (str_is(key, "own-pid-max"))
			host->own_pid_max = true;
		if (str_is(key, "inotify"))
			host->inotify_instances = host->inotify_watches =
				strtoull(value.p, NULL, 10);
		if (str_is(key, "landlock"))
			host->landlock = atoi(value.p);
		if (str_is(key, "match"))
			read_match(host, value);
		if (str_is(key, "path"))
			read_path(host, value);
		if (str_is(key, "grant"))
			read_grant(host, value);
		if (str_is(key, "env"))
			*arena_push(&host->arena, environment, n) =
				arena_strndup(&host->arena, value.p, value.n);
	}
	*arena_push(&host->arena, environment, n) = NULL;
	host->environment = environment;
}

static int compare(const char *dir, const struct buf *plan, struct arena *arena)
{
	const char *file = arena_printf(arena, "%s/plan", dir);
	struct str expected;
	FILE *f;

	if (getenv("UPDATE_GOLDEN")) {
		f = fopen(file, "w");
		fwrite(plan->p, 1, plan->n, f);
		return fclose(f);
	}
	slurp(arena, file, &expected);
	if (str_eq(expected, (struct str){ plan->p, plan->n }))
		return 0;
	printf("# %s differs; it is now:\n", file);
	for (struct str rest = { plan->p, plan->n }, line; rest.n;) {
		str_cut(rest, '\n', &line, &rest);
		printf("# %.*s\n", (int)line.n, line.p);
	}
	return 1;
}

static int run_case(const char *dir)
{
	static char space[256 * 1024], said[16 * 1024];
	char *argv[] = { (char[]){ "npm" }, (char[]){ "test" }, NULL };
	struct policy_source source = { .read = read_profile };
	struct complaints complaints = { .text = BUF(said) };
	struct policy policy = { 0 };
	struct host host = { .landlock = 7 };
	struct plan plan = { 0 };
	struct err e = { 0 };
	struct buf out = BUF(space);
	int r;

	r = policy_load(&policy, arena_printf(&host.arena, "%s/profile.ini", dir), &source,
			&complaints);
	match_init(&host.matcher, &policy, &host.arena);
	if (r == 0)
		read_host(&host, arena_printf(&host.arena, "%s/host", dir));
	if (r < 0)
		buf_puts(&out, complaints.text.p);
	else if (plan_build(&plan, &policy, &host, argv, &e) < 0)
		buf_printf(&out, "%s\n", e.text);
	else
		plan_print(&plan, &out);
	r = compare(dir, &out, &host.arena);
	plan_fini(&plan);
	policy_fini(&policy);
	arena_fini(&host.arena);
	return r;
}

int main(int argc, char **argv)
{
	int failed = 0;

	if (argc < 3)
		return 2;
	vendor = argv[1];
	printf("1..%d\n", argc - 2);
	for (int i = 2; i < argc; i++) {
		int bad = run_case(argv[i]) != 0;
		const char *name = strrchr(argv[i], '/');

		printf("%sok %d - %s\n", bad ? "not " : "", i - 1, name ? name + 1 : argv[i]);
		failed |= bad;
	}
	return failed;
}
