/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every ecosystem against tests/data/registry/NAME:
 *
 *	urls	a line for each request: METHOD ROLE PATH[?QUERY] KIND, then NAME VERSION FILE, of
 *		which "-" is none and the rest may be left out; "# ..." is a comment
 *	*.sift	a document; its parts begin with lines "--- about", with NAME and what is refused,
 *		"--- form" if its client takes another form, with the number, "--- in", "--- want"
 *		and, what a caller learns of each version, "--- facts". A document that is refused
 *		has "--- refused" with the reason instead of these two.
 */
#include "eco/eco.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>

#include "eco/digest.h"
#include "suite.h"
#include "wire/rfc3339.h"

enum { TEXT_MAX = 1 << 16 };

static struct str take_line(struct str *rest)
{
	struct str line;

	str_cut(*rest, '\n', &line, rest);
	return line;
}

static struct str take_word(struct str *line)
{
	struct str word;

	*line = str_trim(*line);
	str_cut(*line, ' ', &word, line);
	return word;
}

/* Text of a file, until the next is read. */
static struct str content(const char *path)
{
	static char text[TEXT_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, TEXT_MAX);

	ck_assert_msg(n >= 0 && n < TEXT_MAX, "%s", path);
	close(fd);
	return (struct str){ text, (size_t)n };
}

static void check_url(const struct ecosystem *ecosystem, struct str line)
{
	struct package_request out = { 0 };
	struct str whole = line, want;
	struct registry_request in = { .method = take_word(&line) };
	const char *parts[] = { out.name, out.version, out.file };

	in.role = (unsigned)(take_word(&line).p[0] - '0');
	in.query = take_word(&line);
	in.path = (struct str){ in.query.p, 0 };
	while (in.query.n && in.query.p[0] != '?') {
		in.query = (struct str){ in.query.p + 1, in.query.n - 1 };
		in.path.n++;
	}
	in.path = guarded_bytes(in.path.p, in.path.n);
	in.query = guarded_bytes(in.query.p, in.query.n);
	ecosystem->classify(&in, &out);
	ck_assert_msg(str_is(take_word(&line), package_kind_name(out.kind)), "%s: %.*s: %s",
		      ecosystem->name, (int)whole.n, whole.p, package_kind_name(out.kind));
	for (size_t i = 0; i < LEN(parts); i++) {
		want = take_word(&line);
		if (!want.n || str_is(want, "-"))
			want = STR("");
		ck_assert_msg(out.kind == PACKAGE_UNKNOWN || str_is(want, parts[i]),
			      "%s: %.*s: \"%s\"", ecosystem->name, (int)whole.n, whole.p, parts[i]);
	}
}

static void check_urls(const struct ecosystem *ecosystem, const char *path)
{
	struct str rest = content(path);
	size_t n = 0;

	while (rest.n) {
		struct str line = take_line(&rest);

		if (!line.n || line.p[0] == '#')
			continue;
		check_url(ecosystem, line);
		n++;
	}
	ck_assert_uint_gt(n, 0);
}

struct document_case {
	struct str name, refused_words, form, in, want, facts, refused;
};

static bool is_head(struct str line, const char *head)
{
	return str_starts(line, "--- ") && str_is((struct str){ line.p + 4, line.n - 4 }, head);
}

/* The lines up to the next head, with the line feed of the last one left out. */
static struct str take_part(struct str *rest, const char *head)
{
	struct str part = *rest, peek = *rest;

	if (!is_head(take_line(&peek), head))
		return (struct str){ 0 };
	part = *rest = peek;
	while (rest->n && !str_starts(*rest, "--- "))
		take_line(rest);
	part.n -= rest->n;
	part.n -= part.n && part.p[part.n - 1] == '\n';
	return part;
}

static struct document_case read_case(const char *path)
{
	struct document_case c = { 0 };
	struct str rest = content(path), about = take_part(&rest, "about");

	c.name = take_word(&about);
	c.refused_words = about;
	c.form = take_part(&rest, "form");
	c.in = take_part(&rest, "in");
	c.want = take_part(&rest, "want");
	c.facts = take_part(&rest, "facts");
	c.refused = take_part(&rest, "refused");
	ck_assert_msg(rest.n == 0 && c.name.n, "%s: %.*s", path, (int)rest.n, rest.p);
	return c;
}

