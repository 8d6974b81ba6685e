/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_text.h"

static struct files family[] = {
	{ "base", "[profile]\ndescription = base\n[workspace]\naccess = write\nhide = .env\n"
		  "hide = *.pem\n[environment]\nset = A=1\nset = B=1\npass = TERM\n"
		  "[limits]\nprocesses = 10\nfiles = 10\n[egress]\nallow = base.test\n" },
	{ "left", "[egress]\nallow = left.test\ndeny = no.test\n[profile]\nextends = base\n"
		  "[limits]\nprocesses = 20\n[environment]\nset = A=2\n" },
	{ "right", "[profile]\nextends = base\n[limits]\nfiles = none\n[workspace]\nhide = .env\n"
		   "hide = right\n" },
	{ "both", "[profile]\nextends = left\nextends = right\n[workspace]\naccess = read\n"
		  "[egress]\nallow = BASE.test\nallow = both.test:22\n" },
	{ NULL, NULL },
};

static const char family_text[] = "[profile]\n"
				  "# built in\n"
				  "minimum-level = full\n"
				  "\n"
				  "[workspace]\n"
				  "# both.ini:5\n"
				  "access = read\n"
				  "# base.ini:5\n"
				  "hide = .env\n"
				  "# base.ini:6\n"
				  "hide = *.pem\n"
				  "# right.ini:7\n"
				  "hide = right\n"
				  "\n"
				  "[environment]\n"
				  "# base.ini:10\n"
				  "pass = TERM\n"
				  "# left.ini:9\n"
				  "set = A=2\n"
				  "# base.ini:9\n"
				  "set = B=1\n"
				  "\n"
				  "[limits]\n"
				  "# left.ini:7\n"
				  "processes = 20\n"
				  "# built in\n"
				  "tmp = 2G\n"
				  "\n"
				  "[egress]\n"
				  "# built in\n"
				  "mode = enforce\n"
				  "# base.ini:15\n"
				  "allow = base.test\n"
				  "# left.ini:2\n"
				  "allow = left.test\n"
				  "# both.ini:8\n"
				  "allow = both.test:22\n"
				  "# left.ini:3\n"
				  "deny = no.test\n"
				  "\n"
				  "[lockfiles]\n"
				  "# built in\n"
				  "mode = audit\n"
				  "# built in\n"
				  "require-integrity = no\n"
				  "\n"
				  "[inventory]\n"
				  "# built in\n"
				  "untracked = report\n"
				  "\n"
				  "[audit]\n"
				  "# built in\n"
				  "on-error = deny\n";

START_TEST(test_extends)
{
	struct policy p;
	struct complaints c = load(&p, family, "both");

	ck_assert_msg(c.n == 0, "%s", complaints_space);
	ck_assert_str_eq(print(&p, true), family_text);
	ck_assert_uint_eq(p.rules.n, 4);
	ck_assert_str_eq(p.rules.rule[2].text, "both.test:22");
	ck_assert_int_eq(p.rules.rule[2].verdict, VERDICT_ALLOW);
	ck_assert_int_eq(p.rules.rule[3].verdict, VERDICT_DENY);
	ck_assert_str_eq(p.rules.rule[3].where.file, "left.ini");
	ck_assert_uint_eq(p.extends.n, 3);
	ck_assert_uint_eq(p.processes, 20);
	ck_assert_uint_eq(p.files, 0);
	ck_assert_str_eq(policy_where(&p, "limits", "processes").file, "left.ini");
	ck_assert_ptr_null(policy_where(&p, "limits", "memory").file);
	policy_fini(&p);
}
END_TEST

