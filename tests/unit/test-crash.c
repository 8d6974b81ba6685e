/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a log is worth after its writer was killed, and after it was tampered with.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>

#include "os/wall.h"
#include "task.h"

enum { EVENTS = 1000, KILLS = WALL_SANITIZED ? 50 : 500, PIPE_ENDS = 2 };

/*
 * Writes until it is killed, and tells on @told how many lines are written. It asserts nothing:
 * check would be told of that, and half of it when it is killed.
 */
static _Noreturn void write_for_ever(const char *id, int told)
{
	struct event ev = event(EVENT_DNS_QUERY);
	struct audit a;
	struct err e;
	uint64_t n;

	if (audit_open(&a, id, state, NULL, &e) < 0)
		_exit(1);
	do
		n = a.seq;
	while (audit_write(&a, &ev, &e) == 0 && write(told, &n, sizeof(n)) == sizeof(n));
	_exit(1);
}

/* Killed at any point: what it was told to be written is there, and all that is there is sound. */
START_TEST(test_kill)
{
	srandom((unsigned)getpid());
	for (unsigned i = 0; i < KILLS; i++) {
		const struct timespec pause = { .tv_nsec = random() % 3000000 };
		uint64_t written = 0, last;
		struct verification v;
		char id[TASK_ID_MAX];
		int told[PIPE_ENDS];
		pid_t pid;

		audit_new_id(id);
		ck_assert_int_eq(pipe(told), 0);
		pid = fork();
		if (pid == 0)
			write_for_ever(id, told[1]);
		close(told[1]);
		ck_assert(read(told[0], &written, sizeof(written)) == sizeof(written));
		fcntl(told[0], F_SETFL, O_NONBLOCK);
		nanosleep(&pause, NULL);
		while (read(told[0], &last, sizeof(last)) == sizeof(last))
			written = last;
		kill(pid, SIGKILL);
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
		close(told[0]);
		v = verify(id);
		ck_assert(!v.ended && !v.sealed && !v.running);
		ck_assert_msg(v.lines >= written, "%zu of %zu lines", v.lines, (size_t)written);
		ck_assert_msg(!v.bad || strstr(v.what, "torn"), "line %zu: %s", v.bad, v.what);
	}
}
END_TEST

/* A log of EVENTS events and its seal, verified in memory as record_verify() does. */
struct text {
	char *p;
	size_t n;
	char task[TASK_ID_MAX], path[PATH_MAX];
};

static void make_long(struct text *t)
{
	struct audit a;
	struct stat st;
	struct err e;

	open_audit(&a, NULL);
	write_event(&a, EVENT_TASK_START);
	for (unsigned i = 2; i < EVENTS; i++)
		write_event(&a, EVENT_DNS_QUERY);
	write_event(&a, EVENT_TASK_END);
	ck_assert_int_eq(audit_seal(&a, state, &e), 0);
	strcpy(t->task, a.task);
	strcpy(t->path, a.path);
	audit_close(&a);
	ck_assert_int_eq(stat(t->path, &st), 0);
	t->p = malloc((size_t)st.st_size + 1);
	t->n = read_file(t->path, t->p, (size_t)st.st_size + 1);
}

/* The lines of a log, each with the chain before it: what is wrong there is judged from there. */
struct place {
	struct chain before;
	struct str line; /* without its newline */
};

static void find_places(const struct text *t, struct place *places)
{
	struct str rest = { t->p, t->n };
	struct chain chain;
	size_t n = 0;

	chain_start(&chain, str_of(t->task));
	for (; rest.n; n++) {
		places[n].before = chain;
		ck_assert(str_cut(rest, '\n', &places[n].line, &rest));
		ck_assert_int_eq(line_check(&chain, places[n].line), LINE_GOOD);
	}
	ck_assert_uint_eq(n, EVENTS + 1);
}

static bool is_next(const struct place *place, struct str line)
{
	struct chain chain = place->before;

	return line_check(&chain, line) == LINE_GOOD;
}

/* Every byte of a log of a thousand events: one bit of it, another one each time. */
START_TEST(test_flip)
{
	static struct place places[EVENTS + 1];
	struct text t;

	make_long(&t);
	find_places(&t, places);
	for (size_t i = 0; i < LEN(places); i++) {
		char *line = t.p + (places[i].line.p - t.p);

		for (size_t at = 0; at < places[i].line.n; at++) {
			char bit = (char)(1 << (at + i) % 8);

			line[at] ^= bit;
			ck_assert_msg(!is_next(&places[i], places[i].line), "line %zu: %zu", i + 1,
				      at);
			line[at] ^= bit;
		}
		/* Of its newline: the next line is a part of it, or it has no end. */
		ck_assert(!is_next(&places[i], (struct str){ line, places[i].line.n + 1 }));
	}
	free(t.p);
}
END_TEST

