/* SPDX-License-Identifier: Apache-2.0 */
#include "os/wall.h"

#include <signal.h>
#include <sys/resource.h>

#include "suite.h"

/* A filter that is too long is a mistake of ours, and ends who makes it. */
START_TEST(test_full)
{
	struct calls f = { 0 };

	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
	for (int i = 0; i <= CALLS_MAX; i++)
		calls_return(&f, 0);
}
END_TEST

START_TEST(test_far)
{
	static const int calls[UINT8_MAX + 1];
	struct calls f = { 0 };

	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
	calls_list(&f, calls, LEN(calls), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test_raise_signal(tc, test_full, SIGABRT);
	tcase_add_test_raise_signal(tc, test_far, SIGABRT);
}

int main(void)
{
	return suite_run("wall", add);
}