/* Sections that have a name: the same names in the same order, each once. */
START_TEST(test_registry)
{
	static const char text[] = "[registry corp]\necosystem = npm\n"
				   "url = https://NPM.corp.test//\nscope = @corp\n"
				   "scope = @labs\ninternal = pkg:npm/corp-*\n"
				   "[registry mirror]\nurl = https://pypi.corp.test/a\n"
				   "ecosystem = pypi\n"
				   "[registry corp]\nscope = @corp\nca = /etc/corp.pem\n";
	static const char want[] = "[registry corp]\necosystem = npm\n"
				   "url = https://npm.corp.test/\nscope = @corp\n"
				   "scope = @labs\ninternal = pkg:npm/corp-*\n"
				   "ca = /etc/corp.pem\n\n"
				   "[registry mirror]\necosystem = pypi\n"
				   "url = https://pypi.corp.test/a/\n";
	struct complaints c = { .text = BUF(complaints_space) };
	struct policy p = { 0 }, again = { 0 };
	char first[4000];

	ck_assert_msg(policy_parse(&p, STR(text), &c) == 0, "%s", complaints_space);
	snprintf(first, sizeof(first), "%s", print(&p, false));
	ck_assert_msg(strstr(first, want) != NULL, "%s", first);
	ck_assert_uint_eq(p.packages.n_registries, 2);
	ck_assert_str_eq(p.packages.registry[0].name, "corp");
	ck_assert_str_eq(p.packages.registry[1].base, "/a");
	ck_assert_int_eq(policy_parse(&again, guarded(first), &c), 0);
	ck_assert_str_eq(print(&again, false), first);
	policy_fini(&p);
	policy_fini(&again);
}
END_TEST

static const struct {
	struct files files[4];
	const char *complaint;
} bad[] = {
	{ { { "a", "[registry]\nurl = https://a.test/\n" } },
	  "a.ini:1: error: unknown section [registry]: it needs a name: [registry mine]\n" },
	{ { { "a", "[task x]\nintent = develop\n" } },
	  "a.ini:1: error: unknown section [task]: it has no name of its own\n" },
	{ { { "a", "[registry a b]\nurl = https://a.test/\n" } },
	  "a.ini:1: error: the name of a section has lower-case letters, digits and '-', at most "
	  "48\n" },
	{ { { "a", "[registry a]\nurl = https://a.test/\n" } },
	  "a.ini:2: error: [registry a] has no ecosystem=\n" },
	{ { { "a", "[registry a]\necosystem = npm\n" } },
	  "a.ini:2: error: [registry a] has no url=\n" },
	{ { { "a", "[registry a]\necosystem = pypi\nurl = https://a.test/\nscope = @a\n" } },
	  "a.ini:4: error: scope = @a: only npm has scopes\n" },
	{ { { "a", "[registry a]\necosystem = npm\nurl = https://a.test/\necosystem = pypi\n" } },
	  "a.ini:4: error: \"ecosystem\" has one value, and line 2 has given it\n" },
	{ { { "a", "[registry a]\necosystem = npm\nurl = https://a.test/\nscope = a\n" } },
	  "a.ini:4: error: scope = a: a scope is an @ and a name: @corp\n" },
	{ { { "a", "[profile]\nextends = b\n" }, { "b", "[profile]\nextends = a\n" } },
	  "b.ini:2: error: profiles extend each other in a circle: a -> b -> a\n" },
	{ { { "a", "[profile]\nextends = a\n" } },
	  "a.ini:2: error: profiles extend each other in a circle: a -> a\n" },
	{ { { "b", "" } }, "agentbox: there is no profile \"a\"\n" },
	{ { { "a", "[profile]\nextends = b\n" } }, "a.ini:2: error: there is no profile \"b\"\n" },
	{ { { "a", "[task]\ndeadline = 1h\n\n[task]\ndeadline = 2h\n" } },
	  "a.ini:5: error: \"deadline\" has one value, and line 2 has given it\n" },
	{ { { "a", "[environment]\nset = A=1\nset = A=1\nset = A=2\n" } },
	  "a.ini:4: error: set = A=2: line 2 has set it to something else\n" },
	{ { { "a", "[profile]\nextends = b\n[x]\n" }, { "b", "[y]\n" } },
	  "b.ini:1: error: unknown section [y]\na.ini:3: error: unknown section [x]\n" },
	{ { { "a", "[profile]\nextends = ./b\n" }, { "./b", "[y]\n" } },
	  "a.ini:2: error: extends = ./b: it is the name of a profile or an absolute path\n" },
	{ { { "a", "[egress]\nrelay = *.a.test\nallow = GET https://x.a.test/b\n" } },
	  "a.ini:2: error: relay = *.a.test: a.ini:3 needs its TLS to be opened: "
	  "GET https://x.a.test/b\n" },
	{ { { "a", "[profile]\nextends = b\n[egress]\ndeny = https://*.a.test/b\n" },
	    { "b", "[egress]\nrelay = x.a.test\n" } },
	  "b.ini:2: error: relay = x.a.test: a.ini:4 needs its TLS to be opened: "
	  "https://*.a.test/b\n" },
	{ { { "a", "[egress]\nupstream-proxy-auth = file:/etc/secret\n" } },
	  "a.ini:2: error: upstream-proxy-auth = file:/etc/secret: there is no upstream-proxy=\n" },
	{ { { "a", "[ports]\nhost-port = 1080\n[egress]\nproxy-port = 1080\n" } },
	  "a.ini:4: error: proxy-port = 1080: a.ini:2 needs that port\n" },
	{ { { "a", "[egress]\nrelay = a.test\ninspect = a.test\n" } },
	  "a.ini:2: error: relay = a.test: a.ini:3 needs its TLS to be opened: a.test\n" },
	{ { { "a", "[egress]\nallow = db.test:5432\n[ports]\npublish = 8080:5432\n" } },
	  "a.ini:4: error: publish = 8080:5432: by a.ini:2, port 5432 of the box leads to its "
	  "egress\n" },
	{ { { "a", "[egress]\nallow = a.test\nallow = a.test bytes=1M\n" } },
	  "a.ini:3: error: allow = a.test bytes=1M: line 2 has set it to something else\n" },
	{ { { "a", "[egress]\nrelay = a.test\nallow = https://a.test/** max-upload=1M\n" } },
	  "a.ini:2: error: relay = a.test: a.ini:3 needs its TLS to be opened: "
	  "https://a.test/** max-upload=1M\n" },
	{ { { "a", "[ports]\nhost-port = 5432\npublish = 5432\n" } },
	  "a.ini:3: error: publish = 5432: by a.ini:2, port 5432 of the box leads to its "
	  "egress\n" },
	{ { { "a", "[egress]\nallow = a.test\n[ports]\npublish = 8443:443\n" } },
	  "a.ini:4: error: publish = 8443:443: ports 80 and 443 of the box lead to its egress\n" },
	{ { { "a", "[ports]\npublish = 3000\npublish = 3000:4000\n" } },
	  "a.ini:3: error: publish = 3000:4000: a.ini:2 leads the same port of the host "
	  "elsewhere\n" },
	{ { { "a", "[unknown]\nany = thing\nelse = too\n" } },
	  "a.ini:1: error: unknown section [unknown]\n" },
};

