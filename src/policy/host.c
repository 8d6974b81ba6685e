/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/host.h"

const struct host_path *host_find(const struct host *host, const char *path)
{
	for (size_t i = 0; i < host->n_paths; i++)
		if (!strcmp(host->paths[i].path, path))
			return &host->paths[i];
	return NULL;
}

/* A path's end, then the slash, then all other bytes. */
static int rank(char c)
{
	return c == '\0' ? 0 : c == '/' ? 1 : 2 + (unsigned char)c;
}

int path_compare(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return rank(*a) - rank(*b);
}
