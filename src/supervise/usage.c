/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/usage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/sys.h"

/*
 * Theory of operation
 *
 * In a pid namespace every process descends from init: who loses its parent is given to init. So
 * the list of children that /proc keeps for each thread (proc(5), CONFIG_PROC_CHILDREN) leads from
 * init to all of them, and reading it finds none but those of this box. A process that is handed
 * over while we look can be missed once; the next look, a moment later, finds it.
 */

struct list {
	pid_t *pid;
	size_t n, cap;
};

static void list_free(struct list *list)
{
	free(list->pid);
}

/* Without memory for the list, what is in it counts. */
static void push(struct list *list, pid_t pid)
{
	if (list->n == list->cap) {
		size_t cap = list->cap ? 2 * list->cap : 64;
		pid_t *grown = reallocarray(list->pid, cap, sizeof(*grown));

		if (!grown)
			return;
		list->pid = grown;
		list->cap = cap;
	}
	list->pid[list->n++] = pid;
}

/* The numbers of a file, which are separated by blanks; one may lie across the end of what was
 * read.
 */
static int push_numbers(struct list *list, const char *path)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	pid_t number = 0;
	char text[4096];
	ssize_t n;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, text, sizeof(text))) > 0)
		for (ssize_t i = 0; i < n; i++) {
			if (text[i] >= '0' && text[i] <= '9') {
				number = 10 * number + (text[i] - '0');
				continue;
			}
			if (number > 0)
				push(list, number);
			number = 0;
		}
	return 0;
}

static int push_children(struct list *list, pid_t pid)
{
	char path[64];
	DIR *threads;
	int r = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	threads = opendir(path);
	for (struct dirent *entry; threads && (entry = readdir(threads));) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%.10s/children", (int)pid,
			 entry->d_name);
		r = push_numbers(list, path);
	}
	if (threads)
		closedir(threads);
	return r;
}

/* The value of the line "NAME:   123 kB" in bytes, or 0. */
static uint64_t bytes_of(const char *text, const char *name)
{
	const char *line = strstr(text, name);

	return line ? strtoull(line + strlen(name), NULL, 10) << 10 : 0;
}

static int read_of(pid_t pid, const char *name, char *text, size_t cap)
{
	char path[64];
	_cleanup_fd_ int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, cap - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return 0;
}

/* A share of what is shared. Whose page tables may not be read, init's and those of a process that
 * is about to become another one, counts as before. */
static bool add_exact(pid_t pid, struct usage *usage)
{
	char text[4096];

	if (read_of(pid, "smaps_rollup", text, sizeof(text)) < 0)
		return false;
	usage->own += bytes_of(text, "\nPss_Anon:") + bytes_of(text, "\nSwapPss:");
	usage->shared += bytes_of(text, "\nPss_Shmem:");
	return true;
}

static void add_process(pid_t pid, bool exact, struct usage *usage)
{
	char text[4096];

	usage->processes++;
	if ((exact && add_exact(pid, usage)) || read_of(pid, "status", text, sizeof(text)) < 0)
		return;
	usage->own += bytes_of(text, "\nRssAnon:") + bytes_of(text, "\nVmSwap:");
	usage->shared += bytes_of(text, "\nRssShmem:");
}

int usage_of(pid_t top, bool exact, struct usage *usage)
{
	_cleanup_(list_free) struct list list = { 0 };
	int r;

	*usage = (struct usage){ 0 };
	push(&list, top);
	r = push_children(&list, top);
	add_process(top, exact, usage);
	for (size_t i = 1; i < list.n; i++) {
		push_children(&list, list.pid[i]);
		add_process(list.pid[i], exact, usage);
	}
	return r;
}
