/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

#include "supervise/audit.h"
#include "supervise/record.h"
#include "suite.h"

/* A directory for the tasks of a test, and tasks in it. */
static char state[] = "/tmp/test-audit-XXXXXX";

static inline void make_state(void)
{
	ck_assert_ptr_nonnull(mkdtemp(state));
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline void remove_state(void)
{
	nftw(state, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline struct event event(enum event_kind kind)
{
	struct event ev = event_new(kind);

	switch ((unsigned)kind) {
	case EVENT_TASK_START:
		event_text(&ev, FIELD_LEVEL, STR("full"));
		event_text(&ev, FIELD_POLICY, STR("00"));
		break;
	case EVENT_TASK_END:
		event_num(&ev, FIELD_EXIT, 0);
		break;
	case EVENT_DNS_QUERY:
		event_num(&ev, FIELD_VERDICT, 0);
		event_text(&ev, FIELD_HOST, STR("x\",\"seq\":1}\n{\"v\":1,\"hash\":\"00\"}\n"));
		break;
	}
	return ev;
}

static inline void write_event(struct audit *a, enum event_kind kind)
{
	struct event ev = event(kind);
	struct err e;

	ck_assert_msg(audit_write(a, &ev, &e) == 0, "%s", e.text);
}

static inline void open_audit(struct audit *a, const char *file)
{
	char id[TASK_ID_MAX];
	struct err e;

	audit_new_id(id);
	ck_assert_msg(audit_open(a, id, state, file, &e) == 0, "%s", e.text);
}

/* A task of three events and its seal. */
static inline void write_task(const char *file, char task[TASK_ID_MAX], char path[PATH_MAX])
{
	struct audit a;
	struct err e;

	open_audit(&a, file);
	strcpy(task, a.task);
	strcpy(path, a.path);
	write_event(&a, EVENT_TASK_START);
	write_event(&a, EVENT_DNS_QUERY);
	write_event(&a, EVENT_TASK_END);
	ck_assert_msg(audit_seal(&a, state, &e) == 0, "%s", e.text);
	audit_close(&a);
}

static inline struct verification verify(const char *task)
{
	struct verification v;
	struct record r;
	struct err e;

	ck_assert_msg(record_open(&r, state, task, &e) == 0, "%s", e.text);
	ck_assert_msg(record_verify(&r, &v, &e) == 0, "%s", e.text);
	record_close(&r);
	return v;
}

static inline bool intact(const struct verification *v)
{
	return !v->bad && v->ended && v->sealed;
}

static inline size_t read_file(const char *path, char *bytes, size_t cap)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, bytes, cap);

	ck_assert(fd >= 0 && n >= 0 && (size_t)n < cap);
	close(fd);
	return (size_t)n;
}

static inline void write_file(const char *path, const char *bytes, size_t n)
{
	int fd = open(path, O_WRONLY);

	ck_assert(fd >= 0 && pwrite(fd, bytes, n, 0) == (ssize_t)n && ftruncate(fd, (off_t)n) == 0);
	close(fd);
}
