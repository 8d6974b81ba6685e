/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/host.h"

#include <stdlib.h>

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

static int by_path(const void *a, const void *b)
{
	const struct host_match *x = a, *y = b;
	int order = path_compare(x->path, y->path);

	return order ? order : y->pattern->hide - x->pattern->hide;
}

void host_sort(struct host *host)
{
	size_t n = 0;

	if (host->n_matches)
		qsort(host->matches, host->n_matches, sizeof(*host->matches), by_path);
	for (size_t i = 0; i < host->n_matches; i++)
		if (n == 0 || strcmp(host->matches[i].path, host->matches[n - 1].path) != 0)
			host->matches[n++] = host->matches[i];
	host->n_matches = n;
}

size_t host_repository(const struct host *host, const char *dir)
{
	size_t longest = 0;

	for (size_t i = 0; i < host->n_repositories; i++) {
		const size_t n = strlen(host->repositories[i]);

		if (n > longest && path_is_below(dir, host->repositories[i]))
			longest = n;
	}
	return longest;
}
