/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/reload.h"

#include "suite.h"

/* Canonical text of the policy that a task was started under, and of another one. */
static const struct {
	const char *first, *next, *wrong; /* NULL: it may follow */
} rows[] = {
	{ "[egress]\nallow = a.test\n", "[egress]\nallow = b.test\ndeny = a.test\n", NULL },
	{ "[egress]\nallow = a.test\n", "[egress]\nmode = audit\n", NULL },
	{ "[egress]\nallow = a.test\n", "", NULL },
	{ "[egress]\nmode = audit\n", "[egress]\nallow = a.test\n", NULL },
	{ "", "[egress]\nallow = a.test\n", "started without a way out" },
	{ "", "", "started without a way out" },
	{ "[egress]\nallow = a.test\n", "[profile]\ndescription = x\n[egress]\nallow = a.test\n",
	  NULL },
	{ "[egress]\nallow = a.test:22\n", "[egress]\nallow = b.test:22\n", NULL },
	{ "[egress]\nallow = a.test\n", "[egress]\nallow = a.test:80\n", NULL },
	{ "[egress]\nallow = a.test\n", "[egress]\nallow = a.test:22\n",
	  "a.test:22: nothing in the box listens for that port" },
	{ "[egress]\nallow = a.test\n", "[egress]\nallow = a.test\n[ports]\nhost-port = 5432\n",
	  "listens for that port" },
	{ "[ports]\nhost-port = 5432\n", "[egress]\nallow = a.test\n", NULL },
	{ "[egress]\nallow = a.test\n", "[workspace]\naccess = write\n[egress]\nallow = a.test\n",
	  "access= of [workspace] cannot change" },
	{ "[egress]\nallow = a.test\n", "[filesystem]\nread = /opt\n[egress]\nallow = a.test\n",
	  "read= of [filesystem] cannot change" },
	{ "[egress]\nallow = a.test\n", "[egress]\nallow = a.test\n[syscalls]\nallow = @debug\n",
	  "allow= of [syscalls] cannot change" },
	{ "[egress]\nallow = a.test\n[limits]\nmemory = 1G\n", "[egress]\nallow = a.test\n",
	  "memory= of [limits] cannot change" },
	{ "[egress]\nallow = a.test\n", "[egress]\nallow = a.test\nproxy-port = 1080\n",
	  "proxy-port= of [egress] cannot change" },
	{ "[egress]\nallow = a.test\nca = /a\nca = /b\n",
	  "[egress]\nallow = a.test\nca = /a\nca = /c\n", "ca= of [egress] cannot change" },
	{ "[egress]\nallow = a.test\n", "[egress]\nallow = GET https://a.test/x\n",
	  "trusts no authority for that host" },
	{ "[egress]\nallow = a.test\n", "[egress]\nallow = a.test\ninspect = a.test\n",
	  "trusts no authority for that host" },
	{ "[egress]\nallow = GET https://a.test/x\n", "[egress]\nallow = POST https://a.test/y\n",
	  NULL },
	{ "[egress]\nallow = GET https://a.test/x\n", "[egress]\nallow = GET https://b.a.test/x\n",
	  NULL },
	{ "[egress]\nallow = GET https://a.test/x\n", "[egress]\nallow = GET https://*.a.test/x\n",
	  NULL },
	{ "[egress]\nallow = GET https://b.a.test/x\n", "[egress]\nallow = GET https://a.test/x\n",
	  "trusts no authority for that host" },
	{ "[egress]\nallow = GET https://b.a.test/x\n",
	  "[egress]\nallow = GET https://*.a.test/x\n", "trusts no authority for that host" },
	{ "[egress]\nallow = GET https://a.test/x\n", "[egress]\nallow = GET https://xa.test/x\n",
	  "trusts no authority for that host" },
	{ "[egress]\nallow = GET https://192.0.2.1/x\n",
	  "[egress]\nallow = GET https://192.0.2.2/x\n", "trusts no authority for that host" },
	{ "[egress]\nallow = GET https://192.0.2.1/x\n",
	  "[egress]\nallow = GET https://192.0.2.1/y\n", NULL },
	{ "[egress]\nallow = GET https://a.test/x\n", "[egress]\nallow = a.test\n", NULL },
	{ "[egress]\ninspect = a.test\nallow = a.test\n",
	  "[egress]\nallow = GET https://a.test/x\n", NULL },
};

static void parse(struct policy *p, const char *text)
{
	char space[500];
	struct complaints c = { .text = BUF(space) };

	ck_assert_msg(policy_parse(p, str_of(text), &c) == 0, "%s", space);
}

START_TEST(test_rows)
{
	struct policy first = { 0 }, next = { 0 };
	struct err e = { 0 };
	int ret;

	parse(&first, rows[_i].first);
	parse(&next, rows[_i].next);
	ret = policy_reload_check(&first, &next, &e);
	ck_assert_msg((ret == 0) == !rows[_i].wrong, "%s", e.text);
	ck_assert_msg(!rows[_i].wrong || strstr(e.text, rows[_i].wrong), "%s", e.text);
	policy_fini(&first);
	policy_fini(&next);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_rows, 0, LEN(rows));
}

int main(void)
{
	return suite_run("reload", add);
}
