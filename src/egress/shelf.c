/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/shelf.h"

#include <stdlib.h>
#include <string.h>

#include "egress/egress.h"
#include "egress/fetch.h"

/* FNV-1a. What a box does to its own shelf makes its own requests slow. */
static struct shelved **slot_of(struct shelf *shelf, const char *name)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3;
	return &shelf->slot[(h ^ h >> 32) % SHELF_SLOTS];
}

/* All public hosts of an ecosystem are about the same packages. */
static void write_source(const struct gate *gate, char out[SHELF_SOURCE])
{
	const char *digest = gate->flow->edition->policy.rules.digest;
	struct buf text = buf_over(out, SHELF_SOURCE);

	buf_printf(&text, "%s %s", digest ? digest : "",
		   gate->registry->is_public ? "" : gate->registry->at.text);
}

static struct shelved *find(struct shelf *shelf, const struct gate *gate)
{
	struct shelved *s = *slot_of(shelf, gate->request.name);
	char source[SHELF_SOURCE];

	write_source(gate, source);
	while (s && (s->ecosystem != gate->registry->ecosystem || strcmp(s->source, source) != 0 ||
		     strcmp(s->name, gate->request.name) != 0))
		s = s->next;
	return s;
}

static size_t size_of(const struct shelved *s)
{
	return sizeof(*s) + s->cap * sizeof(*s->item) + s->cap_keys;
}

static void forget(struct shelf *shelf, struct shelved *s)
{
	struct shelved **at = slot_of(shelf, s->name);

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	shelf->bytes -= size_of(s);
	free(s->item);
	free(s->keys);
	free(s);
}

/* The one that was not used for longest and that nobody needs now, or NULL. */
static struct shelved *oldest(const struct shelf *shelf, const struct shelved *but)
{
	struct shelved *found = NULL;

	for (size_t i = 0; i < SHELF_SLOTS; i++)
		for (struct shelved *s = shelf->slot[i]; s; s = s->next)
			if (s != but && !s->asked && !s->users && (!found || s->used < found->used))
				found = s;
	return found;
}

static struct shelved *get(struct shelf *shelf, const struct gate *gate)
{
	struct shelved *s = find(shelf, gate), **slot;

	if (s)
		return s;
	s = calloc(1, sizeof(*s));
	if (!s)
		abort();
	s->ecosystem = gate->registry->ecosystem;
	write_source(gate, s->source);
	memcpy(s->name, gate->request.name, sizeof(s->name));
	slot = slot_of(shelf, s->name);
	s->next = *slot;
	*slot = s;
	shelf->bytes += size_of(s);
	return s;
}

/* Where a version has several files, they are what metadata tells apart. */
static struct str key_in(const struct package_facts *facts)
{
	return facts->file.n ? facts->file : facts->version;
}

/* A request may be about a version of which each file is an item: any of them speaks for it. */
static bool is_asked_for(const struct shelved *s, const struct item_on_shelf *item,
			 const struct package_request *request)
{
	return request->file[0] && item->key != item->version
		       ? !strcmp(s->keys + item->key, request->file)
		       : !strcmp(s->keys + item->version, request->version);
}

bool shelf_find(const struct gate *gate, struct package_facts *facts)
{
	struct shelf *shelf = &gate->flow->egress->shelf;
	struct shelved *s = find(shelf, gate);

	if (!s)
		return false;
	s->used = ++shelf->n_uses;
	for (size_t i = 0; i < s->n; i++) {
		const struct item_on_shelf *item = &s->item[i];

		if (!is_asked_for(s, item, &gate->request))
			continue;
		*facts = (struct package_facts){
			.version = str_of(gate->request.version),
			.file = str_of(gate->request.file),
			.time = item->time,
			.published = item->published,
			.digest = item->digest,
			.prerelease = item->prerelease,
			.yanked = item->yanked,
			.deprecated = item->deprecated,
			.scripts = item->scripts,
			.foreign = item->foreign,
		};
		return true;
	}
	return false;
}

