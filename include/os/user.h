/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <pwd.h>

/*
 * The caller's line of /etc/passwd, or NULL; overwritten by the next call. No other database is
 * asked: through nsswitch that may cost more than a launch, and a static program cannot. Who is
 * only known there has HOME and USER set by the login.
 */
const struct passwd *user_find(void);
