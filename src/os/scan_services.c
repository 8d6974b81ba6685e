/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/scan_find.h"

/* Sockets at which services of the host answer: what scan_find.h says of them. */

static const struct pattern service = { .glob = { "a socket", 8 }, .hide = true };

int find_socket(struct finder *f, const char *relative)
{
	struct stat st;

	if (f->over)
		return 0;
	if (fstatat(f->top, relative, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : err_set(f->e, -errno, "look at %s", relative);
	if (!S_ISSOCK(st.st_mode) ||
	    !(sockets_has(&f->sockets, &st) || (!f->running && sockets_answers(f->top, relative))))
		return 0;
	return find_add(f, relative, PATH_FILE, &service);
}

static bool is_seen(const struct host *host, const char *path)
{
	const char *git_dir = host->commondir ? host->commondir : host->gitdir;
	bool seen =
		path_is_below(path, host->workspace) || (git_dir && path_is_below(path, git_dir));

	for (size_t i = 0; i < host->n_grants && !seen; i++)
		seen = path_is_below(path, host->grants[i].path);
	return seen;
}

static int add_service(struct finder *f, const struct socket_file *file, const char *dir)
{
	char path[PATH_MAX];

	return sockets_find(file, dir, path, sizeof(path)) && is_seen(f->host, path)
		       ? find_add_path(f, arena_strdup(&f->host->arena, path), PATH_FILE, &service)
		       : 0;
}

/* Where a name that is not absolute may be meant. */
struct places {
	const char **dir;
	size_t n;
};

static void add_place(struct places *places, const char *dir, struct arena *arena)
{
	for (size_t i = 0; i < places->n; i++)
		if (!strcmp(places->dir[i], dir))
			return;
	*arena_push(arena, places->dir, places->n) = arena_strdup(arena, dir);
}

/* The working directories of all processes that show theirs. */
static void add_working_dirs(struct places *places, struct arena *arena)
{
	DIR *proc = opendir("/proc");
	char link[32], dir[PATH_MAX];
	ssize_t n;

	for (struct dirent *entry; proc && (entry = readdir(proc));) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(link, sizeof(link), "/proc/%.10s/cwd", entry->d_name);
		n = readlink(link, dir, sizeof(dir) - 1);
		dir[n < 0 ? 0 : n] = '\0';
		if (dir[0] == '/')
			add_place(places, dir, arena);
	}
	if (proc)
		closedir(proc);
}

/* git's own services use names below the repository; others stand where they bound theirs. */
static void find_places(struct finder *f, struct places *places)
{
	struct host *host = f->host;

	add_place(places, host->workspace, &host->arena);
	for (size_t i = 0; i < host->n_repositories; i++)
		if (*host->repositories[i])
			add_place(places, find_join(f, host->workspace, host->repositories[i]),
				  &host->arena);
	add_working_dirs(places, &host->arena);
}

int find_services(struct finder *f)
{
	struct places places = { 0 };
	int r = sockets_load(&f->sockets);

	if (r < 0)
		return err_set(f->e, r, "find out where services of this machine listen");
	for (size_t i = 0; i < f->sockets.n && r == 0; i++) {
		const struct socket_file *file = &f->sockets.file[i];

		if (file->name[0] == '/') {
			r = add_service(f, file, "/");
			continue;
		}
		if (places.n == 0)
			find_places(f, &places);
		for (size_t j = 0; j < places.n && r == 0; j++)
			r = add_service(f, file, places.dir[j]);
	}
	return r;
}
