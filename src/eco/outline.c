/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/outline.h"

enum { SLICE = 64 * 1024 };

struct outline_member {
	struct span span;
	size_t value;
	const struct outline_row *row; /* NULL: it does not matter */
};

struct span outline_span(struct json *j, const struct json_value *v)
{
	json_whole(j, v, false);
	return (struct span){ .comma = v->comma, .start = v->start, .end = j->at };
}

static struct outline_member *last(const struct outline *o)
{
	return &o->member[o->n_members - 1];
}

/* An element of the member that is being read, or its end. */
static const char *read_inside(struct sieve *s, struct outline *o)
{
	struct json_value v;

	if (json_next(&o->json, &v))
		return last(o)->row->read(s, &o->json, &v);
	o->inside = false;
	last(o)->span.end = o->json.at;
	return NULL;
}

static const struct outline_row *find_row(const struct outline *o, struct str key)
{
	for (size_t i = 0; i < o->n_rows; i++)
		if (json_is(key, o->row[i].key))
			return &o->row[i];
	return NULL;
}

static const char *read_value(struct sieve *s, struct outline *o, const struct json_value *v)
{
	const struct outline_row *row = last(o)->row;
	const char *wrong = NULL;
	unsigned bit;

	if (row) {
		bit = 1U << (row - o->row);
		if (o->seen & bit)
			return "the metadata says something twice";
		o->seen |= bit;
	}
	if (row && row->type) {
		o->inside = json_enter(&o->json, row->type);
		return o->inside ? NULL : o->other;
	}
	if (row)
		wrong = row->read(s, &o->json, v);
	last(o)->span = outline_span(&o->json, v);
	return wrong;
}

/* A member of the document. *@more becomes false if there is no other. */
static const char *read_member(struct sieve *s, struct outline *o, bool *more)
{
	struct json_value v;

	*more = json_next(&o->json, &v);
	if (!*more)
		return NULL;
	*arena_push(&s->arena, o->member, o->n_members) = (struct outline_member){
		.span = { .comma = v.comma, .start = v.start },
		.value = v.value,
		.row = find_row(o, v.key),
	};
	return read_value(s, o, &v);
}

static const char *missing(const struct outline *o)
{
	for (size_t i = 0; i < o->n_rows; i++)
		if (o->row[i].missing && !(o->seen >> i & 1))
			return o->row[i].missing;
	return NULL;
}

int outline_read(struct sieve *s, struct outline *o)
{
	const size_t until = o->json.at + SLICE;
	const char *wrong = NULL;
	struct json_value v;
	bool more = true;

	if (o->json.at == 0) {
		json_init(&o->json, s->in);
		if (!json_next(&o->json, &v) || !json_enter(&o->json, JSON_OBJECT))
			return sieve_bad(s, "the metadata is no JSON object");
	}
	while (!wrong && o->json.at < until && more)
		wrong = o->inside ? read_inside(s, o) : read_member(s, o, &more);
	if (!wrong && more && !o->json.wrong)
		return SIEVE_MORE;
	if (json_done(&o->json))
		wrong = "the metadata is no JSON";
	else if (!wrong)
		wrong = missing(o);
	return wrong ? sieve_bad(s, wrong) : 0;
}

static struct str cut(const struct sieve *s, size_t from, size_t to)
{
	return (struct str){ s->in.p + from, to - from };
}

void outline_keep(struct sieve *s, const struct span *span, bool *any)
{
	sieve_keep(s, cut(s, *any ? span->comma : span->start, span->end));
	*any = true;
}

void outline_write(struct sieve *s, const struct outline *o)
{
	bool any = false;

	sieve_keep(s, STR("{"));
	for (size_t i = 0; i < o->n_members; i++) {
		const struct outline_member *member = &o->member[i];

		if (!member->row || !member->row->write) {
			outline_keep(s, &member->span, &any);
			continue;
		}
		outline_keep(
			s,
			&(struct span){ member->span.comma, member->span.start, member->value + 1 },
			&any);
		member->row->write(s);
		sieve_keep(s, cut(s, member->span.end - 1, member->span.end));
	}
	sieve_keep(s, STR("}"));
}
