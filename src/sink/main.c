/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "os/sys.h"
#include "sink/confine.h"
#include "sink/forward.h"
#include "supervise/sinks.h"

/* agentbox-sink STATE-DIR TASK NUMBER SINK: see supervise/sinks.h. */

enum { N_ARGS = 5 };

/* Nobody waits for us any more. */
static void parent_gone(int signal)
{
	(void)signal;
	alarm(SINKS_DRAIN_MS / 1000);
}

/*
 * Signals of the terminal are for the command. The supervisor's mask came with us; a terminal that
 * it may read or write did, too.
 */
static void stand_apart(pid_t parent)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const struct sigaction gone = { .sa_handler = parent_gone };
	sigset_t none;

	for (int fd = 0; fd <= 2 && null >= 0; fd++)
		dup2(null, fd);
	close_range(STDERR_FILENO + 1, ~0U, 0);
	setsid();
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGTERM, &gone, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		parent_gone(SIGTERM);
}

/* By the descriptor, because the log may be somewhere else: [audit] file=. */
static int watch_changes(int log)
{
	char path[40];
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", log);
	if (fd >= 0 && inotify_add_watch(fd, path, IN_MODIFY | IN_CLOSE_WRITE) < 0)
		close_indirect(&fd);
	return fd;
}

static int open_state(struct forward *f, const char *state_dir, const char *task, unsigned number,
		      const char *text, struct err *e)
{
	int r;

	f->state = delivery_open(state_dir, task, number, O_CREAT, e);
	if (f->state < 0)
		return f->state;
	r = delivery_read(f->state, &f->delivery);
	if (r < 0 && r != -ENODATA)
		return err_set(e, r, "read how far sink %u has come", number);
	snprintf(f->delivery.sink, sizeof(f->delivery.sink), "%s", text);
	r = delivery_write(f->state, &f->delivery, "");
	return r < 0 ? err_set(e, r, "write how far sink %u has come", number) : 0;
}

static int prepare(struct forward *f, struct sink *sink, char **argv, struct err *e)
{
	static const struct form *const forms[] = {
		[SINK_JOURNALD] = &form_journald,
		[SINK_SYSLOG] = &form_syslog,
		[SINK_OTLP] = &form_otlp,
	};
	const char *wrong = sink_parse(str_of(argv[4]), sink);
	int r;

	if (wrong)
		return err_say(e, -EINVAL, "%s: %s", argv[4], wrong);
	r = open_state(f, argv[1], argv[2], (unsigned)atoi(argv[3]), argv[4], e);
	if (r == 0)
		r = record_open(&f->record, argv[1], argv[2], e);
	if (r == 0)
		r = channel_init(&f->channel, sink, e);
	if (r < 0)
		return r;
	f->changes = watch_changes(f->record.fd);
	f->channel.stuck = forward_stuck;
	f->form = forms[sink->kind];
	gethostname(f->host, sizeof(f->host) - 1);
	json_object_seed(0); /* opens a file, */
	tzset();	     /* as does gmtime(3), of which OpenSSL makes use */
	return sink_confine(e);
}

int main(int argc, char **argv)
{
	static char space[FORM_BYTES];
	static struct forward f = { .state = -1,
				    .changes = -1,
				    .batch.out = { .p = space, .cap = sizeof(space) } };
	static struct sink sink;
	struct err e = { 0 };
	int r;

	if (argc != N_ARGS)
		return 2;
	stand_apart(getppid());
	r = prepare(&f, &sink, argv, &e);
	if (r < 0 && f.state >= 0)
		delivery_write(f.state, &f.delivery, e.text);
	return r < 0 || forward_run(&f, &e) < 0;
}
