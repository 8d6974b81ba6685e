/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/resolver_process.h"

#include <poll.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "suite.h"

enum { NOBODY = 65534, QUESTIONS = 100 };

/* Takes from our child the right to fork, which the kernel lets root have all the same. */
static void forbid_forks(void)
{
	const struct rlimit none = { 0 };
	char path[64], text[32] = "";
	FILE *children;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	children = fopen(path, "re");
	ck_assert_ptr_nonnull(children);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), children));
	fclose(children);
	ck_assert_int_eq(prlimit(atoi(text), RLIMIT_NPROC, &none, NULL), 0);
}

/* A question whose process cannot be started is answered, however many there were before. */
START_TEST(test_no_processes)
{
	struct resolver_question question = { .host = "a.test" };
	struct resolver_answer answer;
	struct pollfd fd = { .events = POLLIN };
	struct err e = { 0 };

	if (getuid() == 0)
		ck_assert_int_eq(setresuid(NOBODY, NOBODY, NOBODY), 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); /* for Landlock, as confine_process() does it */
	fd.fd = resolver_process_start(&e);
	ck_assert_msg(fd.fd >= 0, "%s", e.text);
	forbid_forks();
	for (question.id = 1; question.id <= QUESTIONS; question.id++) {
		ck_assert_int_gt(send(fd.fd, &question, sizeof(question), 0), 0);
		ck_assert_int_eq(poll(&fd, 1, 10000), 1);
		ck_assert_int_eq(recv(fd.fd, &answer, sizeof(answer), 0), sizeof(answer));
		ck_assert_uint_eq(answer.id, question.id);
		ck_assert_uint_eq(answer.status, RESOLVER_FAILED);
	}
	close(fd.fd);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_no_processes);
}

int main(void)
{
	return suite_run("resolver_process", add);
}
