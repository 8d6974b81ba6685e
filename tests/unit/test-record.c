/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/record.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "task.h"

/* The lines of a log as an attacker might rearrange them. */
struct lines {
	struct str line[16]; /* with their newlines */
	size_t n;
};

static struct lines split(struct str text)
{
	struct lines all = { 0 };
	struct str line;

	while (str_cut(text, '\n', &line, &text))
		all.line[all.n++] = (struct str){ line.p, line.n + 1 };
	return all;
}

static void write_lines(const char *path, const struct lines *all)
{
	char text[16384];
	struct buf out = BUF(text);

	for (size_t i = 0; i < all->n; i++)
		buf_str(&out, all->line[i]);
	ck_assert(!out.full);
	write_file(path, out.p, out.n);
}

static void insert(struct lines *all, size_t at, struct str line)
{
	memmove(&all->line[at + 1], &all->line[at], (all->n - at) * sizeof(all->line[0]));
	all->line[at] = line;
	all->n++;
}

static void cut(struct lines *all, size_t at)
{
	memmove(&all->line[at], &all->line[at + 1], (all->n - at - 1) * sizeof(all->line[0]));
	all->n--;
}

/* The log of a task: its path, its bytes, its lines. */
struct log {
	char task[TASK_ID_MAX], path[PATH_MAX], text[8192];
	size_t n;
	struct lines lines;
};

static void make_log(struct log *log)
{
	write_task(NULL, log->task, log->path);
	log->n = read_file(log->path, log->text, sizeof(log->text));
	log->lines = split((struct str){ log->text, log->n });
	ck_assert_uint_eq(log->lines.n, 4);
}

/* Writes @lines and expects the first bad one to be number @bad, and to be called @what. */
static void expect(const struct log *log, const struct lines *lines, size_t bad, const char *what)
{
	struct verification v;

	write_lines(log->path, lines);
	v = verify(log->task);
	ck_assert(!intact(&v));
	ck_assert_uint_eq(v.bad, bad);
	ck_assert_msg(strstr(v.what, what) != NULL, "%s: %s", what, v.what);
}

START_TEST(test_every_byte)
{
	size_t line = 1;
	struct log log;

	make_log(&log);
	for (size_t i = 0; i < log.n; i++) {
		char byte = log.text[i];

		for (unsigned bit = 0; bit < 8; bit++) {
			struct verification v;

			log.text[i] = (char)(byte ^ 1 << bit);
			write_file(log.path, log.text, log.n);
			v = verify(log.task);
			ck_assert_msg(v.bad == line, "bit %u of byte %zu: line %zu", bit, i, v.bad);
		}
		log.text[i] = byte;
		line += byte == '\n';
	}
}
END_TEST

START_TEST(test_every_cut)
{
	struct log log;

	make_log(&log);
	for (size_t n = 0; n < log.n; n++) {
		struct verification v;

		write_file(log.path, log.text, n);
		v = verify(log.task);
		ck_assert(!intact(&v));
		if (n == 0 || log.text[n - 1] == '\n')
			ck_assert_uint_eq(v.bad, 0);
		else
			ck_assert_str_eq(v.what, "torn: it has no end");
	}
}
END_TEST

START_TEST(test_every_rearrangement)
{
	struct lines now;
	struct log log;

	make_log(&log);
	for (size_t i = 0; i + 1 < log.lines.n; i++) {
		now = log.lines;
		cut(&now, i);
		expect(&log, &now, i + 1, "missing");

		now = log.lines;
		now.line[i] = log.lines.line[i + 1];
		now.line[i + 1] = log.lines.line[i];
		expect(&log, &now, i + 1, "missing");
	}
	for (size_t from = 0; from < log.lines.n; from++) {
		for (size_t to = from + 1; to <= log.lines.n; to++) {
			now = log.lines;
			insert(&now, to, log.lines.line[from]);
			expect(&log, &now, to + 1, "inserted");
		}
	}
}
END_TEST

