/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Exit statuses that are agentbox's own (see env(1) and timeout(1)); any other is the command's. */
enum {
	EXIT_USAGE = 2,
	EXIT_LEVEL = 122, /* this machine cannot make the box that the profile demands */
	EXIT_GATE = 123,  /* finished, but a policy gate failed */
	EXIT_DEADLINE = 124,
	EXIT_BOX = 125, /* the box was not started, or the task could not go on */
	EXIT_NOEXEC = 126,
	EXIT_NOTFOUND = 127,
};
