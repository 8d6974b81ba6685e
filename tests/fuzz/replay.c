/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for libFuzzer: gives every file of a directory to the target, once. The last byte of
 * an input touches an unmapped page, so that reading past the end faults without a sanitizer too.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>

#include "fuzz.h"
#include "suite.h"

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static struct str content(int dir, const char *name)
{
	static char bytes[1 << 20];
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got;

	assert(fd >= 0);
	while ((got = read(fd, bytes + n, sizeof(bytes) - n)) > 0)
		n += (size_t)got;
	assert(got == 0 && n < sizeof(bytes));
	close(fd);
	return guarded_bytes(bytes, n);
}

int main(int argc, char **argv)
{
	struct dirent **entries;
	int n, dir;

	assert(argc == 2);
	dir = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	n = scandir(argv[1], &entries, visible, alphasort);
	if (dir < 0 || n <= 0) {
		fprintf(stderr, "%s: no corpus\n", argv[1]);
		return 1;
	}
	printf("1..%d\n", n);
	for (int i = 0; i < n; i++) {
		struct str in = content(dir, entries[i]->d_name);

		LLVMFuzzerTestOneInput((const uint8_t *)in.p, in.n);
		printf("ok %d - %s\n", i + 1, entries[i]->d_name);
		fflush(stdout);
		free(entries[i]);
	}
	free(entries);
	close(dir);
	return 0;
}
