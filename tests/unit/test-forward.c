/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/forward.h"

#include <jansson.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "os/sys.h"
#include "task.h"

/* --- what is sent of an event whose texts want to be something else --- */

static struct entry entry;
static const struct origin origin = { "00ff", "node", "", "0.1.0\"] x" };
#define LINE                                                                                       \
	"{\"v\":1,\"seq\":7,\"task\":\"20261123T074100.000Z-aaaaaa\","                             \
	"\"time\":\"2026-11-23T07:41:00.123Z\",\"mono_ns\":9,\"event\":\"net.connect\","           \
	"\"verdict\":\"deny\",\"rule\":null,\"port\":443,"                                         \
	"\"host\":\"x\\u000aPRIORITY=0\\u000a\",\"reason\":\"a\\ufffd80\\u001b[31m\\\"},\"}"

static struct message hostile(void)
{
	ck_assert_int_eq(entry_read(&entry, STR(LINE)), 0);
	return (struct message){ STR(LINE), { &entry, &origin }, "a b]" };
}

/* Takes one field off a datagram as journald does. Returns false at the end. */
static bool next_field(struct str *rest, struct str *name, struct str *value)
{
	const char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
	struct str line;
	uint64_t n = 0;

	if (!end)
		return false;
	line = (struct str){ rest->p, (size_t)(end - rest->p) };
	*rest = (struct str){ end + 1, rest->n - line.n - 1 };
	if (str_cut(line, '=', name, value))
		return true;
	*name = line;
	ck_assert_uint_ge(rest->n, 8);
	memcpy(&n, rest->p, 8);
	ck_assert_uint_lt(n, rest->n - 8);
	*value = (struct str){ rest->p + 8, n };
	ck_assert_int_eq(rest->p[8 + n], '\n');
	*rest = (struct str){ rest->p + 9 + n, rest->n - 9 - n };
	return true;
}

START_TEST(test_journald)
{
	static const struct {
		const char *name, *value;
	} want[] = {
		{ "PRIORITY", "4" },
		{ "AGENTBOX_HOST", "x\nPRIORITY=0\n" },
		{ "AGENTBOX_REASON", "a\x80\033[31m\"}," },
		{ "AGENTBOX_VERDICT", "deny" },
		{ "AGENTBOX_PORT", "443" },
		{ "AGENTBOX_LINE", LINE },
	};
	static char space[FORM_ROOM];
	struct buf out = BUF(space);
	struct message m = hostile();
	struct str rest, name, value;
	unsigned found = 0, all = 0;

	journald_write(&m, &out);
	rest = (struct str){ out.p, out.n };
	while (next_field(&rest, &name, &value)) {
		all++;
		for (size_t i = 0; i < LEN(want); i++)
			found += str_is(name, want[i].name) && str_is(value, want[i].value);
	}
	ck_assert_uint_eq(rest.n, 0);
	ck_assert_uint_eq(found, LEN(want));
	ck_assert_uint_eq(all, 14);
}
END_TEST

START_TEST(test_syslog)
{
	static char space[FORM_ROOM];
	struct buf out = BUF(space);
	struct message m = hostile();

	syslog_write(&m, &out);
	ck_assert_str_eq(space, "<108>1 2026-11-23T07:41:00.123Z a?b? agentbox "
				"20261123T074100.000Z-aaaaaa net.connect "
				"[origin software=\"agentbox\" swVersion=\"0.1.0???x\"]"
				"[meta sequenceId=\"7\"] " LINE);
}
END_TEST

START_TEST(test_otlp)
{
	static char space[FORM_ROOM];
	struct buf out = BUF(space);
	struct message m = hostile();
	json_t *json, *attribute;
	bool original = false;
	size_t i;

	otlp_write(&m, &out);
	ck_assert_ptr_null(memchr(out.p, '\n', out.n));
	ck_assert_ptr_null(memchr(out.p, '\033', out.n));
	json = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_ptr_nonnull(json);
	ck_assert_str_eq(json_string_value(json_object_get(json, "timeUnixNano")),
			 "1795419660123000000");
	json_array_foreach(json_object_get(json, "attributes"), i, attribute)
	{
		const json_t *value = json_object_get(attribute, "value");
		const char *key = json_string_value(json_object_get(attribute, "key"));
		const char *text = json_string_value(json_object_get(value, "stringValue"));

		ck_assert(text || json_is_string(json_object_get(value, "intValue")));
		original |= !strcmp(key, "log.record.original") && !strcmp(text, LINE);
	}
	ck_assert(original);
	json_decref(json);
}
END_TEST

/* --- a receiver that breaks off again and again --- */

enum { EVENTS = 600, READ_MAX = 40000, TIMES = 6 };

static void listen_at(const char *path, int type, int *fd)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	strncpy(un.sun_path, path, sizeof(un.sun_path) - 1);
	*fd = socket(AF_UNIX, type, 0);
	ck_assert_int_eq(bind(*fd, (void *)&un, sizeof(un)), 0);
	ck_assert(type == SOCK_DGRAM || listen(*fd, 1) == 0);
}

/*
 * Writes what it reads to @out: an unpredictable part of each connection, and all of the last one.
 */
