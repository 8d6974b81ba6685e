/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inventory that a process wrote which had read foreign bytes. What can be read is written as
 * it was read, and is strict JSON in the formats of others, with every reference once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "eco/tree.h"
#include "fuzz.h"
#include "inventory/sbom.h"
#include "os/sys.h"

static void write_again(const struct components *all, struct arena *arena)
{
	struct components again = { .arena = arena };
	_cleanup_fd_ int fd = memfd_create("inventory", MFD_CLOEXEC);
	struct str text;
	struct err e;

	assert(fd >= 0 && components_write(all, fd) == 0 && lseek(fd, 0, SEEK_SET) == 0);
	assert(read_whole(fd, SIZE_MAX, arena, &text) == 0);
	assert(components_read(&again, text, &e) == 0 && again.n <= all->n); /* names are cut */
}

static void write_as(void (*write)(const struct sbom *sbom, FILE *out), const struct sbom *sbom,
		     struct arena *arena, const char *list)
{
	struct node *root = NULL;
	size_t n = 0, size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	write(sbom, out);
	assert(fclose(out) == 0);
	if (list) {
		assert(!tree_json((struct str){ text, size }, arena, &root));
		tree_each (item, tree_get(root, list))
			n += item->kind == NODE_MAP;
		assert(n == sbom->n);
	}
	for (size_t i = 0; i < size; i++)
		assert(text[i] == '\n' || ((unsigned char)text[i] >= ' ' && text[i] != 0x7f));
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct components all = { .arena = &arena };
	struct sbom sbom = { "T", "/w", "2026-11-23T00:00:00Z", "u", NULL, 0 };
	const struct component **chosen;
	struct err e;

	if (components_read(&all, (struct str){ (const char *)data, size }, &e) == 0) {
		write_again(&all, &arena);
		chosen = arena_alloc(&arena, (all.n + 1) * sizeof(*chosen));
		for (; sbom.n < all.n; sbom.n++)
			chosen[sbom.n] = &all.component[sbom.n];
		sbom.component = chosen;
		write_as(sbom_cyclonedx, &sbom, &arena, "components");
		write_as(sbom_spdx, &sbom, &arena, "packages");
		write_as(sbom_text, &sbom, &arena, NULL);
	}
	arena_fini(&arena);
	return 0;
}