/* Who knows the form can make lines that are sound in themselves. */
START_TEST(test_forged_lines)
{
	char text[1024], first[1024];
	struct log log, other;
	struct lines now;

	make_log(&log);
	make_log(&other);
	for (uint64_t seq = 1; seq <= 4; seq++) {
		struct buf line = BUF(text);
		struct line_head head = { .seq = seq, .task = str_of(log.task), .time = STR("t") };
		struct chain chain;

		/* follows line 1, whose hash it knows, and says anything */
		chain_start(&chain, head.task);
		ck_assert_int_eq(line_check(&chain, (struct str){ log.lines.line[0].p,
								  log.lines.line[0].n - 1 }),
				 LINE_GOOD);
		line_begin(&head, &line);
		buf_puts(&line, "\"event\":\"net.lost\",\"count\":1");
		line_seal(&chain, &line);
		now = log.lines;
		insert(&now, 1, (struct str){ line.p, line.n });
		if (seq == 2) /* takes the place of line 2, which then is not the next one */
			expect(&log, &now, 3, "number 2 where 3 is due");
		else
			expect(&log, &now, 2, seq < 2 ? "inserted or moved" : "missing");
		cut(&now, 2);
		if (seq == 2)
			expect(&log, &now, 3, "one of the two was altered");
	}
	now = log.lines;
	memcpy(first, other.lines.line[0].p, other.lines.line[0].n);
	insert(&now, 1, (struct str){ first, other.lines.line[0].n });
	expect(&log, &now, 2, "not of this task");
	now = log.lines;
	insert(&now, 0, STR("\n"));
	expect(&log, &now, 1, "form");
}
END_TEST

/* Adds a line of our own making to @now, with @event as its members. */
static void forge(struct lines *now, const struct log *log, struct buf *line, const char *event)
{
	struct line_head head = { .task = str_of(log->task), .time = STR("t") };
	struct chain chain;

	chain_start(&chain, head.task);
	for (size_t i = 0; i < now->n; i++)
		ck_assert_int_eq(
			line_check(&chain, (struct str){ now->line[i].p, now->line[i].n - 1 }),
			LINE_GOOD);
	head.seq = now->n + 1;
	line_begin(&head, line);
	buf_puts(line, event);
	line_seal(&chain, line);
	now->line[now->n++] = (struct str){ line->p, line->n };
}

/* The chain followed through to a new end, by somebody without the key. */
START_TEST(test_forged_seal)
{
	char a[1024], b[1024], c[1024], old[400], key[] = "\"key\":\"", *at;
	struct buf first = BUF(a), second = BUF(b), third = BUF(c);
	struct log log;
	struct lines now;

	make_log(&log);
	at = strstr(log.lines.line[3].p, key);
	snprintf(old, sizeof(old), "\"event\":\"log.seal\",%.*s", (int)(strstr(at, ",\"prev") - at),
		 at);
	now = log.lines;
	cut(&now, 3);
	cut(&now, 2);
	forge(&now, &log, &first, "\"event\":\"task.end\",\"exit\":7");
	forge(&now, &log, &second, old);
	expect(&log, &now, 4, "forged");

	now = log.lines;
	forge(&now, &log, &third, old);
	expect(&log, &now, 5, "after the seal");
}
END_TEST

START_TEST(test_early_seal)
{
	struct verification v;
	struct audit a;
	struct err e;

	open_audit(&a, NULL);
	write_event(&a, EVENT_TASK_START);
	ck_assert_int_eq(audit_seal(&a, state, &e), 0);
	v = verify(a.task);
	ck_assert_uint_eq(v.bad, 2);
	ck_assert_ptr_nonnull(strstr(v.what, "before the end"));
	audit_close(&a);
}
END_TEST

START_TEST(test_line_longer_than_the_buffer)
{
	static char text[3 * sizeof(((struct record *)0)->bytes)];
	struct verification v;
	struct log log;

	make_log(&log);
	memset(text, 'x', sizeof(text));
	memcpy(text, log.text, log.n);
	write_file(log.path, text, sizeof(text));
	v = verify(log.task);
	ck_assert_uint_eq(v.bad, 5);
	ck_assert_uint_eq(v.lines, 4);
}
END_TEST

