/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/options.h"
#include "eco/advisory.h"
#include "os/sys.h"
#include "wire/quote.h"
#include "wire/rfc3339.h"

/*
 * Advisories are collected as lines in memory, sorted, and written to a file beside the one that
 * they then replace: whoever has that one mapped keeps it.
 */

static const char usage[] =
	"usage: agentbox advisories build DATABASE OSV...\n"
	"       agentbox advisories check DATABASE PURL...\n\n"
	"build makes a database for [packages] advisories= of advisories in the format\n"
	"of OSV: files, or directories with *.json files at any depth. check says what a\n"
	"database has about packages.\n\n"
	"Exit status: 0; 1 it could not be made or read, or is about one of the packages;\n"
	"2 usage.\n";

static int run(char **argv);

const struct verb verb_advisories = { .name = "advisories", .usage = usage, .run = run };

enum { OSV_MAX = 16 << 20, LINE_MAX_BYTES = 4 << 20 };

struct collection {
	struct arena arena;
	const char **line;
	size_t n;
	size_t n_read, n_bad;
	char *space; /* for a line */
};

static void collect(void *of, struct str line)
{
	struct collection *c = of;

	/* NOLINTNEXTLINE(bugprone-sizeof-expression): the elements are pointers */
	*arena_push(&c->arena, c->line, c->n) = arena_strndup(&c->arena, line.p, line.n);
}

static int complain(const char *what, const char *path, const char *why)
{
	char shown[512];
	struct buf b = BUF(shown);

	quote_term(&b, str_of(path));
	fprintf(stderr, "agentbox: %s %s: %s\n", what, shown, why);
	return 1;
}

/* An advisory that cannot be read is told, and counts as a failure at the end. */
static void read_advisory(struct collection *c, const char *path)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	_cleanup_(arena_fini) struct arena arena = { 0 };
	const char *wrong = NULL;
	struct str json;
	int r = fd < 0 ? -errno : read_whole(fd, OSV_MAX, &arena, &json);

	if (r == 0)
		wrong = osv_read(json, buf_over(c->space, LINE_MAX_BYTES), collect, c);
	c->n_read++;
	if (r == 0 && !wrong)
		return;
	complain("read", path, wrong ? wrong : strerror(-r));
	c->n_bad++;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void read_tree(struct collection *c, char *path)
{
	char *paths[] = { path, NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	FTSENT *entry;

	while (tree && (entry = fts_read(tree))) {
		if (entry->fts_info == FTS_F &&
		    (entry->fts_level == 0 || str_ends(str_of(entry->fts_name), ".json")))
			read_advisory(c, entry->fts_path);
		else if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR ||
			 entry->fts_info == FTS_NS)
			c->n_bad += (size_t)complain("read", entry->fts_path,
						     strerror(entry->fts_errno));
	}
	if (!tree || fts_close(tree) < 0)
		c->n_bad += (size_t)complain("read", path, strerror(errno));
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int write_lines(const struct collection *c, FILE *out)
{
	char time_space[32];
	struct buf when = BUF(time_space);
	size_t n = 0;

	rfc3339_print(date_ms(), &when);
	fprintf(out, "agentbox advisories 1 %s\n", when.p);
	for (size_t i = 0; i < c->n; i++) {
		if (i && strcmp(c->line[i - 1], c->line[i]) == 0)
			continue;
		fprintf(out, "%s\n", c->line[i]);
		n++;
	}
	printf("%zu line%s of %zu advisor%s\n", n, plural(n), c->n_read,
	       c->n_read == 1 ? "y" : "ies");
	return fflush(out) == EOF || fsync(fileno(out)) < 0 ? -1 : 0;
}

static int write_database(struct collection *c, const char *path)
{
	char *beside = arena_printf(&c->arena, "%s.new", path);
	FILE *out = fopen(beside, "we");
	int r;

	if (!out)
		return complain("write", beside, strerror(errno));
	r = write_lines(c, out);
	r |= fclose(out);
	if (r != 0 || rename(beside, path) < 0) {
		complain("write", path, strerror(errno));
		unlink(beside);
		return 1;
	}
	return 0;
}

/* One that is not complete would say of a package that nothing is known of it. */
static int build(char **argv)
{
	struct collection c = { .space = malloc(LINE_MAX_BYTES) };
	int status = 1;

	if (!c.space)
		abort();
	for (int i = 1; argv[i]; i++)
		read_tree(&c, argv[i]);
	if (c.n_bad)
		fprintf(stderr, "agentbox: %zu could not be read: %s is left as it is\n", c.n_bad,
			argv[0]);
	else if (c.n == 0)
		fprintf(stderr, "agentbox: they are about no package: %s is left as it is\n",
			argv[0]);
	else {
		qsort(c.line, c.n, sizeof(*c.line), compare);
		status = write_database(&c, argv[0]);
	}
	arena_fini(&c.arena);
	free(c.space);
	return status;
}

static int map(const char *path, struct str *out)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size == 0)
		return -EINVAL;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	*out = (struct str){ p, (size_t)st.st_size };
	return 0;
}

/* Returns 1 if it is known, or no package URL. */
static int check_one(const struct advisories *db, const char *text)
{
	char space[PURL_MAX];
	struct buf parts = BUF(space);
	struct advisory found;
	struct purl purl;
	const char *wrong = purl_parse(str_of(text), &parts, &purl);

	if (wrong)
		return complain("read", text, wrong);
	if (!advisories_find(db, &purl, &found)) {
		printf("%s: nothing is known\n", text);
		return 0;
	}
	printf("%s: %s, %.*s\n", text, found.malware ? "malware" : "vulnerable", (int)found.id.n,
	       found.id.p);
	return 1;
}

static int check(char **argv)
{
	struct advisories db;
	struct str text;
	int r = map(argv[0], &text), status = 0;
	const char *wrong;

	if (r < 0)
		return complain("read", argv[0], strerror(-r));
	wrong = advisories_open(text, &db);
	if (wrong)
		return complain("read", argv[0], wrong);
	for (int i = 1; argv[i]; i++)
		status |= check_one(&db, argv[i]);
	return status;
}

static const struct {
	const char *word, *lacks;
	int (*run)(char **argv);
} words[] = {
	{ "build", "advisories build needs a database and files of OSV", build },
	{ "check", "advisories check needs a database and packages", check },
};

static int run(char **argv)
{
	const struct verb_option none[] = { { 0 } };
	int r;

	if (!argv[1])
		return verb_misused(&verb_advisories, "advisories needs a word: build or check");
	for (size_t i = 0; i < LEN(words); i++) {
		if (strcmp(argv[1], words[i].word) != 0)
			continue;
		argv++;
		r = options_read(&verb_advisories, none, &argv);
		if (r == 0 && (!argv[0] || !argv[1]))
			r = verb_misused(&verb_advisories, "%s", words[i].lacks);
		return r ? r : words[i].run(argv);
	}
	return verb_misused(&verb_advisories, "there is no \"advisories %s\"", argv[1]);
}
