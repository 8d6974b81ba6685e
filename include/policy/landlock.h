/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * The rights and scopes of landlock(7), which an installed <linux/landlock.h> may be too old to
 * name.
 */
enum landlock_right {
	LANDLOCK_EXECUTE = 1 << 0,
	LANDLOCK_WRITE_FILE = 1 << 1,
	LANDLOCK_READ_FILE = 1 << 2,
	LANDLOCK_READ_DIR = 1 << 3,
	LANDLOCK_REMOVE_DIR = 1 << 4,
	LANDLOCK_REMOVE_FILE = 1 << 5,
	LANDLOCK_MAKE_CHAR = 1 << 6,
	LANDLOCK_MAKE_DIR = 1 << 7,
	LANDLOCK_MAKE_REG = 1 << 8,
	LANDLOCK_MAKE_SOCK = 1 << 9,
	LANDLOCK_MAKE_FIFO = 1 << 10,
	LANDLOCK_MAKE_BLOCK = 1 << 11,
	LANDLOCK_MAKE_SYM = 1 << 12,
	LANDLOCK_REFER = 1 << 13,
	LANDLOCK_TRUNCATE = 1 << 14,
	LANDLOCK_IOCTL_DEV = 1 << 15,
	LANDLOCK_RESOLVE_UNIX = 1 << 16, /* connect to a socket by its path, but to one's own */
};

enum landlock_scope {
	LANDLOCK_ABSTRACT_SOCKET = 1 << 0,
	LANDLOCK_SIGNAL = 1 << 1,
};

/* All that version @abi of the interface can refuse, of what is named above. 0: no Landlock. */
struct landlock_abi {
	uint32_t rights, scopes;
};
struct landlock_abi landlock_known(int abi);

/* What is refused: @rights everywhere but below the paths of the rules, and @scopes. */
struct landlock {
	uint32_t rights, scopes; /* all-zero: there is no such wall */
	struct landlock_rule *rule;
	size_t n;
};

struct landlock_rule {
	const char *path;
	uint32_t rights; /* that are allowed after all */
};
