/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/base64.h"

#include "suite.h"

/* RFC 4648, 10, and what is none. */
static const struct {
	const char *text, *bytes; /* bytes NULL: it is refused */
	bool read_only;		  /* it is not what we would write */
} rows[] = {
	{ "", "" },
	{ "Zg==", "f" },
	{ "Zm8=", "fo" },
	{ "Zm9v", "foo" },
	{ "Zm9vYg==", "foob" },
	{ "Zm9vYmE=", "fooba" },
	{ "Zm9vYmFy", "foobar" },
	{ "+/+/", "\xfb\xff\xbf" },
	{ " Zm9v\r\n\tYmFy\n", "foobar", true },
	{ "Zg=\n=", "f", true },
	{ "Z", NULL },
	{ "Zg", NULL },
	{ "Zg=", NULL },
	{ "Zg===", NULL },
	{ "Zm8==", NULL },
	{ "Zm9v=", NULL },
	{ "Zm9v====", NULL },
	{ "=", NULL },
	{ "====", NULL },
	{ "Zg==Zg==", NULL },
	{ "Zh==", NULL }, /* bits that no byte has */
	{ "Zm9=", NULL },
	{ "Zm-v", NULL },
	{ "Zm9v!", NULL },
};

START_TEST(test_rows)
{
	char space[32], again[32];
	struct buf bytes = BUF(space), text = BUF(again);
	int ret = base64_read(guarded(rows[_i].text), &bytes);

	ck_assert_int_eq(ret, rows[_i].bytes ? 0 : -1);
	if (ret < 0)
		return;
	ck_assert_uint_eq(bytes.n, strlen(rows[_i].bytes));
	ck_assert_mem_eq(bytes.p, rows[_i].bytes, bytes.n);
	base64_write(guarded_bytes(bytes.p, bytes.n), &text);
	ck_assert(rows[_i].read_only || str_is((struct str){ text.p, text.n }, rows[_i].text));
}
END_TEST

START_TEST(test_nul)
{
	char space[8];
	struct buf out = BUF(space);

	ck_assert_int_eq(base64_read(guarded_bytes("Zm9\0", 4), &out), -1);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_rows, 0, LEN(rows));
	tcase_add_test(tc, test_nul);
}

int main(void)
{
	return suite_run("base64", add);
}
