/* SPDX-License-Identifier: Apache-2.0 */
#include "os/landlock.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The same numbers on every architecture. */
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 };
enum { VERSION_OF_ABI = 1 << 0, PATH_BENEATH = 1 };

struct ruleset {
	uint64_t fs, net, scoped;
};

struct path_beneath {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

int landlock_version(void)
{
	long abi = syscall(CREATE_RULESET, NULL, 0, VERSION_OF_ABI);

	return abi < 0 ? -errno : (int)abi;
}

/* An old kernel takes the longer struct as long as what it does not know is zero. */
int landlock_open(uint64_t rights, uint64_t scopes)
{
	const struct ruleset all = { .fs = rights, .scoped = scopes };
	long fd = syscall(CREATE_RULESET, &all, sizeof(all), 0);

	return fd < 0 ? -errno : (int)fd;
}

int landlock_allow(int rules, int fd, uint64_t rights)
{
	const struct path_beneath rule = { .allowed = rights, .parent = fd };

	return syscall(ADD_RULE, rules, PATH_BENEATH, &rule, 0) < 0 ? -errno : 0;
}

int landlock_enforce(int rules)
{
	return syscall(RESTRICT_SELF, rules, 0) < 0 ? -errno : 0;
}