struct judge {
	struct str refused;
	struct buf facts;
};

static const char *const time_names[N_TIME_SOURCES] = { "none", "server", "author", "later" };

static void put_word(struct buf *out, struct str word)
{
	buf_puts(out, word.n ? " " : "");
	buf_str(out, word);
}

static bool judge(void *of, const struct package_facts *facts)
{
	struct judge *j = of;
	const struct {
		bool is;
		const char *name;
	} flags[] = {
		{ facts->prerelease, "prerelease" }, { facts->yanked, "yanked" },
		{ facts->deprecated, "deprecated" }, { facts->scripts, "scripts" },
		{ facts->foreign, "foreign" },
	};
	char time_space[32], digest_space[256];
	struct buf time = BUF(time_space), digest = BUF(digest_space);
	struct str words = j->refused;

	buf_str(&j->facts, facts->version);
	put_word(&j->facts, facts->file);
	put_word(&j->facts, str_of(time_names[facts->time]));
	if (facts->time == TIME_SERVER || facts->time == TIME_AUTHOR)
		rfc3339_print(facts->published, &time);
	put_word(&j->facts, (struct str){ time.p, time.n });
	digest_print(&facts->digest, &digest);
	put_word(&j->facts, (struct str){ digest.p, digest.n });
	for (size_t i = 0; i < LEN(flags); i++)
		put_word(&j->facts, str_of(flags[i].is ? flags[i].name : ""));
	put_word(&j->facts, facts->url);
	buf_puts(&j->facts, "\n");
	while (words.n) {
		struct str word = take_word(&words);

		if (str_eq(word, facts->version) || str_eq(word, facts->file))
			return false;
	}
	return true;
}

static void check_equal(const char *path, struct buf have, struct str want)
{
	have.n -= have.n && have.p[have.n - 1] == '\n';
	ck_assert_msg(str_eq((struct str){ have.p, have.n }, want), "%s: is\n%.*s\nnot\n%.*s", path,
		      (int)have.n, have.p, (int)want.n, want.p);
}

static void check_document(const struct ecosystem *ecosystem, const char *path)
{
	static char facts_space[TEXT_MAX], out_space[TEXT_MAX];
	struct document_case c = read_case(path);
	struct judge j = { c.refused_words, BUF(facts_space) };
	struct package_request about = { .kind = PACKAGE_METADATA };
	struct sieve s = { .ecosystem = ecosystem,
			   .about = &about,
			   .in = guarded_bytes(c.in.p, c.in.n),
			   .judge = judge,
			   .of = &j };
	struct buf out = BUF(out_space);
	int r;

	memcpy(about.name, c.name.p, c.name.n);
	about.form = c.form.n ? (unsigned)(c.form.p[0] - '0') : 0;
	while ((r = sieve_run(&s)) == SIEVE_MORE)
		;
	ck_assert_msg((r == SIEVE_BAD) == (c.refused.p != NULL), "%s: %s", path, s.reason);
	for (size_t i = 0; r == 0 && i < s.n_pieces; i++)
		buf_str(&out, s.piece[i]);
	if (r == 0) {
		ck_assert_uint_eq(s.size, out.n);
		check_equal(path, out, c.want);
		check_equal(path, j.facts, c.facts);
	} else {
		ck_assert_msg(str_is(c.refused, s.reason), "%s: %s", path, s.reason);
	}
	sieve_fini(&s);
}

static void check_ecosystem(const struct ecosystem *ecosystem)
{
	char dir[512], path[1024];
	struct dirent *entry;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/tests/data/registry/%s", getenv("AGENTBOX_SOURCE"),
		 ecosystem->name);
	d = opendir(dir);
	if (!d)
		return; /* its tests are elsewhere */
	while ((entry = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		if (!strcmp(entry->d_name, "urls"))
			check_urls(ecosystem, path);
		else if (str_ends(str_of(entry->d_name), ".sift"))
			check_document(ecosystem, path);
		else
			ck_assert_msg(entry->d_name[0] == '.', "%s is no test", path);
	}
	closedir(d);
}

START_TEST(test_ecosystem)
{
	check_ecosystem(ecosystems[_i]);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_ecosystem, 0, (int)n_ecosystems);
}

int main(void)
{
	return suite_run("ecosystems", add);
}
