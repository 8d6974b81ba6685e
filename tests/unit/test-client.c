/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/client.h"

#include "suite.h"

#define ARGS(literal) literal, sizeof(literal) - 1
#define A20 "aaaaaaaaaaaaaaaaaaaa"
#define A100 A20 A20 A20 A20 A20

static const struct {
	const char *in;
	size_t n;
	const char *want;
} cases[] = {
	{ ARGS(""), "" },
	{ ARGS("npm\0install\0left-pad@^1.0.0\0"), "npm install left-pad@^1.0.0" },
	{ ARGS("a\0\0b\0"), "a *** b" },

	/* a process may write there what it likes */
	{ ARGS("npm\0install"), "npm install" },
	{ ARGS("npm install --token x y\0\0\0\0"), "npm install --token *** y" },
	{ ARGS("  npm  \0"), "*** *** npm ***" },
	{ ARGS("\0\0\0"), "" },

	{ ARGS("/usr/bin/python3\0-m\0pip\0install\0x==1.0\0"),
	  "/usr/bin/python3 -m pip install x==1.0" },
	{ ARGS("curl\0-sS\0https://registry.test/x/-/x-1.0.0.tgz\0"),
	  "curl -sS https://registry.test/x/-/x-1.0.0.tgz" },

	/* what follows */
	{ ARGS("npm\0--token\0abc\0publish\0"), "npm --token *** publish" },
	{ ARGS("npm\0--otp\000012345\0publish\0"), "npm --otp *** publish" },
	{ ARGS("curl\0-u\0me:pw\0-H\0x\0y\0"), "curl -u *** -H *** y" },
	{ ARGS("twine\0--password\0--token\0x\0"), "twine --password *** x" },
	{ ARGS("npm\0config\0set\0//r.test/:_authToken\0abc\0x\0"),
	  "npm config set //r.test/:_authToken *** x" },
	{ ARGS("curl\0--Proxy-Header\0x\0"), "curl --Proxy-Header ***" },

	/* in itself */
	{ ARGS("npm\0--//r.test/:_authToken=abc\0"), "npm --//r.test/:_authToken=***" },
	{ ARGS("env\0NPM_TOKEN=abc\0A=b\0PGPASSWORD=x\0sh\0"),
	  "env NPM_TOKEN=*** A=b PGPASSWORD=*** sh" },
	{ ARGS("mysql\0-ppw\0db\0"), "mysql *** db" },
	{ ARGS("curl\0-uroot:x=y\0db\0"), "curl ***=y db" },
	{ ARGS("x\0npm_0123456789abcdefghij0123456789\0"), "x ***" },
	{ ARGS("x\0ghp_0123456789abcdefghij\0"), "x ***" },
	{ ARGS("x\0/a/0123456789abcdefABCD/b\0"), "x ***" },
	{ ARGS("x\0/a/0123456789-abcdefABCD/b\0"), "x /a/0123456789-abcdefABCD/b" },
	{ ARGS("x\0A=0123456789abcdefABCD\0"), "x A=***" },
	{ ARGS("git\0clone\0https://me:pw@git.test/x\0"), "git clone ***" },
	{ ARGS("curl\0https://x.test/?key=1\0"), "curl ***=***" },
	{ ARGS("x\0" A100 "\0" A100 "a\0"), "x " A100 " ***" },

	/* hostile bytes */
	{ ARGS("sh\0-c\0curl -H \"Authorization: x\"\0"), "sh -c ***" },
	{ ARGS("x\ny\0\033[2J\0\xff\0\"\0'\0"), "*** *** *** *** ***" },
	{ ARGS("x\0" A100 "\0" A100 "\0" A100 "\0y\0"), "x " A100 " " A100 " " A100 " ..." },
	{ ARGS("x\0" A100 "=" A100 "\0" A100 "=" A100 "\0y\0"),
	  "x " A100 "=" A100 " " A100 "=" A100 " ..." },
};

START_TEST(test_argv)
{
	char space[CLIENT_ARGV];
	struct buf out = BUF(space);

	client_argv(guarded_bytes(cases[_i].in, cases[_i].n), &out);
	ck_assert(!out.full);
	ck_assert_str_eq(out.n ? out.p : "", cases[_i].want);
}
END_TEST

/* A note is no event, and no event is a note. */
START_TEST(test_note)
{
	struct client_note note = { .flow = 1 };
	struct event ev = event_new(EVENT_NET_LOST);

	ck_assert(client_note_valid(&note, sizeof(note)));
	ck_assert(!client_note_valid(&note, sizeof(note) - 1));
	memcpy(&note, &ev, sizeof(note));
	ck_assert(!client_note_valid(&note, sizeof(note)));
	ev.kind = EVENT_NONE;
	ck_assert(!event_valid(&ev, sizeof(struct client_note)));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_argv, 0, LEN(cases));
	tcase_add_test(tc, test_note);
}

int main(void)
{
	return suite_run("client", add);
}
