/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/ini.h"

#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "wire/quote.h"

/*
 * Theory of operation
 *
 * inih reads the format, but forgives what a security policy must not forgive: it cuts long lines,
 * long names and whatever follows " ;", takes ':' for '=', glues indented lines to the key above,
 * ignores what follows ']', and does each of these only in some builds. So it is fed through a
 * reader of our own, which counts lines, refuses each of those with a sentence, and hands inih an
 * empty line instead; and which remembers what the line said, so that an entry is taken only when
 * inih read exactly the same. Whatever a build of inih does beyond that is a complaint, too.
 *
 * Below a section line that was refused, entries are checked as lines but not taken: nobody knows
 * what they mean.
 */

struct reader {
	struct str rest;		/* of the text */
	struct where at;		/* the line last given to inih, and what it says */
	struct str section, key, value; /* section: all that stands in the brackets */
	enum { NO_SECTION, GOOD_SECTION, BAD_SECTION } state;
	bool awaited;  /* inih has not reported this entry yet */
	bool not_text; /* said once for a file */
	struct ini *ini;
	struct arena *arena;
	struct complaints *c;
};

void complaint_add(struct complaints *c, struct where where, const char *fmt, ...)
{
	char sentence[1024], space[4 * 4096];
	struct buf line = BUF(space);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, ap);
	va_end(ap);
	c->n++;
	if (where.file)
		quote_term(&line, str_of(where.file));
	if (where.line)
		buf_printf(&line, ":%u", where.line);
	buf_printf(&line, "%s: %s\n", where.file ? ": error" : "agentbox", sentence);
	if (line.full)
		c->text.full = true;
	buf_add(&c->text, line.p, line.n);
}

static struct ini_line *add_line(struct reader *r)
{
	struct ini_line *line = arena_push(r->arena, r->ini->line, r->ini->n);
	struct str section, of;

	line->where = r->at;
	str_cut(r->section, ' ', &section, &of);
	line->section = arena_strndup(r->arena, section.p, section.n);
	line->of = of.n ? arena_strndup(r->arena, of.p, of.n) : NULL;
	return line;
}

/* Names of sections and keys. */
static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
		      s.p[i] == '-'))
			return false;
	return s.n > 0 && s.n <= INI_NAME_MAX;
}

static bool starts_comment(char c)
{
	return c == ';' || c == '#';
}

/* inih cuts at " ;", other readers at " #": whoever writes either means a comment. */
static bool has_inline_comment(struct str value)
{
	for (size_t i = 0; i < value.n; i++)
		if (starts_comment(value.p[i]) &&
		    (i == 0 || value.p[i - 1] == ' ' || value.p[i - 1] == '\t'))
			return true;
	return false;
}

/* The first byte that is not printable text, or NULL. Tabs are fine around the parts of a line. */
static const char *find_bad_byte(struct str line)
{
	struct str piece, rest = line;
	const char *bad = NULL;
	bool more = true;

	while (more && !bad) {
		more = str_cut(rest, '\t', &piece, &rest);
		bad = quote_unseen(piece);
	}
	return bad ? bad : memmem(line.p, line.n, "\xc2\xa0", 2); /* no-break space */
}

static const char *read_section(struct reader *r, struct str line)
{
	struct str name = { line.p + 1, line.n - 1 }, after, section, of;

	r->state = BAD_SECTION;
	if (!str_cut(name, ']', &name, &after))
		return "a section is written [name]";
	if (!str_cut(name, ' ', &section, &of))
		of.p = NULL;
	if (after.n)
		return "nothing may follow the ']' of a section";
	if (!is_name(section) || (of.p && !is_name(of)) || name.n > INI_NAME_MAX)
		return "the name of a section has lower-case letters, digits and '-', at most 48";
	r->state = GOOD_SECTION;
	r->section = name;
	add_line(r);
	return NULL;
}