void shelf_ask(struct gate *gate, const struct http_request *req)
{
	struct shelf *shelf = &gate->flow->egress->shelf;
	struct shelved *s = get(shelf, gate);

	gate_wait(gate, &gate->flow->relay.up, &s->waiting);
	if (s->asked)
		return;
	s->asked = true;
	s->told = s->missing = false;
	memcpy(s->asked_for, gate->request.version, sizeof(s->asked_for));
	if (!fetch_begin(gate, req, s))
		shelf_answered(s);
}

void shelf_missing(const struct gate *gate)
{
	get(&gate->flow->egress->shelf, gate)->missing = true;
}

/* Who waits for another version than was asked for asks again. */
void shelf_answered(struct shelved *of)
{
	const bool by_version = of->ecosystem->by_version;

	of->asked = false;
	while (of->waiting) {
		struct gate *gate = of->waiting;

		gate->sought = !by_version || !strcmp(of->asked_for, gate->request.version);
		gate->failed = !of->told;
		gate->missing = of->missing;
		gate_resume(gate);
	}
}

struct shelved *shelf_begin(const struct gate *gate)
{
	struct shelved *s = get(&gate->flow->egress->shelf, gate);

	s->users++;
	if (!s->ecosystem->by_version)
		s->n = s->n_keys = 0;
	return s;
}

static void *grown(void *old, size_t n, size_t size)
{
	void *p = reallocarray(old, n, size);

	if (!p)
		abort();
	return p;
}

static uint32_t add_key(struct shelved *to, struct str key)
{
	const size_t at = to->n_keys;

	if (to->n_keys + key.n + 1 > to->cap_keys) {
		to->cap_keys = 2 * to->cap_keys + key.n + 64;
		to->keys = grown(to->keys, to->cap_keys, 1);
	}
	memcpy(to->keys + at, key.p, key.n);
	to->keys[at + key.n] = '\0';
	to->n_keys += key.n + 1;
	return (uint32_t)at;
}

static bool has_key(const struct shelved *s, size_t i, struct str key)
{
	return str_is(key, s->keys + s->item[i].key);
}

/* The place for what is said of a version: that of what was said before, where that stays. */
static struct item_on_shelf *place_for(struct shelved *to, struct str key)
{
	for (size_t i = 0; to->ecosystem->by_version && i < to->n; i++)
		if (has_key(to, i, key))
			return &to->item[i];
	if (to->n == to->cap) {
		to->cap = 2 * to->cap + 8;
		to->item = grown(to->item, to->cap, sizeof(*to->item));
	}
	to->item[to->n].key = to->item[to->n].version = add_key(to, key);
	return &to->item[to->n++];
}

void shelf_add(struct shelf *shelf, struct shelved *to, const struct package_facts *facts)
{
	const size_t before = size_of(to);
	struct item_on_shelf *item;

	if (facts->time == TIME_LATER)
		return;
	item = place_for(to, key_in(facts));
	if (facts->file.n)
		item->version = add_key(to, facts->version);
	*item = (struct item_on_shelf){
		.key = item->key,
		.version = item->version,
		.time = facts->time,
		.published = facts->published,
		.digest = facts->digest,
		.prerelease = facts->prerelease,
		.yanked = facts->yanked,
		.deprecated = facts->deprecated,
		.scripts = facts->scripts,
		.foreign = facts->foreign,
	};
	shelf->bytes += size_of(to) - before;
}

void shelf_end(struct shelf *shelf, struct shelved *to, bool good)
{
	struct shelved *old;

	to->users--;
	if (!good)
		to->n = to->n_keys = 0;
	to->told |= good;
	to->used = ++shelf->n_uses;
	while (shelf->bytes > SHELF_MAX && (old = oldest(shelf, to)))
		forget(shelf, old);
}
