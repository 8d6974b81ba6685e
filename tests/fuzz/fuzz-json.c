/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/json.h"

#include "fuzz.h"

static const char *read_all(struct str text)
{
	struct json j;
	struct json_value v;
	unsigned depth = 0;

	json_init(&j, text);
	do {
		while (json_next(&j, &v))
			depth += json_enter(&j, v.type);
	} while (depth-- > 0);
	return json_done(&j);
}

static const char *skip_all(struct str text)
{
	struct json j;

	json_init(&j, text);
	return json_done(&j);
}

/* What a string means is itself if it is compared. */
static void check_string(struct str raw)
{
	static char space[20001];
	struct buf b = BUF(space);

	space[0] = '\0';
	if (json_decode(raw, &b) == 0 && !memchr(space, '\0', b.n))
		assert(json_is(raw, space));
}

/* What stands before the elements of a container that was entered, and its bracket at the end. */
static struct str opening(const struct json *j, const struct json_value *v, bool comma)
{
	const size_t from = comma ? v->comma : v->start;

	return (struct str){ j->text.p + from, v->value + 1 - from };
}

static struct str closing(const struct json *j)
{
	return (struct str){ j->text.p + j->at - 1, 1 };
}

/* Leaves out elements of all containers as the bits of @seed tell. */
static void filter(struct str text, uint32_t seed, struct buf *out)
{
	struct json j;
	struct json_value v;
	unsigned depth = 0;
	bool kept[JSON_DEPTH + 1] = { 0 };

	json_init(&j, text);
	do {
		while (json_next(&j, &v)) {
			check_string(v.key);
			if (v.type == JSON_STRING)
				check_string(v.text);
			seed = seed * 1664525 + 1013904223;
			if (depth && seed >> 30 == 0)
				continue;
			if (seed >> 30 != 1 && json_enter(&j, v.type)) {
				buf_str(out, opening(&j, &v, kept[depth]));
				kept[depth++] = true;
				kept[depth] = false;
				continue;
			}
			buf_str(out, json_whole(&j, &v, kept[depth]));
			kept[depth] = true;
		}
		if (depth)
			buf_str(out, closing(&j));
	} while (depth-- > 0);
	assert(!json_done(&j));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char space[20001];
	struct str text = { (const char *)data, size };
	const char *wrong;

	if (size >= sizeof(space))
		return 0;
	wrong = read_all(text);
	assert(!wrong == !skip_all(text));
	for (uint32_t seed = 0; !wrong && seed < 4; seed++) {
		struct buf out = BUF(space);

		filter(text, seed, &out);
		assert(!out.full && !read_all((struct str){ out.p, out.n }));
	}
	return 0;
}
