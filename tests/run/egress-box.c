/* SPDX-License-Identifier: Apache-2.0 */
/*
 * egress-box EGRESS POLICY EVENTS COMMAND...: runs COMMAND in a network namespace that the program
 * EGRESS serves with the file POLICY, and writes the events it sends, a JSON object a line, to the
 * file EVENTS. What agentbox does for a box, without the rest of the box: for tests and benchmarks.
 *
 * The last line of EVENTS is how EGRESS ended: {"event":"exit","status":N,"signal":N}. With
 * EGRESS_PID=FILE in the environment its process id is written there; with EGRESS_LATE=1 it starts
 * only after the command; with EGRESS_TRUST=FILE the certificate of its authority is written there.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/handover.h"
#include "os/sys.h"
#include "os/trust.h"
#include "policy/policy.h"
#include "sandbox/net.h"
#include "wire/client.h"
#include "wire/event.h"
#include "wire/pool.h"

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "egress-box: %s: %s\n", what, strerror(errno));
	_exit(125);
}

static void put_file(const char *path, const char *text)
{
	_cleanup_fd_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write_all(fd, text, strlen(text)) < 0)
		die(path);
}

/* The box's own /etc: its only name server is ours, and no other source of names is left. */
static void put_over(const char *path, const char *text)
{
	char tmp[] = "/tmp/egress-box.XXXXXX";
	int fd = mkstemp(tmp);

	if (fd < 0 || write_all(fd, text, strlen(text)) < 0 || fchmod(fd, 0644) < 0)
		die(tmp);
	close(fd);
	if (mount(tmp, path, NULL, MS_BIND, NULL) < 0)
		die(path);
	unlink(tmp);
}

static void enter(void)
{
	unsigned uid = getuid(), gid = getgid();
	char map[64];

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) < 0)
		die("unshare");
	snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	put_file("/proc/self/uid_map", map);
	put_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	put_file("/proc/self/gid_map", map);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		die("make mounts private");
	put_over("/etc/resolv.conf", "nameserver " POOL_DNS4 "\noptions timeout:2 attempts:2\n");
	put_over("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n");
	put_over("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n");
}

static void listen_all(const struct policy *policy, int sock)
{
	const struct rules *rules = &policy->rules;
	struct listener listeners[LISTENERS_MAX];
	uint16_t ports[RULES_PORTS_MAX];
	size_t n = 0, n_ports = rules_ports(rules, ports, LEN(ports));
	struct err e = { 0 };
	int r = net_loopback(true, &e);

	for (size_t i = 0; i < n_ports && r == 0; i++)
		r = net_listen(LISTENER_TCP, ports[i], listeners, &n, &e);
	if (r == 0)
		r = net_listen(LISTENER_DNS_UDP, 53, listeners, &n, &e);
	if (r == 0)
		r = net_listen(LISTENER_DNS_TCP, 53, listeners, &n, &e);
	if (r == 0 && policy->proxy_port)
		r = net_listen(LISTENER_PROXY, (uint16_t)policy->proxy_port, listeners, &n, &e);
	if (r == 0)
		r = net_listen(LISTENER_WATCH, 0, listeners, &n, &e);
	if (r == 0)
		r = handover_send(sock, listeners, n, &e);
	for (size_t i = 0; i < n; i++)
		close(listeners[i].fd);
	if (r < 0) {
		fprintf(stderr, "egress-box: %s\n", e.text);
		_exit(125);
	}
}

static pid_t start_egress(char *program, int policy, int events, int listeners, int trust)
{
	char numbers[4][16];
	char *argv[] = { program,    (char[]){ "--policy-fd" },
			 numbers[0], (char[]){ "--events-fd" },
			 numbers[1], (char[]){ "--listeners-fd" },
			 numbers[2], trust < 0 ? NULL : (char[]){ "--trust-fd" },
			 numbers[3], NULL };
	char *environment[] = { NULL };
	const int fds[] = { policy, events, listeners, trust };
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (getenv("EGRESS_LATE"))
		usleep(300000);
	for (size_t i = 0; i < LEN(fds); i++) {
		snprintf(numbers[i], sizeof(numbers[i]), "%d", fds[i]);
		fcntl(fds[i], F_SETFD, 0);
	}
	execve(program, argv, environment);
	die(program);
}

