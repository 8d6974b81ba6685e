/* SPDX-License-Identifier: Apache-2.0 */
#include "os/trust.h"

#include <errno.h>
#include <sys/resource.h>

#include "tree.h"

enum { CERTIFICATES = 1000, MEMORY_MAX = 256 << 20 };

static long memory(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss * 1024;
}

/* However many certificates a directory has, each is read once and kept a few times. */
START_TEST(test_directory)
{
	char name[32], text[1024], mark[32];
	struct arena arena = { 0 };
	long before = memory();
	struct str pem;
	struct err e;

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	tree_make("f bundle d certs f certs/README f certs/0123456.0 f certs/0123456g.0");
	tree_file("bundle", "bundle");
	for (int i = 0; i < CERTIFICATES; i++) {
		snprintf(name, sizeof(name), "certs/%08x.0", (unsigned)i);
		snprintf(text, sizeof(mark), "<%d>", i);
		text[strlen(text)] = ' ';
		tree_file(name, text);
	}
	setenv("SSL_CERT_FILE", tree_path("bundle"), true);
	setenv("SSL_CERT_DIR", tree_path("certs"), true);
	ck_assert_int_eq(trust_read_machine(&arena, &pem, &e), 0);
	tree_remove();
	ck_assert(str_starts(pem, "bundle\n"));
	for (int i = 0; i < CERTIFICATES; i++) {
		snprintf(mark, sizeof(mark), "<%d>", i);
		ck_assert_ptr_nonnull(memmem(pem.p, pem.n, mark, strlen(mark)));
	}
	ck_assert_ptr_null(memmem(pem.p, pem.n, "text", 4));
	ck_assert_int_lt(memory() - before, MEMORY_MAX);
	arena_fini(&arena);
}
END_TEST

/* The machine's own store may not be there; but if it cannot be read, that is said. */
START_TEST(test_unread)
{
	struct arena arena = { 0 };
	struct rlimit files;
	struct str pem;
	struct err e;
	int r;

	unsetenv("SSL_CERT_FILE");
	ck_assert_int_eq(trust_read_machine(&arena, &pem, &e), 0);
	getrlimit(RLIMIT_NOFILE, &files);
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ .rlim_max = files.rlim_max });
	r = trust_read_machine(&arena, &pem, &e);
	setrlimit(RLIMIT_NOFILE, &files);
	ck_assert_int_eq(r, -EMFILE);
	ck_assert_ptr_nonnull(strstr(e.text, "/etc/"));
	arena_fini(&arena);
}
END_TEST

/* So many bytes of what was sent arrive, the first of them changed; then it is the end, or not. */
static const struct {
	size_t n;
	char first;
	bool end;
	int want;
} received[] = {
	{ 27, '0', false, 0 },		{ 26, '0', false, -ETIMEDOUT }, { 26, '0', true, -EPIPE },
	{ 20, '0', false, -ETIMEDOUT }, { 7, '0', false, -ETIMEDOUT },	{ 7, '0', true, -EPIPE },
	{ 0, '0', false, -ETIMEDOUT },	{ 0, '0', true, -EPIPE },	{ 27, 'g', false, -EPROTO },
};

START_TEST(test_receive)
{
	const struct trust sent = { "0123abcd", STR("PEM"), STR("Java") };
	const size_t n = received[_i].n;
	struct arena arena = { 0 };
	struct trust trust;
	struct err e;
	char text[64];
	int to[2];

	ck_assert_int_eq(pipe(to), 0);
	ck_assert_int_eq(trust_send(to[1], &sent), 0);
	ck_assert_int_eq(read(to[0], text, sizeof(text)), 27);
	text[0] = received[_i].first;
	ck_assert_int_eq(write(to[1], text, n), (ssize_t)n);
	if (received[_i].end)
		close(to[1]);
	ck_assert_int_eq(trust_receive(to[0], now_ms() + 20, &arena, &trust, &e),
			 received[_i].want);
	if (received[_i].want == 0) {
		ck_assert_str_eq(trust.hash, sent.hash);
		ck_assert(str_eq(trust.ca, sent.ca) && str_eq(trust.jks, sent.jks));
	}
	arena_fini(&arena);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_receive, 0, LEN(received));
	tcase_add_test(tc, test_directory);
	tcase_add_test(tc, test_unread);
}

int main(void)
{
	return suite_run("trust", add);
}
