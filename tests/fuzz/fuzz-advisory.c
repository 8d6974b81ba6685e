/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is looked up where it lies: the first line is a package URL, the rest is a database of
 * advisories, a list of what lock files name, and an advisory of OSV. What is found lies in the
 * text, and is found again; a line that was made of an advisory is one of a database; no name is
 * like one of a list of popular names that it is in.
 */
#include "eco/advisory.h"
#include "eco/locked.h"
#include "eco/popular.h"

#include "fuzz.h"

static bool is_in(struct str part, struct str whole)
{
	return part.p >= whole.p && part.p + part.n <= whole.p + whole.n;
}

static void look_up(struct str text, const struct purl *p)
{
	struct advisories db;
	struct advisory one, again;

	if (advisories_open(text, &db) || !advisories_find(&db, p, &one))
		return;
	assert(is_in(one.id, text));
	assert(advisories_find(&db, p, &again) && again.malware == one.malware);
}

static void stand(struct str text, const struct purl *p)
{
	struct locked_standing s;
	struct locked locked;

	if (locked_open(text, &locked))
		return;
	assert(is_in(locked.lines, text));
	s = locked_find(&locked, p);
	assert(s.package || !(s.version || s.older || s.newer));
	assert(!(s.version && (s.older || s.newer)));
	assert(!p->version.n || !s.package || s.version || s.older || s.newer);
}

static void check_line(void *of, struct str line)
{
	static char space[80000];
	struct buf db = BUF(space);
	struct advisories opened;

	(void)of;
	assert(!memchr(line.p, '\n', line.n));
	buf_puts(&db, "agentbox advisories 1 2026-01-01T00:00:00Z\n");
	buf_str(&db, line);
	buf_puts(&db, "\n");
	assert(db.full || !advisories_open((struct str){ db.p, db.n }, &opened));
}

static void convert(struct str text)
{
	static char space[60000];

	osv_read(text, BUF(space), check_line, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size }, first;
	char space[PURL_MAX];
	struct buf parts = BUF(space);
	const char *like;
	struct purl p;

	if (size == 0)
		return 0;
	str_cut(text, '\n', &first, &text);
	convert(text);
	if (purl_parse(first, &parts, &p))
		return 0;
	look_up(text, &p);
	stand(text, &p);
	like = popular_like(p.type, p.path);
	assert(!like || !popular_like(p.type, str_of(like)));
	return 0;
}
