/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "policy/plan.h"

/*
 * The steps that build the root. All after mount_root() need the working directory to be the new
 * root: what they make lies in tmpfs trees that nobody else can see yet, so a relative path cannot
 * be led astray there. Paths that others can change, the workspace and all below it, are opened
 * once, without following a link, and used by descriptor. Who calls closes what they leave open
 * (close_later()). Each returns 0 or a negative errno.
 */
int mount_reopen(const struct step *step, struct err *e);
int mount_root(const struct step *step, struct err *e);
int mount_dir(const struct step *step, struct err *e);
int mount_file(const struct step *step, struct err *e);
int mount_link(const struct step *step, struct err *e);

int mount_tmpfs(const struct step *step, struct err *e);
int mount_overlay(const struct step *step, struct err *e);
int mount_bind(const struct step *step, struct err *e);
int mount_proc(const struct step *step, struct err *e);
int mount_devpts(const struct step *step, struct err *e);

/*
 * What covering one thing leaves for the next, which most often lies beside it or is hidden alike.
 */
struct mount_last {
	int dir; /* open, and its path, of @n bytes; or -1 */
	const char *path;
	size_t n;
	const struct step *hidden; /* of the system; or NULL */
};

#define MOUNT_LAST_NONE ((struct mount_last){ .dir = -1 })

/*
 * STEP_PROTECT and STEP_PLACEHOLDER; STEP_HIDE and STEP_COVER. A link in the last component is
 * never followed: what is exchanged for one is covered as it is.
 */
int mount_protect(const struct step *step, struct mount_last *last, struct err *e);
int mount_hide(const struct step *step, struct mount_last *last, struct err *e);

int mount_pivot(const struct step *step, struct err *e);