static _Noreturn void receive(int listener, int out)
{
	static char bytes[READ_MAX];

	for (unsigned i = 0; i <= TIMES; i++) {
		int fd = accept(listener, NULL, NULL);
		size_t left = i < TIMES ? (size_t)(random() % READ_MAX) : SIZE_MAX;
		ssize_t n = 1;

		while (left && n > 0) {
			n = read(fd, bytes, left < sizeof(bytes) ? left : sizeof(bytes));
			if (n > 0 && write(out, bytes, (size_t)n) != n)
				_exit(1);
			left -= n > 0 ? (size_t)n : 0;
		}
		close(fd);
	}
	_exit(0);
}

static struct forward f = { .state = -1 };
static char space[FORM_BYTES];

static void make_log(char task[TASK_ID_MAX])
{
	struct audit a;
	struct err e;

	open_audit(&a, NULL);
	strcpy(task, a.task);
	write_event(&a, EVENT_TASK_START);
	for (unsigned i = 0; i < EVENTS; i++)
		write_event(&a, EVENT_DNS_QUERY);
	write_event(&a, EVENT_TASK_END);
	ck_assert_int_eq(audit_seal(&a, state, &e), 0);
	audit_close(&a);
}

static void prepare(const char *task, const struct form *form, const struct sink *sink)
{
	struct err e;

	f.batch.out = BUF(space);
	f.changes = -1;
	f.form = form;
	ck_assert_int_eq(channel_init(&f.channel, sink, &e), 0);
	f.channel.stuck = forward_stuck;
	ck_assert_int_eq(record_open(&f.record, state, task, &e), 0);
	f.state = delivery_open(state, task, 0, O_CREAT, &e);
	ck_assert_int_ge(f.state, 0);
}

/* Each number is there, and comes for the first time after the one before. */
static void check_all(const char *path)
{
	static char text[32 << 20];
	size_t n = read_file(path, text, sizeof(text));
	unsigned next = 1, number;
	const char *at = text;

	text[n] = '\0';
	while ((at = strstr(at, "sequenceId=\"")) || n == 0) {
		number = (unsigned)strtoul(at + 12, NULL, 10);
		ck_assert_uint_le(number, next);
		next += number == next;
		at++;
	}
	ck_assert_uint_eq(next - 1, EVENTS + 3);
}

START_TEST(test_broken_off)
{
	struct sink sink = { .kind = SINK_SYSLOG, .way = SINK_UNIX };
	char task[TASK_ID_MAX], received[PATH_MAX];
	struct delivery d;
	struct err e = { 0 };
	int listener, out, tries = 0;
	pid_t pid;

	signal(SIGPIPE, SIG_IGN);
	snprintf(sink.path, sizeof(sink.path), "%s/s", state);
	snprintf(received, sizeof(received), "%s/received", state);
	listen_at(sink.path, SOCK_STREAM, &listener);
	out = open(received, O_CREAT | O_WRONLY | O_APPEND, 0600);
	make_log(task);
	pid = fork();
	if (pid == 0)
		receive(listener, out);
	close(listener);
	prepare(task, &form_syslog, &sink);
	/* The task is over, so it gives up each time, and is started again. */
	while (forward_run(&f, &e) < 0) {
		ck_assert_int_lt(tries++, TIMES + 1);
		f.over = false;
		record_seek(&f.record, 0);
		f.origin = (struct origin){ 0 };
	}
	waitpid(pid, NULL, 0);
	check_all(received);
	ck_assert_int_eq(delivery_read(f.state, &d), 0);
	ck_assert_uint_eq(d.done, EVENTS + 3);
	ck_assert_str_eq(d.failed, "");
}
END_TEST

/* A datagram that is too long for the socket comes as a memfd. */
START_TEST(test_memfd)
{
	struct sink sink = { .kind = SINK_JOURNALD, .way = SINK_UNIX };
	static char bytes[FORM_ROOM];
	static struct batch batch;
	struct message m = hostile();
	struct err e = { 0 };
	struct channel c;
	int fds[2] = { -1, -1 }, small = 1;
	size_t n_fds = 2;
	int receiver;
	ssize_t n;

	snprintf(sink.path, sizeof(sink.path), "%s/j", state);
	listen_at(sink.path, SOCK_DGRAM, &receiver);
	batch.out = BUF(space);
	ck_assert_int_eq(channel_init(&c, &sink, &e), 0);
	ck_assert_int_eq(channel_open(&c, &e), 0);
	ck_assert_int_eq(setsockopt(c.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	m.line.p = space + FORM_BYTES / 2; /* more than a socket's least buffer */
	memset(space + FORM_BYTES / 2, 'x', 20000);
	m.line.n = 20000;
	ck_assert_msg(form_journald.add(&m, &batch, &c, &e) == 0, "%s", e.text);
	ck_assert_int_eq(fds_receive(receiver, bytes, sizeof(bytes), fds, &n_fds), 0);
	ck_assert_uint_eq(n_fds, 1);
	n = pread(fds[0], bytes, sizeof(bytes), 0);
	ck_assert_int_eq(n, (ssize_t)batch.out.n);
	ck_assert_int_eq(fcntl(fds[0], F_GET_SEALS),
			 F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, make_state, remove_state);
	tcase_add_test(tc, test_journald);
	tcase_add_test(tc, test_syslog);
	tcase_add_test(tc, test_otlp);
	tcase_add_test(tc, test_broken_off);
	tcase_add_test(tc, test_memfd);
}

int main(void)
{
	return suite_run("forward", add);
}
