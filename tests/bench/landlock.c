/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Landlock costs in the steady state: bench-landlock [ROUNDS]
 *
 * Sets of refused rights, each in a process of its own, take turns; the median of the rounds of
 * each is compared with the one without Landlock. The sets differ in what a kernel has to look up
 * when a file is opened for reading.
 */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "os/landlock.h"
#include "os/sys.h"
#include "policy/landlock.h"

enum { CALLS = 20000, ROUNDS_MAX = 99 };

static char top[] = "/tmp/bench-landlock.XXXXXX", deep[256], shallow[64];

#define READ (LANDLOCK_READ_FILE | LANDLOCK_READ_DIR | LANDLOCK_EXECUTE)
static const struct {
	const char *name;
	uint64_t refused; /* of what the kernel knows */
	uint64_t scopes;
} sets[] = {
	{ "none", 0, 0 },
	{ "scopes", 0, 3 },
	{ "writing", 0xffff & ~(READ | LANDLOCK_TRUNCATE | LANDLOCK_IOCTL_DEV), 3 },
	{ "+ ioctl", 0xffff & ~(READ | LANDLOCK_TRUNCATE), 3 },
	{ "+ truncate", 0xffff & ~READ, 3 },
	{ "+ reading", 0xffff, 3 },
};

static void open_close(const char *path, int flags)
{
	for (int i = 0; i < CALLS; i++) {
		int fd = open(path, flags);

		if (fd < 0)
			_exit(1);
		close(fd);
	}
}

static void open_shallow(void)
{
	open_close(shallow, O_RDONLY);
}

static void open_deep(void)
{
	open_close(deep, O_RDONLY);
}

static void open_system(void)
{
	open_close("/usr/lib/os-release", O_RDONLY);
}

static void open_write(void)
{
	open_close(deep, O_WRONLY);
}

static void stat_deep(void)
{
	struct stat st;

	for (int i = 0; i < CALLS; i++)
		stat(deep, &st);
}

static void make_remove(void)
{
	char path[300];

	snprintf(path, sizeof(path), "%s.new", deep);
	for (int i = 0; i < CALLS / 4; i++) {
		close(open(path, O_CREAT | O_WRONLY, 0600));
		unlink(path);
	}
}

static int visit(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)path, (void)st, (void)kind, (void)ftw;
	return 0;
}

static void find_usr(void)
{
	nftw("/usr/share", visit, 64, FTW_PHYS);
}

static const struct {
	const char *name;
	void (*run)(void);
} works[] = {
	{ "open+close, shallow", open_shallow }, { "open+close, 10 deep", open_deep },
	{ "open+close, system", open_system },	 { "open+close to write", open_write },
	{ "stat, 10 deep", stat_deep },		 { "make+remove", make_remove },
	{ "find /usr/share", find_usr },
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* As a box has them: everything below some directories, and reading everywhere. */
static void confine(size_t set)
{
	static const char *const places[] = { top, "/dev", "/dev/shm", "/proc", "/var/tmp" };
	struct landlock_abi known = landlock_known(landlock_version());
	uint64_t rights = sets[set].refused & known.rights;
	int rules;

	if (!rights && !sets[set].scopes)
		return;
	rules = landlock_open(rights, sets[set].scopes & known.scopes);
	for (size_t i = 0; i < LEN(places) && rights; i++)
		landlock_allow(rules, open(places[i], O_PATH), rights);
	if (rights & READ)
		landlock_allow(rules, open("/", O_PATH), rights & READ);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (landlock_enforce(rules) < 0)
		_exit(1);
}

static double measure(size_t set, size_t work, double *shared)
{
	pid_t pid = fork();
	double start;

	if (pid == 0) {
		confine(set);
		start = now();
		works[work].run();
		*shared = now() - start;
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	return *shared;
}

static int ascending(const void *a, const void *b)
{
	return (*(const double *)a > *(const double *)b) -
	       (*(const double *)a < *(const double *)b);
}

static void make_tree(void)
{
	if (!mkdtemp(top))
		exit(1);
	snprintf(shallow, sizeof(shallow), "%s/file", top);
	close(open(shallow, O_CREAT | O_WRONLY, 0600));
	strcpy(deep, top);
	for (int i = 0; i < 10; i++) {
		strcat(deep, "/directory");
		mkdir(deep, 0700);
	}
	strcat(deep, "/file");
	close(open(deep, O_CREAT | O_WRONLY, 0600));
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 15;
	static double times[LEN(works)][LEN(sets)][ROUNDS_MAX];
	double *shared =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (rounds < 1 || rounds > ROUNDS_MAX || shared == MAP_FAILED)
		return 2;
	make_tree();
	for (int round = 0; round < rounds; round++)
		for (size_t work = 0; work < LEN(works); work++)
			for (size_t set = 0; set < LEN(sets); set++)
				times[work][set][round] = measure(set, work, shared);
	printf("%-22s", "");
	for (size_t set = 0; set < LEN(sets); set++)
		printf("%12s", sets[set].name);
	for (size_t work = 0; work < LEN(works); work++) {
		printf("\n%-22s", works[work].name);
		for (size_t set = 0; set < LEN(sets); set++) {
			qsort(times[work][set], (size_t)rounds, sizeof(double), ascending);
			printf("%12.3f", times[work][set][rounds / 2] / times[work][0][rounds / 2]);
		}
		printf("   (%.0f ms)", 1e3 * times[work][0][rounds / 2]);
	}
	puts("");
	nftw(top, remove_one, 64, FTW_PHYS | FTW_DEPTH);
	return 0;
}
