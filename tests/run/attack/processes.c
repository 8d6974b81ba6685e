/* SPDX-License-Identifier: Apache-2.0 */
/* Processes of the host, init, what processes share, and what they may take. */
#include "attack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

enum { IOPRIO_WHO_PROCESS = 1, IOPRIO_REALTIME = 1 << 13 };

static pid_t host(void)
{
	return (pid_t)target_number("PID");
}

static enum outcome host_signalled(void)
{
	return outcome_of(kill(host(), 0), "kill");
}

static enum outcome host_pidfd(void)
{
	return outcome_of(syscall(SYS_pidfd_open, host(), 0), "pidfd_open");
}

static enum outcome host_entry(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)host());
	return reads(path);
}

static enum outcome host_limits(void)
{
	struct rlimit limit;

	return outcome_of(prlimit(host(), RLIMIT_NOFILE, NULL, &limit), "prlimit");
}

static enum outcome host_priority(void)
{
	return outcome_of(setpriority(PRIO_PROCESS, (id_t)host(), 1), "setpriority");
}

static enum outcome host_io_priority(void)
{
	return outcome_of(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, host(), 0), "ioprio_set");
}

static enum outcome host_affinity(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return cannot_try("sched_getaffinity");
	return outcome_of(sched_setaffinity(host(), sizeof(set), &set), "sched_setaffinity");
}

static enum outcome host_session(void)
{
	return outcome_of(getsid(host()), "getsid");
}

/* Signals that the kernel sends for a pipe go to whom it belongs to. */
static enum outcome host_owner(void)
{
	int pair[2];

	if (pipe(pair) < 0)
		return cannot_try("pipe");
	return outcome_of(fcntl(pair[0], F_SETOWN, host()), "F_SETOWN");
}

static enum outcome host_traced(void)
{
	return outcome_of(ptrace(PTRACE_SEIZE, host(), NULL, NULL), "ptrace");
}

static enum outcome init_traced(void)
{
	return outcome_of(ptrace(PTRACE_SEIZE, 1, NULL, NULL), "ptrace");
}

static pid_t child(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			pause();
		_exit(0);
	}
	return pid;
}

static enum outcome child_traced(void)
{
	return outcome_of(ptrace(PTRACE_SEIZE, child(), NULL, NULL), "ptrace");
}

/* With the right to do it the kernel says EFAULT: nothing is there. */
static enum outcome copies_memory(long number, pid_t pid)
{
	char byte;
	struct iovec mine = { &byte, 1 }, theirs = { NULL, 1 };
	long r = syscall(number, pid, &mine, 1, &theirs, 1, 0);

	return r < 0 && errno != EFAULT ? refused("process_vm") : GOT_THROUGH;
}

static enum outcome init_read(void)
{
	return copies_memory(SYS_process_vm_readv, 1);
}

static enum outcome child_read(void)
{
	return copies_memory(SYS_process_vm_readv, child());
}

static enum outcome child_written(void)
{
	return copies_memory(SYS_process_vm_writev, child());
}

static enum outcome init_descriptor(void)
{
	int fd = (int)syscall(SYS_pidfd_open, 1, 0);

	return fd < 0 ? cannot_try("pidfd_open")
		      : outcome_of(syscall(SYS_pidfd_getfd, fd, 0, 0), "pidfd_getfd");
}

static enum outcome child_descriptor(void)
{
	int fd = (int)syscall(SYS_pidfd_open, child(), 0);

	return fd < 0 ? cannot_try("pidfd_open")
		      : outcome_of(syscall(SYS_pidfd_getfd, fd, 0, 0), "pidfd_getfd");
}

/* Is not to be tried outside: pid 1 is that of whoever tests. */
static enum outcome init_killed(void)
{
	if (kill(1, SIGKILL) < 0 && errno != EPERM)
		return cannot_try("kill");
	usleep(100000);
	return refused("init lives, and so do we");
}

static enum outcome init_stopped(void)
{
	char path[] = "/proc/1/stat", text[256] = "";
	int fd;

	kill(1, SIGSTOP);
	usleep(100000);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		return cannot_try(path);
	return strstr(text, ") T ") ? GOT_THROUGH : refused("init runs");
}

static enum outcome init_killed_by_pidfd(void)
{
	int fd = (int)syscall(SYS_pidfd_open, 1, 0);

	syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
	usleep(100000);
	return refused("init lives, and so do we");
}

static enum outcome shared_memory(void)
{
	return shmat((int)target_number("SHM"), NULL, 0) == (void *)-1 ? refused("shmat")
								       : GOT_THROUGH;
}

