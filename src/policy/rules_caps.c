/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/rules_caps.h"

#include <string.h>

#include "policy/value.h"

/* How caps are written. */

enum { REQUESTS_MAX = 1000000 };

static const struct {
	char name;
	uint32_t seconds;
} periods[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 } };

static const char *read_size(struct str text, struct arena *arena, uint64_t *size)
{
	struct value value;
	const char *wrong;

	*size = 0;
	if (str_is(text, "0"))
		return NULL;
	wrong = text.n && !str_is(text, "none") ? value_read(&value_size, text, arena, &value)
						: "a cap is a size: 512K, 10M, 1G; or 0";
	if (!wrong)
		*size = value.number;
	return wrong;
}

static const char *read_upload(struct str text, struct arena *arena, struct caps *caps)
{
	return read_size(text, arena, &caps->max_upload);
}

static const char *read_bytes(struct str text, struct arena *arena, struct caps *caps)
{
	const char *wrong = read_size(text, arena, &caps->bytes);

	return wrong || caps->bytes ? wrong : "without a byte nothing is allowed";
}

static const char *read_requests(struct str text, struct arena *arena, struct caps *caps)
{
	struct str count, unit;
	unsigned long number;

	(void)arena;
	if (str_cut(text, '/', &count, &unit) && unit.n == 1 &&
	    str_to_ulong(count, REQUESTS_MAX, &number) == 0)
		for (size_t i = 0; i < LEN(periods); i++)
			if (unit.p[0] == periods[i].name)
				caps->per = periods[i].seconds;
	if (!caps->per || !number)
		return "it is a number, at most 1000000, in a second, minute or hour: 5/s, 60/m, "
		       "500/h";
	caps->requests = (uint32_t)number;
	return NULL;
}

static const struct {
	const char *name; /* with its '=' */
	enum cap bit;
	const char *(*read)(struct str text, struct arena *arena, struct caps *caps);
} keys[] = {
	{ "max-upload=", CAP_UPLOAD, read_upload },
	{ "requests=", CAP_REQUESTS, read_requests },
	{ "bytes=", CAP_BYTES, read_bytes },
};

/* The last word of @text, if there is one before it. */
static bool last_word(struct str text, struct str *before, struct str *word)
{
	const char *space = text.n ? memrchr(text.p, ' ', text.n) : NULL;

	if (!space)
		return false;
	*before = (struct str){ text.p, (size_t)(space - text.p) };
	*word = (struct str){ space + 1, text.n - before->n - 1 };
	return true;
}

static const char *read_cap(struct str word, struct arena *arena, struct caps *caps)
{
	for (size_t i = 0; i < LEN(keys); i++) {
		const size_t n = strlen(keys[i].name);
		const char *wrong;

		if (!str_starts(word, keys[i].name))
			continue;
		if (caps->set & keys[i].bit)
			return arena_printf(arena, "%s is there twice", keys[i].name);
		caps->set |= keys[i].bit;
		wrong = keys[i].read((struct str){ word.p + n, word.n - n }, arena, caps);
		return wrong ? arena_printf(arena, "%.*s: %s", (int)word.n, word.p, wrong) : NULL;
	}
	return arena_printf(arena,
			    "\"%.*s\" is no cap: those are max-upload=, requests= and bytes=",
			    (int)word.n, word.p);
}

/* "NAME=...", which neither a method nor a host or a URL looks like. */
static bool is_cap(struct str word)
{
	const char *equals = word.n ? memchr(word.p, '=', word.n) : NULL;

	for (const char *p = word.p; equals && p < equals; p++)
		if (!((*p >= 'a' && *p <= 'z') || *p == '-'))
			return false;
	return equals && equals > word.p;
}

const char *caps_read(struct str *text, struct arena *arena, struct caps *caps)
{
	struct str before, word;
	const char *wrong = NULL;

	while (!wrong && last_word(*text, &before, &word) && is_cap(word)) {
		wrong = read_cap(word, arena, caps);
		*text = str_trim(before);
	}
	return wrong;
}

struct str rule_bare(struct str text)
{
	struct str before, word;

	while (last_word(text, &before, &word) && is_cap(word))
		text = before;
	return text;
}

const char *caps_check(const struct rule *rule)
{
	const struct caps *caps = &rule->caps;

	if (!rule->path && caps->set & (CAP_UPLOAD | CAP_REQUESTS))
		return "max-upload= and requests= are about requests, which a URL names: "
		       "https://example.com/** max-upload=1M";
	if (rule->methods & METHOD_UPGRADE && caps->set & CAP_UPLOAD)
		return "what is sent over WebSocket is no body of a request: bytes= caps it";
	return NULL;
}

static void write_size(const char *name, uint64_t size, struct buf *out)
{
	static const char units[] = "TGMK";
	unsigned shift = 40;

	while (shift > 10 && size & ((UINT64_C(1) << shift) - 1))
		shift -= 10;
	buf_printf(out, " %s%llu", name, (unsigned long long)(size >> shift));
	if (size)
		buf_printf(out, "%c", units[4 - shift / 10]);
}

void caps_write(const struct caps *caps, struct buf *out)
{
	if (caps->set & CAP_UPLOAD)
		write_size("max-upload=", caps->max_upload, out);
	for (size_t i = 0; i < LEN(periods) && caps->set & CAP_REQUESTS; i++)
		if (periods[i].seconds == caps->per)
			buf_printf(out, " requests=%u/%c", caps->requests, periods[i].name);
	if (caps->set & CAP_BYTES)
		write_size("bytes=", caps->bytes, out);
}
