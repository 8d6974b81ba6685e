/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/denial.h"

#include <stdio.h>

#include "suite.h"
#include "wire/json.h"

/* What a denial says is made of texts of any length and kind: it can be read all the same. */

static char longest[1000], odd[1000], quotes[1000];

static const struct {
	const char *reason, *file, *text, *want;
} cases[] = {
	{ "no", "a.ini", "a.test",
	  "agentbox denied a.test:443: no\\u000arule: a.ini:3: deny = a.test" },
	{ longest, "a.ini", "a.test", "rule: a.ini:3: deny = a.test" },
	{ "no", longest, longest, "agentbox denied a.test:443: no" },
	{ "no", odd, "a.test", "agentbox denied a.test:443: no" },
	{ quotes, odd, odd, "agentbox denied a.test:443: " },
	{ odd, odd, odd, "agentbox refused this" },
};

static struct str answer(size_t i, bool json)
{
	static char space[DENIAL_MAX];
	struct rule rule = { .verdict = VERDICT_DENY,
			     .where = { cases[i].file, 3 },
			     .text = cases[i].text };
	const struct policy policy = { .rules = { .rule = &rule, .n = 1 } };
	const struct request request = { .host = "a.test", .port = 443 };
	const struct decision decision = { .reason = cases[i].reason };
	const struct denial denial = { .status = 403,
				       .request = &request,
				       .decision = &decision,
				       .policy = &policy,
				       .json = json };
	struct buf out = BUF(space);

	denial_http(&denial, &out);
	ck_assert(!out.full);
	return (struct str){ out.p, out.n };
}

/* What follows the head, which says how long it is. */
static const char *body_of(struct str text)
{
	const char *body = strstr(text.p, "\r\n\r\n") + 4;
	char length[64];

	snprintf(length, sizeof(length), "\r\nContent-Length: %zu\r\n", strlen(body));
	ck_assert_ptr_nonnull(strstr(text.p, length));
	return body;
}

static void fill(void)
{
	memset(longest, 'x', 760);
	memset(odd, 0xff, 760);
	memset(quotes, '"', 760);
}

START_TEST(test_json)
{
	const char *body;
	struct json_value v;
	struct json j;

	fill();
	body = body_of(answer((size_t)_i, true));
	ck_assert_msg(strstr(body, cases[_i].want) != NULL, "%.300s", body);
	json_init(&j, str_of(body));
	ck_assert(json_next(&j, &v));
	ck_assert_int_eq(v.type, JSON_OBJECT);
	ck_assert(json_enter(&j, JSON_OBJECT));
	ck_assert(json_next(&j, &v));
	ck_assert(json_is(v.key, "error"));
	ck_assert(!json_next(&j, &v));
	ck_assert_ptr_null(json_done(&j));
}
END_TEST

START_TEST(test_text)
{
	char first[1200];

	fill();
	snprintf(first, sizeof(first), "agentbox denied a.test:443: %s\n", cases[_i].reason);
	ck_assert(str_starts(str_of(body_of(answer((size_t)_i, false))), first));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_json, 0, LEN(cases));
	tcase_add_loop_test(tc, test_text, 0, LEN(cases));
}

int main(void)
{
	return suite_run("denial", add);
}
