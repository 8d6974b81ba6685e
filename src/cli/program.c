/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

/* The main() of every verb that is a program of its own. */
extern const struct verb PROGRAM_VERB;

int main(int argc, char **argv)
{
	(void)argc;
	return verb_run(&PROGRAM_VERB, argv);
}
