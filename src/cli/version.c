/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/version.h"

#include <sodium.h>

void version_print(FILE *out)
{
	fprintf(out,
		"agentbox " VERSION "\n"
		"libraries: inih, libsodium %s\n"
		"profiles: " PROFILEDIR "\n"
		"programs: " LIBEXECDIR "\n",
		sodium_version_string());
}
