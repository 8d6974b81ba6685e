/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/json.h"

#include <string.h>

#include "wire/ascii.h"

static bool fail(struct json *j, const char *what)
{
	if (!j->wrong)
		j->wrong = what;
	return false;
}

/* The character at the position, or NUL, which stands nowhere in JSON, at the end. */
static char peek(const struct json *j)
{
	return j->at < j->text.n ? j->text.p[j->at] : '\0';
}

static void skip_space(struct json *j)
{
	while (peek(j) == ' ' || peek(j) == '\n' || peek(j) == '\r' || peek(j) == '\t')
		j->at++;
}

static bool in_object(const struct json *j)
{
	const unsigned level = j->depth - 1;

	return j->depth && j->objects[level / 64] >> level % 64 & 1;
}

/* Bytes of @word that are zero, below 0x20, above 0x7f, '"' or '\\' have their top bit set. */
static uint64_t special(uint64_t word)
{
	const uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;
	const uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\');

	/* a borrow only ever marks a byte after one that is truly special */
	return ((word - ones * 0x20) | (quote - ones) | (backslash - ones) | word) & tops;
}

/* Takes what stands for itself: to the next byte that may not, or needs a look. */
static void plain(struct json *j)
{
	const char *p = j->text.p;
	uint64_t word;

	for (; j->text.n - j->at >= sizeof(word); j->at += sizeof(word)) {
		memcpy(&word, p + j->at, sizeof(word));
		if (special(word))
			break;
	}
	while (j->at < j->text.n && (unsigned char)(p[j->at] - ' ') < 0x60 && p[j->at] != '"' &&
	       p[j->at] != '\\')
		j->at++;
}

/* A character outside of ASCII (RFC 3629: shortest form, no surrogates). */
static bool utf8(struct json *j)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)j->text.p + j->at;
	const size_t n = *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;
	uint32_t c;

	if (n == 0 || n > j->text.n - j->at)
		return fail(j, "bytes that are not UTF-8");
	c = *p & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return fail(j, "bytes that are not UTF-8");
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff)
		return fail(j, "bytes that are not UTF-8");
	j->at += n;
	return true;
}

/* The value of four hexadecimal digits, or -1. */
static int32_t four_digits(struct str s)
{
	int32_t value = 0;

	if (s.n < 4)
		return -1;
	for (size_t i = 0; i < 4; i++) {
		if (ascii_hex(s.p[i]) < 0)
			return -1;
		value = value << 4 | ascii_hex(s.p[i]);
	}
	return value;
}

static struct str rest_of(const struct json *j)
{
	return (struct str){ j->text.p + j->at, j->text.n - j->at };
}

/* An escape, after its backslash. */
static bool escape(struct json *j)
{
	const char c = peek(j);

	j->at++;
	if (c == 'u') {
		if (four_digits(rest_of(j)) < 0)
			return fail(j, "\\u without four digits");
		j->at += 4;
	} else if (!c || !strchr("\"\\/bfnrt", c)) {
		return fail(j, "unknown escape");
	}
	return true;
}

/* A string, after its first quote; @out is what is inside. */
static bool string(struct json *j, struct str *out)
{
	const size_t start = j->at;

	for (;;) {
		plain(j);
		if (j->at >= j->text.n)
			return fail(j, "string without an end");
		if (peek(j) == '"')
			break;
		if (peek(j) == '\\') {
			j->at++;
			if (!escape(j))
				return false;
		} else if ((unsigned char)peek(j) < ' ') {
			return fail(j, "control character in a string");
		} else if (!utf8(j)) {
			return false;
		}
	}
	*out = (struct str){ j->text.p + start, j->at - start };
	j->at++;
	return true;
}

static bool digits(struct json *j)
{
	const size_t start = j->at;

	while (ascii_digit(peek(j)))
		j->at++;
	return j->at > start || fail(j, "number without digits");
}

static bool number(struct json *j, struct str *out)
{
	const size_t start = j->at;

	j->at += peek(j) == '-';
	if (peek(j) == '0')
		j->at++;
	else if (!digits(j))
		return false;
	if (peek(j) == '.') {
		j->at++;
		if (!digits(j))
			return false;
	}
	if (ascii_lower(peek(j)) == 'e') {
		j->at++;
		j->at += peek(j) == '+' || peek(j) == '-';
		if (!digits(j))
			return false;
	}
	*out = (struct str){ j->text.p + start, j->at - start };
	return true;
}