static enum outcome message_queue(void)
{
	struct msqid_ds ds;

	return outcome_of(msgctl((int)target_number("MSG"), IPC_STAT, &ds), "msgctl");
}

static enum outcome semaphores(void)
{
	return outcome_of(semctl((int)target_number("SEM"), 0, GETVAL), "semctl");
}

static enum outcome posix_queue(void)
{
	return outcome_of(mq_open(target("MQ"), O_RDWR), "mq_open");
}

static enum outcome key_found(void)
{
	return outcome_of(
		syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", TARGET_KEY, 0),
		"keyctl");
}

static enum outcome key_requested(void)
{
	return outcome_of(syscall(SYS_request_key, "user", TARGET_KEY, NULL, 0), "request_key");
}

static enum outcome key_listed(void)
{
	char text[16384];
	int fd = open("/proc/keys", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0)
		return refused("/proc/keys");
	text[n] = '\0';
	return strstr(text, TARGET_KEY) ? GOT_THROUGH : refused("it is not among them");
}

static enum outcome raises(__rlimit_resource_t resource)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0)
		return cannot_try("getrlimit");
	limit.rlim_cur = --limit.rlim_max;
	if (setrlimit(resource, &limit) < 0)
		return cannot_try("setrlimit");
	limit.rlim_max++;
	return outcome_of(setrlimit(resource, &limit), "setrlimit");
}

static enum outcome more_files(void)
{
	return raises(RLIMIT_NOFILE);
}

static enum outcome more_nice(void)
{
	return outcome_of(setpriority(PRIO_PROCESS, 0, -5), "setpriority");
}

static enum outcome realtime(void)
{
	struct sched_param param = { .sched_priority = 1 };

	return outcome_of(sched_setscheduler(0, SCHED_FIFO, &param), "sched_setscheduler");
}

static enum outcome realtime_io(void)
{
	return outcome_of(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_REALTIME),
			  "ioprio_set");
}

static enum outcome unkillable(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	return outcome_of(write(fd, "-1000", 5), "write");
}

static enum outcome other_user(void)
{
	return outcome_of(syscall(SYS_setresuid, 12345, 12345, 12345), "setresuid");
}

static enum outcome other_groups(void)
{
	const gid_t group = 12345;

	return outcome_of(syscall(SYS_setgroups, 1, &group), "setgroups");
}

static enum outcome capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct some[_LINUX_CAPABILITY_U32S_3] = {
		{ 1 << CAP_NET_RAW, 1 << CAP_NET_RAW, 0 },
	};

	take_namespaces(0);
	return outcome_of(syscall(SYS_capset, &header, some), "capset");
}

static enum outcome securebits(void)
{
	take_namespaces(0);
	return outcome_of(prctl(PR_SET_SECUREBITS, 0, 0, 0, 0), "PR_SET_SECUREBITS");
}

/* Root regains its capabilities by execve(2), a user those of a setuid program. */
static enum outcome regained(const char *program)
{
	char text[4096];
	FILE *pipe = popen(program, "r");
	size_t n = pipe ? fread(text, 1, sizeof(text) - 1, pipe) : 0;

	text[n] = '\0';
	return strstr(text, "0000000000000000") || !n ? refused(text) : GOT_THROUGH;
}

static enum outcome regained_capabilities(void)
{
	return regained("grep ^CapPrm /proc/self/status");
}

static enum outcome setuid_program(void)
{
	char text[64] = "";
	FILE *pipe = popen("./other-id -u", "r");

	if (!pipe || !fgets(text, sizeof(text), pipe))
		return cannot_try("run it");
	return strtoul(text, NULL, 10) != getuid() ? GOT_THROUGH : refused("the same uid");
}

static enum outcome host_name(void)
{
	char name[256];

	if (gethostname(name, sizeof(name)) < 0)
		return cannot_try("gethostname");
	return outcome_of(sethostname(name, strlen(name)), "sethostname");
}

/* In the environment of any process that can be seen. */
static enum outcome token(void)
{
	char path[300], text[65536];
	DIR *dir = opendir("/proc");

	for (struct dirent *d; dir && (d = readdir(dir));) {
		ssize_t n;
		int fd;

		snprintf(path, sizeof(path), "/proc/%s/environ", d->d_name);
		fd = open(path, O_RDONLY);
		n = fd < 0 ? 0 : read(fd, text, sizeof(text));
		if (n > 0 && memmem(text, (size_t)n, TARGET_TOKEN, strlen(TARGET_TOKEN)))
			return GOT_THROUGH;
		close(fd);
	}
	return refused("it is in no environment");
}