START_TEST(test_bad)
{
	struct policy p;
	struct files files[5] = { 0 };

	memcpy(files, bad[_i].files, sizeof(bad[_i].files));
	load(&p, files, "a");
	ck_assert_str_eq(complaints_space, bad[_i].complaint);
	policy_fini(&p);
}
END_TEST

START_TEST(test_depth)
{
	struct files files[12] = { 0 };
	char names[11][8], texts[11][40];
	struct policy p;

	for (int i = 0; i < 11; i++) {
		snprintf(names[i], sizeof(names[i]), "n%d", i);
		snprintf(texts[i], sizeof(texts[i]), "[profile]\nextends = n%d\n", i + 1);
		files[i] = (struct files){ names[i], i < 10 ? texts[i] : "" };
	}
	ck_assert_uint_eq(load(&p, files, "n2").n, 0);
	policy_fini(&p);
	ck_assert_uint_eq(load(&p, files, "n1").n, 1);
	ck_assert_str_eq(complaints_space,
			 "n9.ini:2: error: profiles extend each other more than 8 deep\n");
	policy_fini(&p);
}
END_TEST

START_TEST(test_canonical_text_extends_nothing)
{
	struct complaints c = { .text = BUF(complaints_space) };
	struct policy p = { 0 };

	ck_assert_int_eq(policy_parse(&p, guarded("[profile]\nextends = node\n"), &c), -EINVAL);
	ck_assert_ptr_nonnull(strstr(complaints_space, "extends nothing"));
	policy_fini(&p);
}
END_TEST

START_TEST(test_presets_are_the_safe_values)
{
	struct complaints c = { .text = BUF(complaints_space) };
	struct policy p = { 0 };

	ck_assert_int_eq(policy_parse(&p, guarded(""), &c), 0);
	ck_assert_int_eq(p.access, ACCESS_READ);
	ck_assert_int_eq(p.egress_mode, EGRESS_ENFORCE);
	ck_assert(!policy_has_egress(&p));
	ck_assert_str_eq(print(&p, false), "[profile]\nminimum-level = full\n\n[workspace]\n"
					   "access = read\n\n[limits]\nprocesses = 4096\n"
					   "tmp = 2G\n\n[egress]\nmode = enforce\n\n"
					   "[lockfiles]\nmode = audit\nrequire-integrity = no\n\n"
					   "[inventory]\nuntracked = report\n\n"
					   "[audit]\non-error = deny\n");
	policy_fini(&p);
}
END_TEST

