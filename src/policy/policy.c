/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/contradictions.h"
#include "policy/keys.h"
#include "wire/quote.h"

/*
 * Theory of operation
 *
 * A profile is read in three steps: its lines (ini.c), then the profiles it extends, each by the
 * same steps, then its own entries, one by one against the table of keys (keys.c), whose types
 * read the values (value.c). So what is extended stands before what extends it: lists append,
 * single values replace. A profile that is reached twice is read once, at its first place;
 * otherwise it would undo what was built upon it in between.
 *
 * No fault ends the reading: all of them are told, and then the policy is refused as a whole.
 * Canonical text is the table filled in. It names no other profile, and reading it needs no source.
 */

enum { EXTENDS_DEPTH_MAX = 8, ITEMS_MAX = 4096 };

static_assert(sizeof(enum access) == sizeof(unsigned), "put_single() writes words as unsigned");

struct loader {
	struct policy *policy;
	const struct policy_source *source; /* NULL: nothing can be extended */
	struct complaints *c;
	const char *chain[EXTENDS_DEPTH_MAX + 1]; /* names of the profiles being read */
	size_t depth;
	struct item *seen; /* read to the end */
	size_t n_seen;
};

static void *member(const struct policy *p, const struct key *key)
{
	return (char *)(uintptr_t)p + key->at;
}

static void put_single(struct policy *p, const struct key *key, const struct value *value,
		       struct where where)
{
	p->single[key - keys] = (struct item){ value->text, where };
	if (key->type->number)
		*(uint64_t *)member(p, key) = value->number;
	else if (key->type->words)
		*(unsigned *)member(p, key) = (unsigned)value->number;
	else
		*(const char **)member(p, key) = value->text;
}

/*
 * What is there already stays where it is; a variable that another profile has set changes its
 * value. Returns NULL, or what is wrong with that.
 */
static const char *put_item(struct policy *p, const struct key *key, const char *of,
			    const char *text, struct where where)
{
	struct items *list = member(p, key);

	if (list->n == ITEMS_MAX)
		return "there are more than 4096 of them";
	for (size_t i = 0; i < list->n; i++) {
		struct item *item = &list->item[i];

		if (!item_same_text(item->of, of) ||
		    (key->many && !value_same(key->type, item->text, text)))
			continue;
		if (!strcmp(item->text, text))
			return NULL;
		if (where.line && item->where.file == where.file)
			return arena_printf(&p->arena, "line %u has set it to something else",
					    item->where.line);
		*item = (struct item){ text, where, of };
		return NULL;
	}
	*arena_push(&p->arena, list->item, list->n) = (struct item){ text, where, of };
	return NULL;
}

static const char *put(struct policy *p, const struct key *key, const char *of, const char *text,
		       struct where where)
{
	struct value value;
	const char *wrong = value_read(key->type, str_of(text), &p->arena, &value);

	if (wrong)
		return wrong;
	if (strlen(key->name) + strlen(value.text) + strlen(" = ") > INI_LINE_MAX)
		return "too long for a line of a profile, which has 190 bytes";
	if (key_is_list(key))
		return put_item(p, key, of, value.text, where);
	put_single(p, key, &value, where);
	return NULL;
}

static void init(struct policy *p, const char *name)
{
	p->name = arena_strdup(&p->arena, name);
	p->single = arena_alloc(&p->arena, keys_count() * sizeof(*p->single));
	for (size_t i = 0; i < keys_count(); i++)
		if (keys[i].preset)
			put(p, &keys[i], NULL, keys[i].preset, (struct where){ 0 });
}

/* The line of this file in which a key that has one value was given before, or 0. */
static unsigned given_in_line(const struct ini *ini, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (ini->line[j].key && !strcmp(ini->line[j].key, ini->line[i].key) &&
		    !strcmp(ini->line[j].section, ini->line[i].section) &&
		    item_same_text(ini->line[j].of, ini->line[i].of))
			return ini->line[j].where.line;
	return 0;
}

static void take_line(struct loader *l, const struct ini *ini, size_t i)
{
	const struct ini_line *line = &ini->line[i];
	const struct key *key = key_find(line->section, line->key);
	char sentence[256];
	struct buf text = BUF(sentence);
	const char *wrong;
	unsigned before;

	if (!key) {
		key_explain(line->section, line->key, &text);
		complaint_add(l->c, line->where, "%s", sentence);
		return;
	}
	before = key->many ? 0 : given_in_line(ini, i);
	if (before) {
		complaint_add(l->c, line->where, "\"%s\" has one value, and line %u has given it",
			      line->key, before);
		return;
	}
	wrong = put(l->policy, key, line->of, line->value, line->where);
	if (wrong)
		complaint_add(l->c, line->where, "%s = %s: %s", line->key, line->value, wrong);
}

static void take_lines(struct loader *l, const struct ini *ini)
{
	bool known = false;

	for (size_t i = 0; i < ini->n; i++) {
		const struct ini_line *line = &ini->line[i];
		char sentence[256];
		struct buf text = BUF(sentence);

		if (line->key) {
			if (known)
				take_line(l, ini, i);
			continue;
		}
		known = section_known(line->section, line->of);
		if (!known) {
			section_explain(line->section, &text);
			complaint_add(l->c, line->where, "%s", sentence);
		}
	}
}