START_TEST(test_named_file)
{
	char file[PATH_MAX], task[3][TASK_ID_MAX], path[PATH_MAX], text[16384];
	struct verification v;
	struct audit a, b;
	struct err e;
	size_t n;

	snprintf(file, sizeof(file), "%s/all.jsonl", state);
	write_task(file, task[0], path);
	ck_assert_str_eq(path, file);
	open_audit(&a, file);
	strcpy(task[1], a.task);
	write_event(&a, EVENT_TASK_START);
	ck_assert_int_eq(audit_open(&b, "task-b", state, file, &e), -EBUSY);
	audit_close(&b);
	v = verify(task[1]);
	ck_assert(v.running && !v.bad && v.lines == 1);
	audit_close(&a);

	/* as after a power cut: the next task begins a line of its own */
	n = read_file(file, text, sizeof(text));
	write_file(file, text, n - 9);
	write_task(file, task[2], path);
	for (size_t i = 0; i < 3; i++) {
		v = verify(task[i]);
		ck_assert_int_eq(intact(&v), i != 1);
		ck_assert_uint_eq(v.bad, i == 1 ? 5 : 0);
	}
	/* a line of one task among those of another, and after its end */
	n = read_file(file, text, sizeof(text));
	memcpy(text + n, text, (size_t)(strchr(text, '\n') - text) + 1);
	write_file(file, text, n + (size_t)(strchr(text, '\n') - text) + 1);
	v = verify(task[2]);
	ck_assert(intact(&v));
}
END_TEST

static const struct {
	const char *name;
	int ret;
	const char *want;
} names[] = {
	{ NULL, 0, "20270101T000000.000Z-aaaaaa" },
	{ "latest", 0, "20270101T000000.000Z-aaaaaa" },
	{ "2027", 0, "20270101T000000.000Z-aaaaaa" },
	{ "20261231T000000.000Z-zzzzzz", 0, "20261231T000000.000Z-zzzzzz" },
	{ "2026", -EINVAL, NULL },
	{ "20", -EINVAL, NULL },
	{ "2028", -ENOENT, NULL },
	{ "lost+found", -ENOENT, NULL },
	{ "9", -ENOENT, NULL },
	{ "../tasks/2027", -ENOENT, NULL },
	{ ".", -ENOENT, NULL },
	{ "", -EINVAL, NULL },
};

START_TEST(test_find)
{
	static const char *const made[] = {
		"",
		"/20261231T000000.000Z-zzzzzz",
		"/20261231T000000.001Z-aaaaaa",
		"/20270101T000000.000Z-aaaaaa",
		"/.hidden",
		"/99990101T000000.000Z-longer-than-an-id-may-be",
		"/99990101T000000.000Z-aaaaa",
		"/99990101T000000.000Z-AAAAAA",
		"/99990101",
		"/9",
		"/lost+found",
	};
	char path[PATH_MAX], task[TASK_ID_MAX];
	struct err e;

	ck_assert_int_eq(record_find(state, NULL, task, &e), -ENOENT);
	for (size_t i = 0; i < LEN(made); i++) {
		snprintf(path, sizeof(path), "%s/tasks%s", state, made[i]);
		ck_assert_int_eq(mkdir(path, 0700), 0);
	}
	ck_assert_int_eq(record_find(state, names[_i].name, task, &e), names[_i].ret);
	if (names[_i].want)
		ck_assert_str_eq(task, names[_i].want);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, make_state, remove_state);
	tcase_add_loop_test(tc, test_find, 0, LEN(names));
	tcase_add_test(tc, test_every_byte);
	tcase_add_test(tc, test_every_cut);
	tcase_add_test(tc, test_every_rearrangement);
	tcase_add_test(tc, test_forged_lines);
	tcase_add_test(tc, test_forged_seal);
	tcase_add_test(tc, test_early_seal);
	tcase_add_test(tc, test_line_longer_than_the_buffer);
	tcase_add_test(tc, test_named_file);
}

int main(void)
{
	return suite_run("record", add);
}
