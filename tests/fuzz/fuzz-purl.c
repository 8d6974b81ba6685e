/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/purl.h"

#include "fuzz.h"

/* The canonical text is ASCII and reads as itself. */
static void check(const struct purl *p)
{
	static char text_space[4 * PURL_MAX], again_space[4 * PURL_MAX], parts[PURL_MAX];
	struct buf text = BUF(text_space), again = BUF(again_space), space = BUF(parts);
	struct purl same;

	purl_print(p, &text);
	assert(!text.full);
	for (size_t i = 0; i < text.n; i++)
		assert(text.p[i] > ' ' && text.p[i] < 0x7f);
	assert(!purl_parse((struct str){ text.p, text.n }, &space, &same));
	purl_print(&same, &again);
	assert(strcmp(text.p, again.p) == 0);
	assert(str_eq(p->path, same.path) && str_eq(p->version, same.version));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = { "npm", "pypi", "golang", "maven", "cargo" };
	char first_space[PURL_MAX], second_space[PURL_MAX];
	struct buf first = BUF(first_space), second = BUF(second_space);
	struct str in = { (const char *)data, size }, left, right;
	struct purl p, glob;

	str_cut(in, '\n', &left, &right);
	for (size_t i = 0; i < LEN(types); i++) {
		first = BUF(first_space);
		if (!purl_make(types[i], left, right, &first, &p))
			check(&p);
	}
	first = BUF(first_space);
	if (purl_parse(left, &first, &p))
		return 0;
	check(&p);
	if (!purl_glob(right, &second, &glob))
		purl_match(&glob, &p);
	second = BUF(second_space);
	if (!purl_glob(left, &second, &glob))
		assert(purl_match(&glob, &p));
	return 0;
}
