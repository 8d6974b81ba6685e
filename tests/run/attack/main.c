/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attack NAME            tries that attack. Status 0: it got through; 1: it was refused;
 *                        77: it cannot be tried here; anything else is a mistake of ours
 * attack --list          says what there is: about, name, control, why, gain, with tabs between
 * attack --targets DIR   makes what the attacks aim at, says where it is, and stays
 * attack --key COMMAND   runs COMMAND with a key in its session's keyring
 */
#include "attack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

static const struct attacks *const all[] = {
	&attacks_files,	 &attacks_mounts,     &attacks_workspace, &attacks_processes,
	&attacks_kernel, &attacks_namespaces, &attacks_sockets,	  &attacks_network,
};

enum { SECONDS = 15 };

const char *target(const char *name)
{
	char variable[64];
	const char *value;

	snprintf(variable, sizeof(variable), "TARGET_%s", name);
	value = getenv(variable);
	if (!value || !*value)
		exit(cannot_try(variable));
	return value;
}

long target_number(const char *name)
{
	return strtol(target(name), NULL, 10);
}

const char *target_path(const char *name, const char *suffix)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", target(name), suffix);
	return path;
}

enum outcome refused(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return REFUSED;
}

enum outcome cannot_try(const char *what)
{
	fprintf(stderr, "cannot be tried here: %s\n", what);
	return CANNOT_TRY;
}

enum outcome outcome_of(long r, const char *what)
{
	return r < 0 ? refused(what) : GOT_THROUGH;
}

enum outcome reads(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	char byte;

	if (fd < 0)
		return refused(path);
	return outcome_of(read(fd, &byte, 1), path);
}

enum outcome writes(const char *path)
{
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY);

	/* The file is a program that runs: it may be written later. */
	return fd < 0 && errno != ETXTBSY ? refused(path) : GOT_THROUGH;
}

enum outcome lists(const char *path)
{
	DIR *dir = opendir(path);

	if (!dir)
		return refused(path);
	for (struct dirent *d; (d = readdir(dir));)
		if (d->d_name[0] != '.')
			return GOT_THROUGH;
	fprintf(stderr, "%s: empty\n", path);
	return REFUSED;
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, text, strlen(text)) < 0)
		perror(path);
	close(fd);
}

void take_namespaces(int flags)
{
	char map[64];
	int uid = (int)getuid(), gid = (int)getgid();

	if ((flags && unshare(flags) == 0) || unshare(CLONE_NEWUSER | flags) < 0)
		return;
	write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %d 1", uid);
	write_file("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "0 %d 1", gid);
	write_file("/proc/self/gid_map", map);
}

static const struct attack *find(const char *name)
{
	for (size_t i = 0; i < LEN(all); i++)
		for (size_t j = 0; j < all[i]->n; j++)
			if (!strcmp(all[i]->row[j].name, name))
				return &all[i]->row[j];
	return NULL;
}

static enum outcome run_call(const struct attack *a)
{
	const unsigned long *arg = a->arg;
	long r = syscall(a->nr, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);

	if (r < 0 && a->seen && errno == a->seen)
		return GOT_THROUGH;
	return outcome_of(r, a->name);
}

/* In a child, because some attacks are answered with a signal. */
static int run(const struct attack *a)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(SECONDS);
		exit(a->run ? a->run() : run_call(a));
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		perror("attack: run it");
		return 2;
	}
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	fprintf(stderr, "ended by signal %d\n", WTERMSIG(status));
	return WTERMSIG(status) == SIGSYS ? REFUSED : 2;
}

static int list(void)
{
	static const char *const controls[] = { "anybody", "root", "nobody" };

	for (size_t i = 0; i < LEN(all); i++)
		for (size_t j = 0; j < all[i]->n; j++) {
			const struct attack *a = &all[i]->row[j];

			printf("%s\t%s\t%s\t%s\t%s\n", all[i]->about, a->name, controls[a->control],
			       a->why ? a->why : "-", a->gain);
		}
	return 0;
}

static int with_key(char **argv)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 ||
	    syscall(SYS_add_key, "user", TARGET_KEY, "x", 1, KEY_SPEC_SESSION_KEYRING) < 0)
		perror("attack: add a key");
	execvp(argv[0], argv);
	perror(argv[0]);
	return 127;
}

int main(int argc, char **argv)
{
	const struct attack *a;

	if (argc == 2 && !strcmp(argv[1], "--list"))
		return list();
	if (argc == 3 && !strcmp(argv[1], "--targets"))
		return targets_main(argv[2]);
	if (argc >= 3 && !strcmp(argv[1], "--key"))
		return with_key(argv + 2);
	a = argc == 2 ? find(argv[1]) : NULL;
	if (!a) {
		fprintf(stderr, "attack: there is no such attack\n");
		return 2;
	}
	return run(a);
}
