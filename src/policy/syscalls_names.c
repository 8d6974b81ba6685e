/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/syscalls_tables.h"

#include <string.h>

const struct syscall_name syscall_names[] = {
#include "syscall_table.inc"
};
const size_t n_syscall_names = LEN(syscall_names);

#if defined(__x86_64__)
const enum arch arch_native = ARCH_X86_64;
#elif defined(__aarch64__)
const enum arch arch_native = ARCH_AARCH64;
#else
#error "the tables of system calls do not have this architecture"
#endif

static int compare(struct str a, const char *b)
{
	int r = strncmp(a.p, b, a.n);

	return r || b[a.n] == '\0' ? r : -1;
}

int syscall_find(struct str name)
{
	size_t low = 0, high = n_syscall_names;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int r = compare(name, syscall_names[middle].name);

		if (r == 0)
			return (int)middle;
		if (r < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}
