/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/advisory.h"

#include <string.h>

#include "eco/lines.h"
#include "eco/version.h"
#include "wire/rfc3339.h"

static const char magic[] = "agentbox advisories 1 ";

const char *advisories_open(struct str text, struct advisories *out)
{
	struct str head;

	*out = (struct advisories){ 0 };
	if (!str_starts(text, magic) || text.p[text.n - 1] != '\n')
		return "it is no database of advisories";
	str_cut(text, '\n', &head, &out->lines);
	head = (struct str){ head.p + strlen(magic), head.n - strlen(magic) };
	return rfc3339_parse(head, &out->built) < 0 ? "it does not say when it was made" : NULL;
}

/* Is @a not below @b? Whatever cannot be compared is. */
static bool not_below(const char *type, struct str a, struct str b)
{
	int r;

	return str_is(b, "0") || version_order(type, a, b, &r) < 0 || r >= 0;
}

static bool not_above(const char *type, struct str a, struct str b)
{
	int r;

	return version_order(type, a, b, &r) < 0 || r <= 0;
}

static bool is_in(const char *type, struct str version, struct str range)
{
	struct str from, until, last;
	int r;

	if (str_is(range, "*"))
		return true;
	if (version.n == 0)
		return false;
	if (str_starts(range, "=")) {
		last = (struct str){ range.p + 1, range.n - 1 };
		return str_eq(version, last) ||
		       (version_order(type, version, last, &r) == 0 && r == 0);
	}
	str_cut(range, ',', &from, &until);
	if (!not_below(type, version, from))
		return false;
	if (str_starts(until, "="))
		return not_above(type, version, (struct str){ until.p + 1, until.n - 1 });
	return until.n == 0 || version_order(type, version, until, &r) < 0 || r < 0;
}

/* The rest of a line, after the package. */
static bool is_about(const char *type, struct str version, struct str line, struct advisory *out)
{
	struct str kind, range;

	str_cut(line, '\t', &kind, &line);
	str_cut(line, '\t', &out->id, &line);
	out->malware = !str_is(kind, "vulnerable");
	while (line.n) {
		str_cut(line, ' ', &range, &line);
		if (is_in(type, version, range))
			return true;
	}
	return false;
}

bool advisories_find(const struct advisories *db, const struct purl *p, struct advisory *out)
{
	const struct purl package = { .type = p->type, .path = p->path };
	char key_space[3 * PURL_MAX], type[32];
	struct buf key = BUF(key_space), type_text = BUF(type);
	struct advisory one;
	bool found = false;

	purl_print(&package, &key);
	buf_puts(&key, "\t");
	buf_str(&type_text, p->type);
	if (key.full || type_text.full || !db->lines.n)
		return false;
	for (size_t at = lines_find(db->lines, (struct str){ key.p, key.n }); at < db->lines.n;) {
		struct str line = lines_at(db->lines, at);

		at += line.n + 1;
		if (!str_starts(line, key.p))
			break;
		line = (struct str){ line.p + key.n, line.n - key.n };
		if (!is_about(type, p->version, line, &one) || (found && !one.malware))
			continue;
		*out = one;
		found = true;
		if (one.malware)
			break;
	}
	return found;
}
