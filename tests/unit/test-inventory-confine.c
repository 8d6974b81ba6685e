/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inventory/serve.h"
#include "os/landlock.h"
#include "os/wall.h"
#include "suite.h"

/* What the process tries that reads the repository: what it can, and what ends it. */
static int read_inside(int dir)
{
	return openat(dir, "file", O_RDONLY);
}

static int make_inside(int dir)
{
	return openat(dir, "new", O_WRONLY | O_CREAT, 0600);
}

static int read_outside(int dir)
{
	(void)dir;
	return open("/etc/passwd", O_RDONLY);
}

static int talk(int dir)
{
	(void)dir;
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int run(int dir)
{
	(void)dir;
	return execl("/bin/true", "true", NULL);
}

static int end_parent(int dir)
{
	(void)dir;
	return kill(getppid(), 0);
}

static const struct {
	int (*attempt)(int dir);
	bool landlock; /* is what refuses it */
	int error, signal;
} cases[] = {
	{ read_inside, false, 0, 0 },	   { make_inside, true, EACCES, 0 },
	{ read_outside, true, EACCES, 0 }, { talk, false, 0, SIGSYS },
	{ run, false, 0, SIGSYS },	   { end_parent, false, 0, SIGSYS },
};

START_TEST(test_confine)
{
	char top[] = "/tmp/test-confine-XXXXXX";
	int dir, status;
	struct err e;
	pid_t child;

	if ((WALL_SANITIZED && cases[_i].signal) || (cases[_i].landlock && landlock_version() < 0))
		return;
	ck_assert_ptr_nonnull(mkdtemp(top));
	dir = open(top, O_RDONLY | O_DIRECTORY);
	close(openat(dir, "file", O_WRONLY | O_CREAT, 0600));
	child = fork();
	if (child == 0) {
		if (inventory_confine(dir, &e) < 0)
			_exit(255);
		_exit(cases[_i].attempt(dir) < 0 ? errno : 0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	unlinkat(dir, "new", 0);
	unlinkat(dir, "file", 0);
	rmdir(top);
	ck_assert_int_eq(WIFSIGNALED(status) ? WTERMSIG(status) : 0, cases[_i].signal);
	ck_assert_int_eq(WIFEXITED(status) ? WEXITSTATUS(status) : 0, cases[_i].error);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_confine, 0, LEN(cases));
}

int main(void)
{
	return suite_run("inventory-confine", add);
}