static void where(const void *of, uint64_t index, struct buf *out)
{
	const struct rules *rules = of;

	if (index < rules->n)
		buf_printf(out, "policy:%u", rules->rule[index].where.line);
}

/* What the box would have to trust. */
static void write_trust(const char *path, int fd)
{
	struct arena arena = { 0 };
	struct trust trust;
	struct err e = { 0 };

	if (trust_receive(fd, now_ms() + 10000, &arena, &trust, &e) < 0)
		die(e.text);
	put_file(path, arena_strndup(&arena, trust.ca.p, trust.ca.n));
	arena_fini(&arena);
	close(fd);
}

/*
 * Copies events to the file until the process has closed its end; one write(2) for those that wait.
 */
static void record(int sock, FILE *out, const struct rules *rules)
{
	const struct event_rules shown = { where, rules };
	static char space[EVENT_JSON + 16];
	union {
		struct event event;
		struct client_note note; /* for who can look for the client */
	} message;
	ssize_t n;

	for (;;) {
		struct buf line = BUF(space);

		n = recv(sock, &message, sizeof(message), MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN) {
			fflush(out);
			n = recv(sock, &message, sizeof(message), 0);
		}
		if (n <= 0)
			return;
		if (client_note_valid(&message.note, (size_t)n))
			continue;
		if (!event_valid(&message.event, (size_t)n))
			die("an event that is none");
		event_json(&message.event, &shown, &line);
		fprintf(out, "{%s}\n", line.p);
	}
}

/* The events are taken by a process of their own while the command runs. */
static pid_t start_recorder(int sock, const char *path, const struct rules *rules)
{
	pid_t pid = fork();
	FILE *out;

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	out = fopen(path, "we");
	if (!out)
		die(path);
	record(sock, out, rules);
	fclose(out);
	_exit(0);
}

static void end_recorder(pid_t pid, pid_t egress, int sock, const char *path)
{
	int status = 0;
	FILE *out;

	shutdown(sock, SHUT_WR);
	waitpid(pid, NULL, 0);
	if (waitpid(egress, &status, 0) < 0)
		die("wait for egress");
	out = fopen(path, "ae");
	fprintf(out, "{\"event\":\"exit\",\"status\":%d,\"signal\":%d}\n",
		WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	fclose(out);
}

static void read_policy(const char *path, struct policy *policy, int *memfd)
{
	static struct arena arena;
	static char space[4096];
	struct complaints c = { .text = BUF(space) };
	struct str text;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read_whole(fd, 1 << 20, &arena, &text) < 0)
		die(path);
	if (policy_parse(policy, text, &c) < 0) {
		fputs(space, stderr);
		_exit(125);
	}
	*memfd = memfd_create("policy", MFD_CLOEXEC);
	if (*memfd < 0 || write_all(*memfd, text.p, text.n) < 0 || lseek(*memfd, 0, SEEK_SET) < 0)
		die("policy");
	close(fd);
}

int main(int argc, char **argv)
{
	struct policy policy = { 0 };
	int events[2], listeners[2], trust[2] = { -1, -1 }, memfd, status;
	pid_t egress, recorder, command;
	const char *pid_file = getenv("EGRESS_PID"), *trust_file = getenv("EGRESS_TRUST");
	char text[16];

	if (argc < 5) {
		fputs("Usage: egress-box EGRESS POLICY EVENTS COMMAND...\n", stderr);
		return 2;
	}
	read_policy(argv[2], &policy, &memfd);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, events) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, listeners) < 0)
		die("socketpair");
	if (trust_file && pipe2(trust, O_CLOEXEC) < 0)
		die("pipe");
	egress = start_egress(argv[1], memfd, events[1], listeners[1], trust[1]);
	if (trust_file) {
		close(trust[1]);
		write_trust(trust_file, trust[0]);
	}
	close(events[1]);
	close(listeners[1]);
	close(memfd);
	if (pid_file) {
		snprintf(text, sizeof(text), "%d\n", egress);
		put_file(pid_file, text);
	}
	recorder = start_recorder(events[0], argv[3], &policy.rules);
	command = fork();
	if (command == 0) {
		close(events[0]);
		enter();
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a new user namespace would clear it */
		listen_all(&policy, listeners[0]);
		close(listeners[0]);
		execvp(argv[4], argv + 4);
		die(argv[4]);
	}
	close(listeners[0]);
	waitpid(command, &status, 0);
	end_recorder(recorder, egress, events[0], argv[3]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
