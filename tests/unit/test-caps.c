/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/caps.h"

#include "suite.h"
#include "wire/http.h"

static struct rules read_rules(const char *const *lines, size_t n, struct arena *arena)
{
	struct rule *rule = arena_alloc(arena, n * sizeof(*rule));

	for (size_t i = 0; i < n; i++) {
		ck_assert_ptr_null(rule_parse(str_of(lines[i]), arena, &rule[i]));
		rule[i].verdict = VERDICT_ALLOW;
	}
	return (struct rules){ .rule = rule, .n = n };
}

static const char *const before[] = {
	"a.test",
	"http://b.test/** max-upload=1K requests=2/s bytes=1M",
	"c.test bytes=2K",
};

static const struct {
	int64_t now;
	uint64_t length;
	unsigned status, wait; /* 0: it passes, and is counted */
} asked[] = {
	{ 5, 1024, 0, 0 },	{ 5, 1025, 413, 0 },  { 999, 0, 0, 0 },	   { 1004, 0, 429, 1 },
	{ 1004, 1025, 413, 0 }, { 1005, 0, 0, 0 },    { 1006, 0, 429, 1 }, { 1998, 0, 429, 1 },
	{ 1999, 0, 0, 0 },	{ 10000, 0, 0, 0 },   { 10999, 0, 0, 0 },  { 10999, 0, 429, 1 },
	{ 11000, 0, 0, 0 },	{ 11001, 0, 429, 1 },
};

START_TEST(test_requests)
{
	static struct http_request req;
	struct arena arena = { 0 };
	struct rules rules = read_rules(before, LEN(before), &arena);
	static struct caps_used used; /* what it counts is never freed */
	struct err e = { 0 };

	ck_assert_int_eq(caps_load(&used, NULL, &rules, &e), 0);
	for (size_t i = 0; i < LEN(asked); i++) {
		struct decision d = { .verdict = VERDICT_ALLOW, .pass = true, .rule = 1 };
		unsigned wait = 0, status;

		req.head.framing = HTTP_LENGTH;
		req.head.length = asked[i].length;
		status = caps_judge_request(&used, &req, asked[i].now, &d, &wait);
		ck_assert_msg(status == asked[i].status && wait == asked[i].wait, "%zu: %u %u", i,
			      status, wait);
		ck_assert_int_eq(d.pass, status == 0);
		if (status == 0)
			caps_count(&used, 1, asked[i].now);
	}
	arena_fini(&arena);
}
END_TEST

START_TEST(test_rules_without_caps)
{
	static struct http_request req;
	struct arena arena = { 0 };
	struct rules rules = read_rules(before, LEN(before), &arena);
	static struct caps_used used;
	struct err e = { 0 };
	unsigned wait;

	ck_assert_int_eq(caps_load(&used, NULL, &rules, &e), 0);
	for (int rule = RULE_NONE; rule < 1; rule++) {
		struct decision d = { .verdict = VERDICT_ALLOW, .pass = true, .rule = rule };

		req.head.framing = HTTP_LENGTH;
		req.head.length = INT64_MAX;
		caps_judge(&used, &d);
		ck_assert_uint_eq(caps_judge_request(&used, &req, 0, &d, &wait), 0);
		ck_assert(d.pass);
		caps_count(&used, rule, 0);
		ck_assert_ptr_null(caps_meter(&used, rule));
		ck_assert(caps_upload(&used, rule) == UINT64_MAX);
	}
	arena_fini(&arena);
}
END_TEST

/* How many of @most may pass at @now by @line, which comes in the place of the last one. */
static int passes(struct caps_used *used, const char *line, int64_t now, int most,
		  struct arena *arena)
{
	struct rules *rules = arena_alloc(arena, sizeof(*rules));
	static struct http_request req;
	struct caps_used last = *used;
	struct err e = { 0 };
	unsigned wait;
	int n = 0;

	*rules = read_rules(&line, 1, arena);
	ck_assert_int_eq(caps_load(used, last.rules ? &last : NULL, rules, &e), 0);
	caps_fini(&last);
	while (n < most) {
		struct decision d = { .verdict = VERDICT_ALLOW, .pass = true, .rule = 0 };

		if (caps_judge_request(used, &req, now, &d, &wait))
			break;
		caps_count(used, 0, now);
		n++;
	}
	return n;
}

static const struct {
	const char *line;
	int64_t now;
	int most, passed;
} reloads[] = {
	{ "http://b.test/** requests=4/m", 1, 2, 2 },
	{ "http://b.test/** requests=4/m", 1000, 1, 1 },
	{ "http://b.test/** requests=6/m", 2000, 9, 3 },  /* of more, what is left */
	{ "http://b.test/** requests=2/m", 3000, 9, 0 },  /* of fewer, the latest count */
	{ "http://b.test/** requests=3/m", 61999, 9, 1 }, /* which are two */
	{ "http://b.test/** requests=3/m", 62000, 9, 2 },
	{ "http://b.test/** bytes=1K", 62000, 9, 9 },
	{ "http://b.test/** requests=3/m", 62000, 9, 3 },
};

START_TEST(test_reload)
{
	static struct caps_used used;
	struct arena arena = { 0 };

	for (size_t i = 0; i < LEN(reloads); i++)
		ck_assert_msg(passes(&used, reloads[i].line, reloads[i].now, reloads[i].most,
				     &arena) == reloads[i].passed,
			      "%zu", i);
	arena_fini(&arena);
}
END_TEST

/*
 * What was used up stays used up under other rules, wherever the same one stands and whatever it
 * says.
 */
START_TEST(test_other_rules)
{
	static const char *const after[] = { "c.test bytes=1K", "d.test bytes=1K", "b.test" };
	struct decision d = { .verdict = VERDICT_ALLOW, .pass = true, .rule = 2 };
	struct arena arena = { 0 };
	struct rules rules = read_rules(before, LEN(before), &arena);
	struct rules others = read_rules(after, LEN(after), &arena);
	static struct caps_used used, later;
	struct err e = { 0 };
	struct meter *meter;

	ck_assert_int_eq(caps_load(&used, NULL, &rules, &e), 0);
	meter = caps_meter(&used, 2);
	meter->bytes = 1500;
	caps_judge(&used, &d);
	ck_assert(d.pass);
	others.audit = true;
	ck_assert_int_eq(caps_load(&later, &used, &others, &e), 0);
	ck_assert_ptr_eq(caps_meter(&later, 0), meter);
	ck_assert(meter->soft && meter->max == 1024 && meter_left(meter) == 0);
	d.rule = 0;
	caps_judge(&later, &d);
	ck_assert(d.verdict == VERDICT_DENY && d.pass);
	ck_assert(caps_meter(&later, 1) && caps_meter(&later, 1)->bytes == 0);
	ck_assert_ptr_null(caps_meter(&later, 2));
	arena_fini(&arena);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_requests);
	tcase_add_test(tc, test_reload);
	tcase_add_test(tc, test_rules_without_caps);
	tcase_add_test(tc, test_other_rules);
}

int main(void)
{
	return suite_run("caps", add);
}
