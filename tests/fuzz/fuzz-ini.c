/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/ini.h"

#include <errno.h>
#include <stdlib.h>

#include "fuzz.h"
#include "policy/policy.h"
#include "wire/quote.h"

enum { PROFILES_MAX = 16, TEXT_MAX = 8 << 20 };

static char text_space[2][TEXT_MAX], complaints_space[1 << 20];

/* @inside: what stands between the brackets, "section" or "section name". */
static void check_section(struct str inside, const struct ini_line *at)
{
	struct str section, of;

	str_cut(inside, ' ', &section, &of);
	assert(!at->key && str_is(section, at->section));
	assert(at->of ? str_is(of, at->of) : of.n == 0);
}

/* Lines read as simply as possible: where nothing was complained of, ini.c has read the same. */
static void check_lines(struct str text, const struct ini *ini)
{
	struct str line, key, value, rest = text;
	bool more = true;
	size_t n = 0;

	while (more) {
		more = str_cut(rest, '\n', &line, &rest);
		line = str_trim(line);
		if (line.n == 0 || line.p[0] == '#' || line.p[0] == ';')
			continue;
		assert(n < ini->n);
		const struct ini_line *at = &ini->line[n++];

		if (line.p[0] == '[') {
			check_section((struct str){ line.p + 1, line.n - 2 }, at);
		} else {
			assert(str_cut(line, '=', &key, &value));
			assert(str_is(str_trim(key), at->key));
			assert(str_is(str_trim(value), at->value));
		}
	}
	assert(n == ini->n);
}

/* Every complaint is one whole line that a terminal shows as it is, about a line that is there. */
static void check_complaints(const struct complaints *c)
{
	struct str line, rest = { c->text.p, c->text.n };
	unsigned n = 0;

	for (; rest.n; n++) {
		assert(str_cut(rest, '\n', &line, &rest));
		assert(line.n && !quote_unseen(line));
	}
	assert(c->text.full ? n < c->n : n == c->n);
}

static void check_ini(struct str text)
{
	struct complaints c = { .text = BUF(complaints_space) };
	struct arena arena = { 0 };
	struct ini ini = { 0 };

	ini_read(&ini, "f", text, &arena, &c);
	check_complaints(&c);
	if (c.n == 0)
		check_lines(text, &ini);
	arena_fini(&arena);
}

/* What was accepted is printed as what is accepted, and means the same. */
static void check_policy(const struct policy *p)
{
	struct buf first = BUF(text_space[0]), second = BUF(text_space[1]);
	struct complaints c = { .text = BUF(complaints_space) };
	struct policy again = { 0 };

	policy_print(p, false, &first);
	assert(!first.full);
	assert(policy_parse(&again, (struct str){ first.p, first.n }, &c) == 0);
	policy_print(&again, false, &second);
	assert(!strcmp(first.p, second.p));
	assert(again.rules.n == p->rules.n && again.rules.audit == p->rules.audit);
	for (size_t i = 0; i < p->rules.n; i++) {
		assert(!strcmp(again.rules.rule[i].text, p->rules.rule[i].text));
		assert(again.rules.rule[i].verdict == p->rules.rule[i].verdict);
	}
	assert(again.access == p->access && again.deadline == p->deadline);
	assert(again.memory == p->memory && again.processes == p->processes);
	policy_fini(&again);
}

/* The pieces of the input between NUL bytes are the profiles a, b, c ... */
static int read_piece(const struct policy_source *source, const char *name, struct arena *arena,
		      const char **file, struct str *text, struct err *e)
{
	const struct str *pieces = source->of;

	if (name[0] < 'a' || name[0] >= 'a' + PROFILES_MAX || name[1] || !pieces[name[0] - 'a'].p)
		return err_say(e, -ENOENT, "there is no such profile");
	*file = arena_strdup(arena, name);
	*text = pieces[name[0] - 'a'];
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str pieces[PROFILES_MAX] = { 0 }, rest = { size ? (const char *)data : "", size };
	struct complaints c = { .text = BUF(complaints_space) };
	struct policy_source source = { read_piece, pieces };
	struct policy p = { 0 };
	bool more = true;

	check_ini(rest);
	for (size_t i = 0; i < PROFILES_MAX && more; i++) {
		more = str_cut(rest, '\0', &pieces[i], &rest);
		if (!pieces[i].p)
			pieces[i].p = "";
	}
	assert(policy_load(&p, "a", &source, &c) == (c.n ? -EINVAL : 0));
	check_complaints(&c);
	if (c.n == 0)
		check_policy(&p);
	policy_fini(&p);
	return 0;
}