static const char *read_entry(struct reader *r, struct str line)
{
	struct str key, value;
	bool equals = str_cut(line, '=', &key, &value);

	key = str_trim(key);
	value = str_trim(value);
	if (key.n && memchr(key.p, ':', key.n))
		return "a value follows '=', not ':': key = value";
	if (!equals)
		return "neither \"key = value\" nor \"[section]\" nor a comment";
	if (!is_name(key))
		return "the name of a key has lower-case letters, digits and '-', at most 48";
	if (value.n == 0)
		return "the key has no value";
	if (has_inline_comment(value))
		return "a comment needs a line of its own";
	if (memchr(value.p, '\t', value.n))
		return "a value has no tab in it";
	if (value.p[0] == '"' || value.p[0] == '\'')
		return "quotes would be part of the value: leave them out";
	if (key.n + value.n + strlen(" = ") > INI_LINE_MAX)
		return "the line is longer than 190 bytes";
	r->key = key;
	r->value = value;
	r->awaited = r->state == GOOD_SECTION;
	return r->state == NO_SECTION ? "a [section] comes first" : NULL;
}

/* Once for a file: a binary one has thousands of such lines. */
static void complain_of_byte(struct reader *r, struct str line, const char *bad)
{
	if (r->not_text)
		return;
	r->not_text = true;
	if (*bad == '\r')
		complaint_add(r->c, r->at,
			      "the line ends with CR: save the file with Unix line ends");
	else
		complaint_add(r->c, r->at, "column %td is not printable UTF-8 text",
			      bad - line.p + 1);
}

/* Judges one line. Returns whether inih may see it. */
static bool judge_line(struct reader *r, struct str line)
{
	const char *bad = find_bad_byte(line), *wrong;
	struct str trimmed = str_trim(line);

	if (bad)
		complain_of_byte(r, line, bad);
	if (bad || trimmed.n == 0 || starts_comment(trimmed.p[0]))
		return false;
	if (line.n > INI_LINE_MAX)
		wrong = "the line is longer than 190 bytes";
	else if (trimmed.p != line.p)
		wrong = "the line starts with a blank: a value does not go on in the next line";
	else if (line.p[0] == '[')
		wrong = read_section(r, trimmed);
	else
		wrong = read_entry(r, trimmed);
	if (wrong)
		complaint_add(r->c, r->at, "%s", wrong);
	return !wrong;
}

/* An entry that inih did not report as it stands would be lost. */
static void settle(struct reader *r)
{
	if (r->awaited)
		complaint_add(r->c, r->at, "inih reads this line differently");
	r->awaited = false;
}

/* Gives inih the next line, as fgets() would. */
static char *next_line(char *out, int size, void *of)
{
	struct reader *r = of;
	struct str line;

	settle(r);
	if (r->rest.n == 0)
		return NULL;
	str_cut(r->rest, '\n', &line, &r->rest);
	r->at.line++;
	if (!judge_line(r, line) || line.n >= (size_t)size)
		line.n = 0;
	if (line.n)
		memcpy(out, line.p, line.n);
	out[line.n] = '\0';
	return out;
}

static int take_entry(void *of, const char *section, const char *key, const char *value)
{
	struct reader *r = of;
	struct ini_line *line;

	if (!r->awaited || !str_is(r->section, section) || !str_is(r->key, key) ||
	    !str_is(r->value, value))
		return 0;
	r->awaited = false;
	line = add_line(r);
	line->key = arena_strdup(r->arena, key);
	line->value = arena_strdup(r->arena, value);
	return 1;
}

void ini_read(struct ini *ini, const char *file, struct str text, struct arena *arena,
	      struct complaints *c)
{
	struct reader r = { .rest = text, .at.file = file, .ini = ini, .arena = arena, .c = c };
	unsigned n = c->n;
	int error;

	if (text.n && memchr(text.p, '\0', text.n)) {
		complaint_add(c, r.at, "not a text file");
		return;
	}
	error = ini_parse_stream(next_line, &r, take_entry, &r);
	if (c->n == n && (error || r.rest.n))
		complaint_add(c, r.at, "inih gave up after this line");
}