static enum outcome any_variable(const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (getenv(names[i])) {
			fprintf(stderr, "%s is there\n", names[i]);
			return GOT_THROUGH;
		}
	return refused("none of them is there");
}

static enum outcome loader_variables(void)
{
	static const char *const names[] = {
		"LD_BIND_NOW",	  "LD_LIBRARY_PATH", "LD_PRELOAD",
		"GCONV_PATH",	  "BASH_ENV",	     "ENV",
		"NODE_OPTIONS",	  "PERL5OPT",	     "PYTHONPATH",
		"RUBYOPT",	  "MALLOC_PERTURB_", "GIT_SSH_COMMAND",
		"PROMPT_COMMAND", "LOCPATH",
	};

	return any_variable(names, LEN(names));
}

static enum outcome agent_variables(void)
{
	static const char *const names[] = {
		"SSH_AUTH_SOCK",   "DBUS_SESSION_BUS_ADDRESS",
		"DOCKER_HOST",	   "GPG_AGENT_INFO",
		"XAUTHORITY",	   "DISPLAY",
		"WAYLAND_DISPLAY", "XDG_RUNTIME_DIR",
		"GITHUB_TOKEN",	   "CI_JOB_TOKEN",
	};

	return any_variable(names, LEN(names));
}

static const char users[] = "the kernel refuses it to users";
static const char ours[] = "outside, pid 1 is not for trying";
static const char mapped[] = "in its own namespace a user has no other id";

static const struct attack rows[] = {
	{ "host-signalled", "a signal to a process of the host", host_signalled },
	{ "host-pidfd", "a descriptor of it", host_pidfd },
	{ "host-entry", "its command line", host_entry },
	{ "host-limits", "its limits", host_limits },
	{ "host-priority", "its priority", host_priority },
	{ "host-io-priority", "its priority at the disk", host_io_priority },
	{ "host-affinity", "its processors", host_affinity },
	{ "host-session", "its session", host_session },
	{ "host-owner", "signals that the kernel sends it", host_owner },
	{ "host-traced", "its life", host_traced },
	{ "init-traced", "init's life", init_traced, BY_ROOT, users },
	{ "child-traced", "a process of its own", child_traced },
	{ "init-read", "init's memory", init_read, BY_ROOT, users },
	{ "child-read", "memory of another process", child_read },
	{ "child-written", "the same, written", child_written },
	{ "init-descriptor", "init's channel", init_descriptor, BY_ROOT, users },
	{ "child-descriptor", "a descriptor of another process", child_descriptor },
	{ "init-killed", "the end of init", init_killed, BY_NOBODY, ours },
	{ "init-killed-by-pidfd", "the same", init_killed_by_pidfd, BY_NOBODY, ours },
	{ "init-stopped", "an init that does not hear", init_stopped, BY_NOBODY, ours },
	{ "shared-memory", "a segment of the host", shared_memory },
	{ "message-queue", "a queue of the host", message_queue },
	{ "semaphores", "semaphores of the host", semaphores },
	{ "posix-queue", "a POSIX queue of the host", posix_queue },
	{ "key-found", "a key of the session", key_found },
	{ "key-requested", "the same, by request_key", key_requested },
	{ "key-listed", "the names of its keys", key_listed },
	{ "more-files", "a higher limit", more_files, BY_ROOT, users },
	{ "more-nice", "a higher priority", more_nice, BY_ROOT, users },
	{ "realtime", "a realtime priority", realtime, BY_ROOT, users },
	{ "realtime-io", "the same at the disk", realtime_io, BY_ROOT, users },
	{ "unkillable", "no end when memory ends", unkillable, BY_ROOT, users },
	{ "other-user", "another uid", other_user, BY_ROOT, users },
	{ "other-groups", "other groups", other_groups, BY_ROOT, users },
	{ "capabilities", "a capability", capabilities },
	{ "securebits", "root as it was", securebits },
	{ "regained-capabilities", "capabilities by execve", regained_capabilities, BY_ROOT,
	  users },
	{ "setuid-program", "another uid by execve", setuid_program, BY_ROOT, mapped },
	{ "host-name", "the machine's name", host_name, BY_ROOT, users },
	{ "token", "a token of the caller", token },
	{ "loader-variables", "variables that programs obey", loader_variables },
	{ "agent-variables", "variables that lead to services", agent_variables },
};

const struct attacks attacks_processes = { "processes", rows, LEN(rows) };
