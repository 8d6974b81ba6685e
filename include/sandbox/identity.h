/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "policy/plan.h"

/* Who a process is in its new user and uts namespaces. Each returns 0 or -errno. */
int identity_map(const struct step *step, struct err *e);
int identity_hostname(const struct step *step, struct err *e);

/* Once /proc of the new root, which is the working directory, is mounted. */
int identity_pid_max(const struct step *step, struct err *e);
int identity_inotify(const struct step *step, struct err *e);
