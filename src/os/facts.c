/* SPDX-License-Identifier: Apache-2.0 */
#include "os/facts.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "os/sys.h"
#include "policy/cause.h"

/* Returns the length of what stands at the start of a small file, or -1. */
static ssize_t read_start(const char *path, char *text, size_t cap)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, cap - 1);

	text[n < 0 ? 0 : n] = '\0';
	return n;
}

static bool says(const char *path, const char *wanted)
{
	char text[64];

	return read_start(path, text, sizeof(text)) >= 0 &&
	       !strncmp(text, wanted, strlen(wanted)) && text[strlen(wanted)] == '\n';
}

/* Only the first user namespace maps every id (user_namespaces(7)). */
static bool is_nested(void)
{
	unsigned long long inside = 1, outside = 1, count = 0;
	char text[64];

	return read_start("/proc/self/uid_map", text, sizeof(text)) > 0 &&
	       (sscanf(text, "%llu %llu %llu", &inside, &outside, &count) != 3 || inside != 0 ||
		outside != 0 || count != UINT32_MAX);
}

/* The file is there when the kernel runs AppArmor, and names the profile that holds. */
static bool is_confined(void)
{
	char text[64];

	return read_start("/proc/self/attr/apparmor/current", text, sizeof(text)) > 0 &&
	       strncmp(text, "unconfined", strlen("unconfined")) != 0;
}

unsigned facts_read(void)
{
	unsigned facts = 0;

	if (prctl(PR_GET_SECCOMP) == SECCOMP_MODE_FILTER)
		facts |= FACT_FILTERED;
	if (is_nested())
		facts |= FACT_NESTED;
	if (is_confined())
		facts |= FACT_CONFINED;
	if (says("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"))
		facts |= FACT_APPARMOR_USERNS;
	if (says("/proc/sys/kernel/unprivileged_userns_clone", "0"))
		facts |= FACT_CLONE_OFF;
	if (says("/proc/sys/user/max_user_namespaces", "0"))
		facts |= FACT_NONE_ALLOWED;
	return facts;
}