/* A bad value is complained of with the other entries; nothing is opened by it. */
static bool extends(const struct ini_line *line, struct arena *arena)
{
	struct value value;

	return line->key && !strcmp(line->section, "profile") && !strcmp(line->key, "extends") &&
	       !value_read(&value_profile, str_of(line->value), arena, &value);
}

/* The one key that says nothing about what is built upon it. */
static void forget_description(struct policy *p)
{
	put_single(p, key_find("profile", "description"), &(struct value){ 0 },
		   (struct where){ 0 });
}

static void load(struct loader *l, const char *name, struct where from);

static void take_text(struct loader *l, const char *file, struct str text)
{
	struct ini ini = { 0 };

	ini_read(&ini, file, text, &l->policy->arena, l->c);
	for (size_t i = 0; i < ini.n; i++)
		if (extends(&ini.line[i], &l->policy->arena))
			load(l, ini.line[i].value, ini.line[i].where);
	forget_description(l->policy);
	take_lines(l, &ini);
}

/* Names the chain from the first time that @name stands in it. */
static void complain_of_circle(struct loader *l, size_t first, const char *name, struct where from)
{
	char chain[800];
	struct buf text = BUF(chain);

	for (size_t i = first; i < l->depth; i++)
		buf_printf(&text, "%s -> ", l->chain[i]);
	complaint_add(l->c, from, "profiles extend each other in a circle: %s%s", chain, name);
}

static bool may_load(struct loader *l, const char *name, struct where from)
{
	for (size_t i = 0; i < l->depth; i++)
		if (!strcmp(l->chain[i], name)) {
			complain_of_circle(l, i, name, from);
			return false;
		}
	for (size_t i = 0; i < l->n_seen; i++)
		if (!strcmp(l->seen[i].text, name))
			return false;
	if (!l->source)
		complaint_add(l->c, from, "canonical text extends nothing");
	else if (l->depth == LEN(l->chain))
		complaint_add(l->c, from, "profiles extend each other more than %d deep",
			      EXTENDS_DEPTH_MAX);
	return l->source && l->depth < LEN(l->chain);
}

static void load(struct loader *l, const char *name, struct where from)
{
	struct arena *arena = &l->policy->arena;
	const char *file = NULL;
	struct str text = { 0 };
	struct err e = { 0 };

	if (!may_load(l, name, from))
		return;
	if (l->source->read(l->source, name, arena, &file, &text, &e) < 0) {
		complaint_add(l->c, from, "%s", e.text);
		return;
	}
	l->chain[l->depth++] = name;
	take_text(l, file, text);
	l->depth--;
	arena_push(arena, l->seen, l->n_seen)->text = name;
}

static struct rule read_rule(struct policy *p, const char *text, struct where where)
{
	struct rule rule;
	const char *wrong = rule_parse(str_of(text), &p->arena, &rule);

	assert(!wrong);
	rule.where = where;
	return rule;
}

static void add_rule(struct policy *p, struct rule **rules, size_t *n, enum verdict verdict,
		     const char *text, struct where where)
{
	struct rule rule = read_rule(p, text, where);

	rule.verdict = verdict;
	*arena_push(&p->arena, *rules, *n) = rule;
}

static void add_tls_rules(struct policy *p, struct tls_rule **tls, const struct items *items,
			  bool inspect)
{
	for (size_t i = 0; i < items->n; i++) {
		struct rule at = read_rule(p, items->item[i].text, items->item[i].where);

		*arena_push(&p->arena, *tls, p->rules.n_tls) = (struct tls_rule){ at, inspect };
	}
}

/* However much of the host is allowed: what is asked of a registry is read. */
static void inspect_registries(struct policy *p, struct tls_rule **tls)
{
	for (size_t i = 0; i < p->packages.n_registries; i++) {
		struct rule at = p->packages.registry[i].at;

		at.path = NULL;
		at.scheme = SCHEME_NONE;
		if (at.port == 80 || at.port == 443)
			at.port = 0;
		*arena_push(&p->arena, *tls, p->rules.n_tls) = (struct tls_rule){ at, true };
	}
}

/*
 * The rules in the order of the canonical text: every process that reads it counts them alike.
 * Returns NULL, or what is wrong with them together.
 */