START_TEST(test_too_many_ports)
{
	char *text = text_space;
	struct buf out = BUF(text_space);
	struct files files[] = { { "p", text }, { NULL, NULL } };
	struct policy p;

	buf_puts(&out, "[egress]\n");
	for (int port = 1000; port < 1062; port++)
		buf_printf(&out, "allow = a.test:%d\n", port);
	ck_assert_uint_eq(load(&p, files, "p").n, 0);
	policy_fini(&p);
	buf_puts(&out, "allow = a.test:2000\n");
	ck_assert_uint_eq(load(&p, files, "p").n, 1);
	ck_assert_ptr_nonnull(strstr(complaints_space, "more than 64 ports"));
	policy_fini(&p);
}
END_TEST

/* It is two rules, which explain themselves by its line. */
START_TEST(test_host_port)
{
	struct files files[] = {
		{ "p", "[ports]\nhost-port = 5432\n[egress]\ndeny = 127.0.0.1:80\n" },
		{ NULL, NULL },
	};
	static const struct {
		const char *addr;
		uint16_t port;
		bool pass;
	} asked[] = {
		{ "127.0.0.1", 5432, true },  { "::1", 5432, true },
		{ "127.0.0.1", 5433, false }, { "127.0.0.2", 5432, false },
		{ "127.0.0.1", 80, false },   { "::", 5432, false },
	};
	struct policy p;

	ck_assert_uint_eq(load(&p, files, "p").n, 0);
	ck_assert(policy_has_egress(&p));
	for (size_t i = 0; i < LEN(asked); i++) {
		struct request request = { .port = asked[i].port };
		struct decision d;

		ck_assert_int_eq(addr_parse(str_of(asked[i].addr), &request.addr), 0);
		d = rules_decide(&p.rules, &request);
		ck_assert_int_eq(d.pass, asked[i].pass);
		if (d.pass)
			ck_assert_uint_eq(p.rules.rule[d.rule].where.line, 2);
	}
	policy_fini(&p);
}
END_TEST

START_TEST(test_too_many_items)
{
	struct buf out = BUF(text_space);
	struct files files[] = { { "p", text_space }, { NULL, NULL } };
	struct policy p;

	buf_puts(&out, "[workspace]\n");
	for (int i = 0; i < 4097; i++)
		buf_printf(&out, "hide = %d\n", i);
	ck_assert_uint_eq(load(&p, files, "p").n, 1);
	ck_assert_ptr_nonnull(strstr(complaints_space, "p.ini:4098: "));
	policy_fini(&p);
}
END_TEST

START_TEST(test_add)
{
	struct where option = { "--env", 0 };
	char longer[300] = "A=";
	struct policy p;

	ck_assert_uint_eq(load(&p, family, "base").n, 0);
	ck_assert_ptr_null(policy_add(&p, "environment", "set", "A=3", option));
	ck_assert_ptr_null(policy_add(&p, "environment", "set", "A=4", option));
	ck_assert_str_eq(p.set.item[0].text, "A=4");
	ck_assert_ptr_null(policy_add(&p, "egress", "allow", "new.test", option));
	ck_assert_uint_eq(p.rules.n, 2);
	ck_assert_ptr_nonnull(policy_add(&p, "environment", "set", "A=a\nb", option));
	ck_assert_ptr_nonnull(policy_add(&p, "environment", "set", "", option));
	memset(longer + 2, 'x', sizeof(longer) - 3);
	ck_assert_ptr_nonnull(strstr(policy_add(&p, "environment", "set", longer, option), "190"));
	policy_fini(&p);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_extends);
	tcase_add_test(tc, test_registry);
	tcase_add_loop_test(tc, test_bad, 0, LEN(bad));
	tcase_add_test(tc, test_depth);
	tcase_add_test(tc, test_canonical_text_extends_nothing);
	tcase_add_test(tc, test_presets_are_the_safe_values);
	tcase_add_test(tc, test_too_many_ports);
	tcase_add_test(tc, test_host_port);
	tcase_add_test(tc, test_too_many_items);
	tcase_add_test(tc, test_add);
}

int main(void)
{
	return suite_run("policy", add);
}
