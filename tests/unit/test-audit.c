/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "task.h"

START_TEST(test_write)
{
	char task[TASK_ID_MAX], path[PATH_MAX], text[8192];
	struct verification v;
	struct stat st;
	size_t n;

	write_task(NULL, task, path);
	v = verify(task);
	ck_assert(intact(&v) && v.lines == 4 && !v.running);
	ck_assert(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600);
	*strrchr(path, '/') = '\0';
	ck_assert(stat(path, &st) == 0 && (st.st_mode & 07777) == 0700);
	strcat(path, "/events.jsonl");
	n = read_file(path, text, sizeof(text));
	text[n] = '\0';
	ck_assert_int_eq(strncmp(text, "{\"v\":1,\"seq\":1,\"task\":\"2", 24), 0);
	ck_assert_ptr_nonnull(strstr(
		text, "\"event\":\"task.start\",\"level\":\"full\",\"policy\":\"00\",\"prev\":\""));
	ck_assert_ptr_nonnull(strstr(text, v.head));
}
END_TEST

START_TEST(test_running)
{
	char task[TASK_ID_MAX];
	struct verification v;
	struct audit a;

	open_audit(&a, NULL);
	write_event(&a, EVENT_TASK_START);
	v = verify(a.task);
	ck_assert(v.running && !v.ended && !v.bad && v.lines == 1);
	strcpy(task, a.task);
	audit_close(&a);
	v = verify(task);
	ck_assert(!v.running && !v.ended && !v.bad && v.lines == 1);
}
END_TEST

