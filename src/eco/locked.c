/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/locked.h"

#include <string.h>

#include "eco/lines.h"
#include "eco/route.h"
#include "eco/version.h"

static const char magic[] = "agentbox locked 1\n", end[] = "end ";

/* Where the last line begins, which says that nothing is missing. */
static bool read_end(struct str lines, size_t *at, unsigned long *unread)
{
	const char *before = lines.n > 1 ? memrchr(lines.p, '\n', lines.n - 1) : NULL;
	struct str last;

	*at = before ? (size_t)(before - lines.p) + 1 : 0;
	last = lines_at(lines, *at);
	if (!str_starts(last, end))
		return false;
	last = (struct str){ last.p + strlen(end), last.n - strlen(end) };
	return str_to_ulong(last, UINT32_MAX, unread) == 0;
}

static bool is_sound(struct str line, struct str before)
{
	if (!str_starts(line, "pkg:") || str_compare(before, line) >= 0)
		return false;
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] <= ' ' || line.p[i] > '~')
			return false;
	return memchr(line.p, '@', line.n) != NULL;
}

const char *locked_open(struct str text, struct locked *out)
{
	static const char bad[] = "it is no list of what lock files name";
	struct str lines, line, rest, before = { "", 0 };
	size_t n;

	*out = (struct locked){ 0 };
	if (!str_starts(text, magic) || text.p[text.n - 1] != '\n')
		return bad;
	lines = (struct str){ text.p + strlen(magic), text.n - strlen(magic) };
	if (!read_end(lines, &n, &out->unread))
		return "the list of what lock files name is cut off";
	rest = lines = (struct str){ lines.p, n };
	while (rest.n) {
		str_cut(rest, '\n', &line, &rest);
		if (!is_sound(line, before))
			return bad;
		before = line;
	}
	out->lines = lines;
	return NULL;
}

/*
 * Equal are versions that read alike; of PyPI, whose versions can be written in many ways, also
 * more.
 */
static void compare(const char *type, struct str version, struct str named,
		    struct locked_standing *s)
{
	int r;

	if (str_eq(version, named) ||
	    (!strcmp(type, "pypi") && version_order(type, version, named, &r) == 0 && r == 0)) {
		s->version = true;
		return;
	}
	if (named.n == 0 || version_order(type, version, named, &r) < 0)
		r = 0;
	s->older |= r <= 0;
	s->newer |= r >= 0;
}

struct locked_standing locked_find(const struct locked *locked, const struct purl *p)
{
	const struct purl package = { .type = p->type, .path = p->path };
	struct locked_standing s = { 0 };
	char key_space[3 * PURL_MAX], type[32], version[PURL_MAX];
	struct buf key = BUF(key_space), type_text = BUF(type);

	purl_print(&package, &key);
	buf_puts(&key, "@");
	buf_str(&type_text, p->type);
	if (key.full || type_text.full || !locked->lines.n)
		return s;
	for (size_t at = lines_find(locked->lines, (struct str){ key.p, key.n });
	     at < locked->lines.n && !s.version;) {
		struct str line = lines_at(locked->lines, at);

		at += line.n + 1;
		if (!str_starts(line, key.p))
			break;
		s.package = true;
		line = (struct str){ line.p + key.n, line.n - key.n };
		if (!route_decode(line, version, sizeof(version)))
			version[0] = '\0'; /* some version */
		if (p->version.n)
			compare(type, p->version, str_of(version), &s);
	}
	if (s.version)
		s.older = s.newer = false;
	return s;
}
