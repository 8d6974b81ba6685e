/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cli/verb.h"

extern const struct verb verb_log;

/*
 * What `agentbox log` does, and `agentbox log WORD`; argv[0] is the word. Each returns the exit
 * status.
 */
int log_show(char **argv);
int log_verify(char **argv);
int log_key(char **argv);
int log_send(char **argv);