START_TEST(test_digest)
{
	char hex[CHAIN_HEX];

	/* FIPS 180-2, appendix B.1 */
	audit_digest(STR("abc"), hex);
	ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
END_TEST

static const struct {
	const char *xdg, *home, *want;
} dirs[] = {
	{ "/x", "/h", "/x/agentbox" },
	{ NULL, "/h", "/h/.local/state/agentbox" },
	{ "", "/h", "/h/.local/state/agentbox" },
	{ "x", "/h", "/h/.local/state/agentbox" },
	{ NULL, "h", NULL },
	{ NULL, NULL, NULL },
};

static void set_or_not(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

START_TEST(test_state_dir)
{
	char dir[PATH_MAX];
	struct err e;

	set_or_not("XDG_STATE_HOME", dirs[_i].xdg);
	set_or_not("HOME", dirs[_i].home);
	ck_assert_int_eq(audit_state_dir(dir, &e), dirs[_i].want ? 0 : -ENOENT);
	if (dirs[_i].want)
		ck_assert_str_eq(dir, dirs[_i].want);
}
END_TEST

/* What must not become a log; each row prepares something at state/x and names what is opened. */
static void make_fifo(const char *path)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void make_dir(const char *path)
{
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void make_file(const char *path, mode_t mode)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	ck_assert(fd >= 0 && fchmod(fd, mode) == 0);
	close(fd);
}

static void make_open_file(const char *path)
{
	make_file(path, 0622);
}

static void make_second_name(const char *path)
{
	char other[PATH_MAX];

	make_file(path, 0600);
	snprintf(other, sizeof(other), "%s2", path);
	ck_assert_int_eq(link(path, other), 0);
}

static void make_link(const char *path)
{
	ck_assert_int_eq(symlink("/dev/null", path), 0);
}

static void make_nothing(const char *path)
{
	(void)path;
}

static void open_state(const char *path)
{
	(void)path;
	ck_assert_int_eq(chmod(state, 0777), 0);
}

static void link_tasks(const char *path)
{
	char tasks[PATH_MAX];

	(void)path;
	snprintf(tasks, sizeof(tasks), "%s/tasks", state);
	ck_assert_int_eq(symlink("/tmp", tasks), 0);
}

static void file_for_tasks(const char *path)
{
	char tasks[PATH_MAX];

	(void)path;
	snprintf(tasks, sizeof(tasks), "%s/tasks", state);
	make_file(tasks, 0600);
}

static const struct {
	void (*make)(const char *path);
	const char *file; /* relative to state, or absolute; NULL: the task's own */
	int want;
} refused[] = {
	{ make_fifo, "x", -EINVAL },	    { make_dir, "x", -EISDIR },
	{ make_open_file, "x", -EPERM },    { make_second_name, "x", -EINVAL },
	{ make_link, "x", -ELOOP },	    { make_nothing, "no/such/directory", -ENOENT },
	{ open_state, NULL, -EPERM },	    { link_tasks, NULL, -ENOTDIR },
	{ file_for_tasks, NULL, -ENOTDIR },
};

START_TEST(test_refused)
{
	char path[PATH_MAX];
	struct audit a;
	struct err e;

	snprintf(path, sizeof(path), "%s/%s", state, refused[_i].file ? refused[_i].file : "x");
	refused[_i].make(path);
	ck_assert_int_eq(audit_open(&a, "task-a", state, refused[_i].file ? path : NULL, &e),
			 refused[_i].want);
	ck_assert_msg(str_starts(str_of(e.text), "audit log: "), "%s", e.text);
	audit_close(&a);
	ck_assert_int_eq(audit_open(&a, "task-a", state, "x", &e),
			 refused[_i].file ? -EINVAL : refused[_i].want);
	audit_close(&a);
}
END_TEST

START_TEST(test_state_is_made)
{
	const struct event start = event(EVENT_TASK_START);
	char deep[PATH_MAX], task[TASK_ID_MAX];
	struct audit a;
	struct err e;

	snprintf(deep, sizeof(deep), "%s/a b/\xff/agentbox", state);
	ck_assert_msg(audit_open(&a, "task-a", deep, NULL, &e) == 0, "%s", e.text);
	ck_assert_int_eq(access(a.path, F_OK), 0);
	audit_close(&a);
	audit_close(&a);
	ck_assert_int_eq(audit_open(&a, "task-b", deep, NULL, &e), 0);
	ck_assert_int_eq(audit_write(&a, &start, &e), 0);
	audit_withdraw(&a);
	audit_close(&a);
	ck_assert_int_eq(record_find(deep, NULL, task, &e), -ENOENT); /* neither did start */
}
END_TEST

/* Writes until it fails; then whole lines are there, all of them good, and nothing follows. */
static void fill_up(struct audit *a, int want)
{
	struct event ev = event(EVENT_DNS_QUERY), end = event(EVENT_TASK_END);
	struct verification v;
	uint64_t written = 1;
	struct stat st;
	struct err e;
	int r;

	while ((r = audit_write(a, &ev, &e)) == 0)
		written++;
	ck_assert_int_eq(r, want);
	ck_assert_uint_gt(written, 10);
	v = verify(a->task);
	ck_assert_msg(v.bad == 0, "%s", v.what);
	ck_assert_uint_eq(v.lines, written);
	ck_assert(fstat(a->fd, &st) == 0 && (uint64_t)st.st_size == a->size);
	ck_assert_int_eq(audit_write(a, &end, &e), want);
}

START_TEST(test_file_size_limit)
{
	struct rlimit limit = { 20000, 20000 };
	struct audit a;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	open_audit(&a, NULL);
	write_event(&a, EVENT_TASK_START);
	fill_up(&a, -EFBIG);
	audit_close(&a);
}
END_TEST

/*
 * The disk is full when the seal is written: what is there is whole, and says that the seal is
 * missing.
 */
START_TEST(test_no_room_for_the_seal)
{
	static const unsigned room[] = { 0, 1, 50, 400 };
	char task[TASK_ID_MAX];
	struct verification v;
	struct rlimit all, limit;
	struct audit a;
	struct err e;
	int r;

	signal(SIGXFSZ, SIG_IGN);
	open_audit(&a, NULL);
	strcpy(task, a.task);
	write_event(&a, EVENT_TASK_START);
	write_event(&a, EVENT_TASK_END);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &all), 0);
	limit = (struct rlimit){ a.size + room[_i], all.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	r = audit_seal(&a, state, &e);
	setrlimit(RLIMIT_FSIZE, &all); /* check(3) writes files, too */
	ck_assert_int_eq(r, -EFBIG);
	audit_close(&a);
	v = verify(task);
	ck_assert_msg(v.bad == 0 && v.lines == 2 && v.ended && !v.sealed, "%s", v.what);
}
END_TEST

/* Two tasks never share a directory, whether or not the first one still writes. */
START_TEST(test_same_id)
{
	char task[TASK_ID_MAX];
	struct verification v;
	struct audit a, b;
	struct err e;

	open_audit(&a, NULL);
	strcpy(task, a.task);
	write_event(&a, EVENT_TASK_START);
	ck_assert_int_eq(audit_open(&b, task, state, NULL, &e), -EEXIST);
	audit_close(&b);
	write_event(&a, EVENT_TASK_END);
	audit_close(&a);
	ck_assert_int_eq(audit_open(&b, task, state, NULL, &e), -EEXIST);
	audit_close(&b);
	v = verify(task);
	ck_assert(!v.bad && v.lines == 2);
}
END_TEST

START_TEST(test_flood)
{
	struct event ev = event(EVENT_DNS_QUERY);
	struct audit a;
	struct err e;

	open_audit(&a, NULL);
	write_event(&a, EVENT_TASK_START);
	for (int i = 0; i < 100000; i++)
		ck_assert_int_eq(audit_take(&a, &ev, &e), 0);
	ck_assert_uint_lt(a.seq, 2 * FLOOD_BURST);
	ck_assert_uint_gt(a.flood.lost, 0);
	write_event(&a, EVENT_TASK_END);
	ck_assert_uint_eq(a.flood.lost, 0);
	audit_close(&a);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, make_state, remove_state);
	tcase_add_test(tc, test_write);
	tcase_add_test(tc, test_running);
	tcase_add_test(tc, test_digest);
	tcase_add_loop_test(tc, test_state_dir, 0, LEN(dirs));
	tcase_add_loop_test(tc, test_refused, 0, LEN(refused));
	tcase_add_test(tc, test_state_is_made);
	tcase_add_test(tc, test_flood);
	tcase_add_test(tc, test_file_size_limit);
	tcase_add_loop_test(tc, test_no_room_for_the_seal, 0, 4);
	tcase_add_test(tc, test_same_id);
}

int main(void)
{
	return suite_run("audit", add);
}
