/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/sinks.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/outside.h"
#include "os/sys.h"
#include "supervise/delivery.h"

static const char program[] = LIBEXECDIR "/agentbox-sink";

/* Of the caller's environment only what says whom TLS trusts. */
static const char *variable(const char *name, char *space, size_t cap)
{
	const char *value = getenv(name);
	int n = value ? snprintf(space, cap, "%s=%s", name, value) : 0;

	return n > 0 && (size_t)n < cap ? space : NULL;
}

int sinks_check(const struct policy *policy, struct err *e)
{
	for (size_t i = 0; i < policy->sinks.n; i++) {
		const struct item *item = &policy->sinks.item[i];
		struct arena arena = { 0 };
		const char *wrong = NULL;
		struct str lines;
		struct sink sink;

		sink_parse(str_of(item->text), &sink);
		if (sink.header_file[0])
			wrong = outside_read_headers(sink.header_file, &arena, &lines);
		arena_fini(&arena);
		if (wrong)
			return err_say(e, -EACCES, "%s:%u: error: header-file=%s: %s",
				       item->where.file, item->where.line, sink.header_file, wrong);
	}
	return 0;
}

int sinks_start(struct sinks *sinks, unsigned n, const char *sink, struct err *e)
{
	char number[16], file[PATH_MAX + 16], dir[PATH_MAX + 16];
	const char *environment[3] = { NULL }, **next = environment;
	const char *argv[] = { program, sinks->state_dir, sinks->task, number, sink, NULL };
	volatile int failed = 0;
	pid_t pid;

	snprintf(number, sizeof(number), "%u", n);
	*next = variable("SSL_CERT_FILE", file, sizeof(file));
	next += *next != NULL;
	*next = variable("SSL_CERT_DIR", dir, sizeof(dir));
	pid = vfork();
	if (pid == 0) {
		execve(program, (char *const *)(uintptr_t)argv,
		       (char *const *)(uintptr_t)environment);
		failed = errno;
		_exit(127);
	}
	sinks->pid[n] = pid > 0 ? pid : 0;
	return pid > 0 && !failed ? 0 : err_set(e, failed ? -failed : -errno, "start %s", program);
}

/* Returns when it is over, or at @deadline. */
static void await(pid_t pid, int64_t deadline)
{
	struct pollfd fd = { .events = POLLIN };
	int64_t left;

	fd.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd.fd < 0)
		return;
	do
		left = deadline < 0 ? INT_MAX : deadline - now_ms();
	while (left > 0 && poll(&fd, 1, (int)left) < 0 && errno == EINTR);
	close(fd.fd);
}

static bool tell(const struct sinks *sinks, unsigned n, uint64_t lines, struct buf *out)
{
	char space[SINK_TEXT_MAX + 512];
	struct buf told = BUF(space);
	struct delivery d = { 0 };
	struct err e = { 0 };
	_cleanup_fd_ int fd = delivery_open(sinks->state_dir, sinks->task, n, 0, &e);

	if (fd < 0 || delivery_read(fd, &d) < 0)
		buf_printf(&told, "sink %u: its process failed %s", n, e.text);
	else
		delivery_tell(&d, lines, &told);
	if (told.n)
		buf_printf(out, "agentbox: %s\n", told.p);
	return told.n > 0;
}

unsigned sinks_finish(struct sinks *sinks, uint64_t lines, bool bounded, struct buf *out)
{
	const int64_t deadline = bounded ? now_ms() + SINKS_DRAIN_MS : -1;
	unsigned missed = 0;

	for (unsigned i = 0; i < SINKS_MAX; i++) {
		if (!sinks->pid[i])
			continue;
		await(sinks->pid[i], deadline);
		kill(sinks->pid[i], SIGKILL);
		while (waitpid(sinks->pid[i], NULL, 0) < 0 && errno == EINTR)
			;
		sinks->pid[i] = 0;
		missed += tell(sinks, i, lines, out);
	}
	return missed;
}