static const char *make_rules(struct policy *p)
{
	static const char *const loopback[] = { "127.0.0.1", "[::1]" };
	uint16_t ports[RULES_PORTS_MAX + 1];
	struct tls_rule *tls = NULL;
	struct rule *rules = NULL;
	size_t n = 0;

	for (size_t i = 0; i < p->allow.n; i++)
		add_rule(p, &rules, &n, VERDICT_ALLOW, p->allow.item[i].text,
			 p->allow.item[i].where);
	for (size_t i = 0; i < p->deny.n; i++)
		add_rule(p, &rules, &n, VERDICT_DENY, p->deny.item[i].text, p->deny.item[i].where);
	for (size_t i = 0; i < LEN(loopback) * p->host_port.n; i++) {
		const struct item *item = &p->host_port.item[i / LEN(loopback)];

		add_rule(p, &rules, &n, VERDICT_ALLOW,
			 arena_printf(&p->arena, "%s:%s", loopback[i % LEN(loopback)], item->text),
			 item->where);
	}
	packages_make(p);
	for (size_t i = 0; i < p->packages.n_registries; i++) {
		*arena_push(&p->arena, rules, n) = p->packages.registry[i].at;
		rules[n - 1].verdict = VERDICT_ALLOW;
	}
	p->rules = (struct rules){ rules, n, .audit = p->egress_mode == EGRESS_AUDIT };
	add_tls_rules(p, &tls, &p->inspect, true);
	add_tls_rules(p, &tls, &p->relay, false);
	inspect_registries(p, &tls);
	p->rules.tls = tls;
	if (rules_ports(&p->rules, ports, LEN(ports)) > RULES_PORTS_MAX)
		return "the rules of [egress] and the ports of [ports] are more than 64 ports, 80 "
		       "and 443 included";
	return NULL;
}

static int finish(struct policy *p, struct complaints *c)
{
	const char *wrong = make_rules(p);

	if (wrong)
		complaint_add(c, (struct where){ p->name, 0 }, "%s", wrong);
	policy_contradictions(p, c);
	return c->n ? -EINVAL : 0;
}

int policy_load(struct policy *p, const char *name, const struct policy_source *source,
		struct complaints *c)
{
	struct loader l = { .policy = p, .source = source, .c = c };

	init(p, name);
	load(&l, p->name, (struct where){ 0 });
	return finish(p, c);
}

int policy_parse(struct policy *p, struct str text, struct complaints *c)
{
	struct loader l = { .policy = p, .c = c };

	init(p, "policy");
	take_text(&l, p->name, text);
	return finish(p, c);
}

const char *policy_add(struct policy *p, const char *section, const char *name, const char *value,
		       struct where where)
{
	const struct key *key = key_find(section, name);
	const char *wrong;

	assert(key && !key->named);
	if (value[0] == '\0' || quote_unseen(str_of(value)))
		return "it is not printable UTF-8 text";
	wrong = put(p, key, NULL, value, where);
	return wrong ? wrong : make_rules(p);
}

struct where policy_where(const struct policy *p, const char *section, const char *name)
{
	const struct key *key = key_find(section, name);

	assert(key && !key_is_list(key));
	return p->single[key - keys].where;
}

/* What holds without a line is told only where something hangs on it. */
static bool is_moot(const struct policy *p, const struct key *key, const struct item *item)
{
	return !item->where.file && !p->packages.n_registries && !strcmp(key->section, "packages");
}

/* Under which section the lines that follow stand. */
struct heading {
	const char *section, *of;
};

static void print_line(struct heading *last, const struct key *key, const struct item *item,
		       bool origin, struct buf *out)
{
	if (!last->section || strcmp(last->section, key->section) != 0 ||
	    !item_same_text(last->of, item->of))
		buf_printf(out, "%s[%s%s%s]\n", last->section ? "\n" : "", key->section,
			   item->of ? " " : "", item->of ? item->of : "");
	*last = (struct heading){ key->section, item->of };
	if (origin && item->where.file) {
		buf_puts(out, "# ");
		quote_term(out, str_of(item->where.file));
		buf_printf(out, item->where.line ? ":%u\n" : "\n", item->where.line);
	} else if (origin) {
		buf_puts(out, "# built in\n");
	}
	buf_printf(out, "%s = %s\n", key->name, item->text);
}

/* What one name has of the section that begins at @i. */
static void print_named(const struct policy *p, size_t i, const char *of, struct heading *last,
			bool origin, struct buf *out)
{
	const char *section = keys[i].section;

	for (; i < keys_count() && !strcmp(keys[i].section, section); i++) {
		const struct items *list = member(p, &keys[i]);

		for (size_t j = 0; j < list->n; j++)
			if (item_same_text(list->item[j].of, of))
				print_line(last, &keys[i], &list->item[j], origin, out);
	}
}

void policy_print(const struct policy *p, bool origin, struct buf *out)
{
	struct heading last = { 0 };

	for (size_t i = 0; i < keys_count(); i++) {
		const struct key *key = &keys[i];
		const struct items *list = key_is_list(key) ? member(p, key) : NULL;
		const bool begins = i == 0 || strcmp(keys[i - 1].section, key->section) != 0;

		if (list == &p->extends || (key->named && !begins))
			continue;
		for (size_t j = 0; list && j < list->n; j++)
			if (key->named)
				print_named(p, i, list->item[j].of, &last, origin, out);
			else
				print_line(&last, key, &list->item[j], origin, out);
		if (!list && p->single[i].text && strcmp(p->single[i].text, "none") != 0 &&
		    !is_moot(p, key, &p->single[i]))
			print_line(&last, key, &p->single[i], origin, out);
	}
}

void policy_fini(struct policy *p)
{
	arena_fini(&p->arena);
	*p = (struct policy){ 0 };
}