/*
 * No line stands in the place of another, and no part of one: whatever is removed, inserted, moved,
 * doubled or cut off within a line.
 */
START_TEST(test_any_other_line)
{
	static struct place places[EVENTS + 1];
	struct text t;

	make_long(&t);
	find_places(&t, places);
	for (size_t i = 0; i < LEN(places); i++) {
		for (size_t other = 0; other < LEN(places); other++)
			ck_assert_msg(is_next(&places[i], places[other].line) == (i == other),
				      "line %zu in the place of %zu", other + 1, i + 1);
		for (size_t n = 0; n < places[i].line.n; n++)
			ck_assert_msg(!is_next(&places[i], (struct str){ places[i].line.p, n }),
				      "%zu bytes of line %zu", n, i + 1);
	}
	free(t.p);
}
END_TEST

static size_t line_start(const struct text *t, unsigned number)
{
	const char *at = t->p;

	while (--number)
		at = (char *)memchr(at, '\n', t->n - (size_t)(at - t->p)) + 1;
	return (size_t)(at - t->p);
}

/* The same by the verification of a whole log, of some: it says which line, and what. */
START_TEST(test_rearrange)
{
	struct text t;
	char *other;

	make_long(&t);
	other = malloc(t.n);
	for (unsigned i = 1; i <= EVENTS; i += 1 + i / 16) {
		size_t a = line_start(&t, i), b = line_start(&t, i + 1);
		size_t c = i < EVENTS ? line_start(&t, i + 2) : t.n;
		struct verification v;

		memcpy(other, t.p, a);
		memcpy(other + a, t.p + b, t.n - b);
		write_file(t.path, other, t.n - (b - a));
		v = verify(t.task);
		ck_assert_msg(v.bad == i && v.lines == i - 1, "removed %u: %zu", i, v.bad);

		memcpy(other + a, t.p + b, c - b);
		memcpy(other + a + (c - b), t.p + a, b - a);
		memcpy(other + c, t.p + c, t.n - c);
		write_file(t.path, other, t.n);
		v = verify(t.task);
		ck_assert_msg(v.bad == i, "swapped %u: %zu", i, v.bad);

		write_file(t.path, t.p, b);
		v = verify(t.task);
		ck_assert_msg(!intact(&v) && v.bad == 0 && v.lines == i, "cut after %u", i);
		write_file(t.path, t.p, b - 1);
		v = verify(t.task);
		ck_assert_msg(v.bad == i && strstr(v.what, "torn"), "cut within %u", i);
	}
	free(other);
	free(t.p);
}
END_TEST

static bool tell(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/* As root, or as ourselves in a user namespace. */
static bool own_mounts(void)
{
	char users[64], groups[64];

	snprintf(users, sizeof(users), "%u %u 1", geteuid(), geteuid());
	snprintf(groups, sizeof(groups), "%u %u 1", getegid(), getegid());
	if (unshare(CLONE_NEWNS) == 0)
		return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && tell("/proc/self/uid_map", users) &&
	       tell("/proc/self/setgroups", "deny") && tell("/proc/self/gid_map", groups);
}

/* In a child: a tmpfs that the log does not fit in. Returns 0, or the line of what was wrong. */
static int fill_disk(const char *dir)
{
	struct verification v;
	struct record r;
	struct audit a;
	struct event ev = event(EVENT_DNS_QUERY);
	struct err e = { 0 };

	if (!own_mounts() || mount("small", dir, "tmpfs", 0, "size=64k,mode=0700") < 0)
		return -1;
	if (audit_open(&a, "task", dir, NULL, &e) < 0)
		return __LINE__;
	while (audit_write(&a, &ev, &e) == 0)
		;
	if (e.code != -ENOSPC || a.seq < 10 || audit_seal(&a, dir, &e) == 0)
		return __LINE__;
	if (record_open(&r, dir, "task", &e) < 0 || record_verify(&r, &v, &e) < 0)
		return __LINE__;
	return v.bad || v.sealed || v.lines != a.seq - 1 ? __LINE__ : 0;
}

START_TEST(test_full_disk)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(fill_disk(state) & 0xff);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	if (WEXITSTATUS(status) != 0xff) /* this machine gives no user namespace */
		ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, make_state, remove_state);
	tcase_add_test(tc, test_kill);
	tcase_add_test(tc, test_flip);
	tcase_add_test(tc, test_any_other_line);
	tcase_add_test(tc, test_rearrange);
	tcase_add_test(tc, test_full_disk);
}

int main(void)
{
	return suite_run("crash", add);
}
