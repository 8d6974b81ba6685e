/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the log costs: bench-log [EVENTS]
 *
 * Appends events to a new task's log, verifies it, and lets sha256sum(1) read the same file. The
 * directory is made in TMPDIR, so that a disk can be compared with a tmpfs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "supervise/audit.h"
#include "supervise/record.h"

static double seconds(int who)
{
	struct rusage usage;

	getrusage(who, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* What was spent of one processor, whatever else the machine does. */
static double now(void)
{
	return seconds(RUSAGE_SELF) + seconds(RUSAGE_CHILDREN);
}

static struct event denied(void)
{
	struct event ev = event_new(EVENT_NET_CONNECT);

	event_num(&ev, FIELD_VERDICT, 0);
	event_num(&ev, FIELD_RULE, EVENT_NO_RULE);
	event_num(&ev, FIELD_PORT, 443);
	event_num(&ev, FIELD_FLOW, 17);
	event_text(&ev, FIELD_HOST, STR("telemetry.vendor.example"));
	event_text(&ev, FIELD_PROTOCOL, STR("tls"));
	event_text(&ev, FIELD_REASON, STR("no rule allows it"));
	event_text(&ev, FIELD_HINT, STR("allow = telemetry.vendor.example"));
	return ev;
}

static int append(struct audit *a, unsigned long n, struct err *e)
{
	const struct event ev = denied();

	for (unsigned long i = 0; i < n; i++)
		if (audit_write(a, &ev, e) < 0)
			return e->code;
	return 0;
}

static int verify(const char *dir, const char *task, struct verification *v, struct err *e)
{
	struct record r;

	if (record_open(&r, dir, task, e) == 0)
		record_verify(&r, v, e);
	record_close(&r);
	return e->code;
}

static double sha256sum(const char *path)
{
	char command[PATH_MAX + 32];
	double start = now();

	snprintf(command, sizeof(command), "sha256sum '%s' >/dev/null", path);
	return system(command) == 0 ? now() - start : 0;
}

static int measure(const char *dir, unsigned long n, struct err *e)
{
	struct verification v = { 0 };
	double start, wrote, verified;
	char id[TASK_ID_MAX];
	struct audit a;

	audit_new_id(id);
	if (audit_open(&a, id, dir, NULL, e) < 0)
		return e->code;
	start = now();
	if (append(&a, n, e) < 0)
		return e->code;
	wrote = now() - start;
	start = now();
	if (verify(dir, id, &v, e) < 0)
		return e->code;
	verified = now() - start;
	if (v.lines != n)
		return err_say(e, -1, "line %zu: %s", v.bad, v.what);
	printf("append   %.0f events/s (%.1f us each, %.0f bytes a line)\n", (double)n / wrote,
	       1e6 * wrote / (double)n, (double)a.size / (double)n);
	printf("verify   %.0f MB/s, %.2f times as fast as sha256sum\n",
	       1e-6 * (double)a.size / verified, sha256sum(a.path) / verified);
	audit_close(&a);
	return 0;
}

int main(int argc, char **argv)
{
	const char *tmp = getenv("TMPDIR");
	char dir[256], command[300];
	struct err e = { 0 };

	snprintf(dir, sizeof(dir), "%s/bench-log-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir)) {
		perror(dir);
		return 1;
	}
	if (measure(dir, argc > 1 ? strtoul(argv[1], NULL, 10) : 200000, &e) < 0)
		fprintf(stderr, "bench-log: %s\n", e.text);
	snprintf(command, sizeof(command), "rm -r '%s'", dir);
	return system(command) != 0 || e.code != 0;
}
