/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/pem.h"

#include "suite.h"

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END "-----END CERTIFICATE-----\n"

static const struct {
	const char *text, *wrong; /* NULL: it is good */
} rows[] = {
	{ BEGIN "MAIBAg==\n" END, NULL },
	{ "Corporate\n" BEGIN "MAIB\nAg==\n" END "and\n" BEGIN "MAIBAg==\n" END, NULL },
	{ BEGIN "MIECAQI=\n" END, NULL }, /* a length in more bytes than it needs */
	{ "", "no certificate" },
	{ "hello", "no certificate" },
	{ BEGIN END, "is none" },
	{ BEGIN "MAIBAgM=\n" END, "is none" }, /* a byte too many */
	{ BEGIN "MAMBAg==\n" END, "is none" }, /* one too few */
	{ BEGIN "BAIBAg==\n" END, "is none" }, /* an OCTET STRING */
	{ BEGIN "MIABAgAA\n" END, "is none" }, /* indefinite */
	{ BEGIN "MIQAAAAA\n" END, "is none" },
	{ BEGIN "MA==\n" END, "is none" },
	{ BEGIN "MAIBAg=\n" END, "not whole" },
	{ BEGIN "MAIB*Ag==\n" END, "not whole" },
	{ BEGIN "MAIBAg==\n", "no end" },
	{ BEGIN BEGIN "MAIBAg==\n" END, "not whole" },
	{ BEGIN "MAIBAg==\n" END BEGIN, "no end" },
	{ "-----BEGIN PRIVATE KEY-----\nMAIBAg==\n-----END PRIVATE KEY-----\n", "something else" },
	{ BEGIN "MAIBAg==\n" END "-----BEGIN X", "something else" },
};

START_TEST(test_rows)
{
	const char *wrong = pem_check(guarded(rows[_i].text));

	ck_assert_msg(!wrong == !rows[_i].wrong, "%s", wrong ? wrong : "good");
	ck_assert(!wrong || strstr(wrong, rows[_i].wrong));
}
END_TEST

START_TEST(test_too_large)
{
	static char text[3 * PEM_DER_MAX] = BEGIN;
	size_t n = strlen(text);

	memset(text + n, 'A', 2 * PEM_DER_MAX);
	memcpy(text + n + 2 * PEM_DER_MAX, END, sizeof(END));
	ck_assert_ptr_nonnull(strstr(pem_check(guarded(text)), "not whole"));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_rows, 0, LEN(rows));
	tcase_add_test(tc, test_too_large);
}

int main(void)
{
	return suite_run("pem", add);
}
