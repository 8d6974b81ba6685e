/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "policy/plan.h"

/*
 * The steps that build the root. All after mount_root() need the working directory to be the new
 * root: what they make lies in tmpfs trees that nobody else can see yet, so a relative path cannot
 * be led astray there. Paths that others can change, the workspace and all below it, are opened
 * once, without following a link, and used by descriptor. Each returns 0 or a negative errno.
 */
int mount_reopen(const struct step *step, struct err *e);
int mount_root(const struct step *step, struct err *e);
int mount_dir(const struct step *step, struct err *e);
int mount_file(const struct step *step, struct err *e);
int mount_link(const struct step *step, struct err *e);
int mount_tmpfs(const struct step *step, struct err *e);
int mount_overlay(const struct step *step, struct err *e);
int mount_bind(const struct step *step, struct err *e);
int mount_protect(const struct step *step, struct err *e);
int mount_hide(const struct step *step, struct err *e);
int mount_proc(const struct step *step, struct err *e);
int mount_devpts(const struct step *step, struct err *e);

/* The directory of the last placeholder, open for the next one, which most often lies beside it. */
struct mount_parent {
	int fd;
	const char *path;
	size_t n;
};

#define MOUNT_PARENT_NONE ((struct mount_parent){ .fd = -1 })

/* Never follows a link in the last component: what is exchanged for one is covered as it is. */
int mount_placeholder(const struct step *step, struct mount_parent *parent, struct err *e);

int mount_pivot(const struct step *step, struct err *e);