static bool literal(struct json *j, struct str word)
{
	if (j->text.n - j->at < word.n || memcmp(j->text.p + j->at, word.p, word.n) != 0)
		return fail(j, "word that is no value");
	j->at += word.n;
	return true;
}

static bool open_container(struct json *j, bool object)
{
	const uint64_t bit = (uint64_t)1 << j->depth % 64;

	if (j->depth == JSON_DEPTH)
		return fail(j, "nested too deep");
	j->objects[j->depth / 64] &= ~bit;
	if (object)
		j->objects[j->depth / 64] |= bit;
	j->depth++;
	j->at++;
	j->first = true;
	return true;
}

static bool value(struct json *j, struct json_value *v)
{
	v->value = j->at;
	switch (peek(j)) {
	case '{':
		v->type = JSON_OBJECT;
		return open_container(j, true);
	case '[':
		v->type = JSON_ARRAY;
		return open_container(j, false);
	case '"':
		v->type = JSON_STRING;
		j->at++;
		return string(j, &v->text);
	case 't':
		v->type = JSON_TRUE;
		return literal(j, STR("true"));
	case 'f':
		v->type = JSON_FALSE;
		return literal(j, STR("false"));
	case 'n':
		v->type = JSON_NULL;
		return literal(j, STR("null"));
	default:
		v->type = JSON_NUMBER;
		return peek(j) == '-' || ascii_digit(peek(j))
			       ? number(j, &v->text)
			       : fail(j, "no value where one has to be");
	}
}

static bool key(struct json *j, struct json_value *v)
{
	if (peek(j) != '"')
		return fail(j, "member without a key");
	j->at++;
	if (!string(j, &v->key))
		return false;
	skip_space(j);
	if (peek(j) != ':')
		return fail(j, "key without a colon");
	j->at++;
	skip_space(j);
	return true;
}

/* Leaves the innermost container if it ends here. */
static bool ends(struct json *j)
{
	if (peek(j) != (in_object(j) ? '}' : ']'))
		return false;
	j->at++;
	j->depth--;
	j->first = false;
	return true;
}

/* The next element of the innermost container, whether it was entered or not. */
static bool element(struct json *j, struct json_value *v)
{
	v->comma = j->at;
	skip_space(j);
	if (j->depth) {
		if (ends(j))
			return false;
		if (!j->first) {
			if (peek(j) != ',')
				return fail(j, "elements without a comma between them");
			j->at++;
			skip_space(j);
		}
	} else if (!j->first) {
		return j->at < j->text.n ? fail(j, "more than one value") : false;
	}
	v->start = j->at;
	j->first = false;
	return (!in_object(j) || key(j, v)) && value(j, v);
}

static void skip_to(struct json *j, unsigned depth)
{
	while (!j->wrong && j->depth > depth) {
		struct json_value v;

		element(j, &v);
	}
	j->fresh = false;
}

void json_init(struct json *j, struct str text)
{
	*j = (struct json){ .text = text, .first = true };
}

bool json_next(struct json *j, struct json_value *v)
{
	*v = (struct json_value){ 0 };
	if (j->fresh)
		skip_to(j, j->depth - 1);
	if (j->wrong || !element(j, v)) {
		*v = (struct json_value){ 0 };
		return false;
	}
	j->fresh = v->type == JSON_ARRAY || v->type == JSON_OBJECT;
	return true;
}

bool json_enter(struct json *j, enum json_type type)
{
	if (j->wrong || !j->fresh || in_object(j) != (type == JSON_OBJECT))
		return false;
	j->fresh = false;
	return true;
}

const char *json_done(struct json *j)
{
	struct json_value v;

	if (!j->wrong && !j->depth && j->first)
		element(j, &v);
	skip_to(j, 0);
	if (!j->wrong)
		element(j, &v);
	return j->wrong;
}

struct str json_whole(struct json *j, const struct json_value *v, bool comma)
{
	const size_t from = comma ? v->comma : v->start;

	if (j->fresh)
		skip_to(j, j->depth - 1);
	return (struct str){ j->text.p + from, j->wrong ? 0 : j->at - from };
}
