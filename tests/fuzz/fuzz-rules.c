/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/rules.h"

#include <string.h>

#include "fuzz.h"
#include "policy/ini.h"
#include "policy/rules_path.h"
#include "wire/ascii.h"
#include "wire/url.h"

/*
 * The input is a policy and a request, between NUL bytes: lines of "allow RULE", "deny RULE" and
 * "ask RULE", then method, host or address, port, path, and, for a change to WebSocket, "u".
 */

enum { RULES_MAX = 64, PATH_SPACE = 4096, SLOW_MAX = 200, SEGMENTS_MAX = 256 };

/* A second reader of globs, slow and without tricks: everything decoded first, then compared. */

enum { STAR = 256 };

struct segment {
	uint16_t unit[SEGMENTS_MAX];
	size_t n, written; /* with what was cut off */
	bool any;	   /* "**" */
};

struct segments {
	struct segment segment[SEGMENTS_MAX];
	size_t n;
};

static int hex(const char *p)
{
	return ascii_hex(p[0]) >= 0 && ascii_hex(p[1]) >= 0 ? ascii_hex(p[0]) * 16 + ascii_hex(p[1])
							    : -1;
}

static uint16_t unit_at(const char *p, size_t n, bool loose, size_t *used)
{
	int octet = p[0] == '%' && n >= 3 ? hex(p + 1) : -1;

	*used = octet < 0 ? 1 : 3;
	if (octet < 0)
		octet = (unsigned char)p[0];
	if (loose && octet == '%' && *used == 3 && n >= 5 && hex(p + 3) >= 0) {
		octet = hex(p + 3);
		*used = 5;
	}
	return (uint16_t)(loose && octet < 128 ? ascii_lower((char)octet) : octet);
}

static bool is_nothing(const struct segment *s, int level)
{
	return level > 0 && (level > 2 ? s->n : s->written) == 0;
}

/*
 * Level 0: as it is written; 1: encoded slashes separate; 2: as loose as any origin; 3: and what
 * is only parameters is nothing.
 */
static void take_apart(struct segments *out, struct str s, bool glob, int level, bool parameters)
{
	bool cut = false;
	size_t used;

	out->n = 0;
	for (size_t i = 0; i < s.n; i += used) {
		bool encoded = s.n - i >= 3 && s.p[i] == '%' &&
			       (hex(s.p + i + 1) == '/' || hex(s.p + i + 1) == '\\');
		struct segment *last = out->n ? &out->segment[out->n - 1] : NULL;
		uint16_t unit = unit_at(s.p + i, s.n - i, level > 1, &used);

		if (s.p[i] == '/' || (encoded && level > 0)) {
			cut = false;
			if (last && is_nothing(last, level))
				out->n--;
			assert(out->n < SEGMENTS_MAX);
			last = &out->segment[out->n++];
			last->n = last->written = 0;
			continue;
		}
		last->written++;
		cut |= parameters && level > 1 && unit == ';';
		if (cut)
			continue;
		if (glob && s.p[i] == '*')
			unit = STAR;
		last->unit[last->n++] = unit;
	}
	if (out->n && is_nothing(&out->segment[out->n - 1], level))
		out->n--;
	for (size_t i = 0; i < out->n; i++) {
		struct segment *at = &out->segment[i];

		at->any = glob && at->n == 2 && at->unit[0] == STAR && at->unit[1] == STAR;
	}
}

static bool slow_segment(const struct segment *glob, const struct segment *path)
{
	bool row[SEGMENTS_MAX + 1] = { true };

	for (size_t i = 0; i < glob->n; i++) {
		bool before = row[0];

		row[0] = row[0] && glob->unit[i] == STAR;
		for (size_t j = 1; j <= path->n; j++) {
			bool here = row[j];

			row[j] = glob->unit[i] == STAR
					 ? here || row[j - 1]
					 : before && glob->unit[i] == path->unit[j - 1];
			before = here;
		}
	}
	return row[path->n];
}

static bool slow_segments(const struct segments *glob, const struct segments *path)
{
	bool row[SEGMENTS_MAX + 1] = { true };

	for (size_t i = 0; i < glob->n; i++) {
		bool before = row[0];

		row[0] = row[0] && glob->segment[i].any;
		for (size_t j = 1; j <= path->n; j++) {
			bool here = row[j];

			row[j] = glob->segment[i].any
					 ? here || row[j - 1]
					 : before && slow_segment(&glob->segment[i],
								  &path->segment[j - 1]);
			before = here;
		}
	}
	return row[path->n];
}

static void check_glob(const char *glob, struct str path)
{
	const bool parameters = !strchr(glob, ';') && !strstr(glob, "%3B");
	static struct segments g, p;
	bool covers[4];

	if (path.n > SLOW_MAX || !str_starts(path, "/"))
		return;
	for (int level = 0; level < 4; level++) {
		take_apart(&g, str_of(glob), true, level, parameters);
		take_apart(&p, path, false, level, parameters);
		covers[level] = slow_segments(&g, &p);
	}
	assert(glob_covers(glob, path, false) == (covers[0] && covers[1]));
	assert(glob_covers(glob, path, true) == (covers[0] || covers[1] || covers[2] || covers[3]));
}

/* What was accepted is written in one way, which is accepted and means the same. */
static void check_rule(const struct rule *rule, struct arena *arena)
{
	struct rule again;

	assert(rule_parse(str_of(rule->text), arena, &again) == NULL);
	assert(!strcmp(again.text, rule->text));
	assert(again.port == rule->port && again.methods == rule->methods);
	assert(again.scheme == rule->scheme && again.subdomains == rule->subdomains);
	assert(!rule->path == !again.path && (!rule->path || !strcmp(rule->path, again.path)));
	assert(again.caps.set == rule->caps.set && again.caps.max_upload == rule->caps.max_upload);
	assert(again.caps.requests == rule->caps.requests && again.caps.per == rule->caps.per);
	assert(again.caps.bytes == rule->caps.bytes);
	assert(!rule->caps.set == (rule_bare(str_of(rule->text)).n == strlen(rule->text)));
	assert(!rule->path == !rule->scheme && (rule->path || !rule->methods));
}

static struct rules read_rules(struct str text, struct arena *arena, struct rule rule[RULES_MAX])
{
	struct rules rules = { .rule = rule };
	struct str line, verb, value;
	bool more = true;

	while (more && rules.n < RULES_MAX) {
		more = str_cut(text, '\n', &line, &text);
		if (line.n > INI_LINE_MAX || !str_cut(line, ' ', &verb, &value) ||
		    rule_parse(value, arena, &rule[rules.n]))
			continue;
		check_rule(&rule[rules.n], arena);
		rule[rules.n++].verdict = str_is(verb, "allow")	 ? VERDICT_ALLOW
					  : str_is(verb, "deny") ? VERDICT_DENY
								 : VERDICT_ASK;
	}
	return rules;
}

static bool read_request(struct str *piece, struct request *request, char host[HOST_MAX + 1],
			 struct buf *path)
{
	unsigned long port;

	if (str_to_ulong(piece[2], UINT16_MAX, &port) < 0)
		return false;
	request->port = (uint16_t)port;
	if (host_canon(piece[1], host) == 0)
		request->host = host;
	else if (addr_parse(piece[1], &request->addr) < 0)
		return false;
	if (port == 0 || piece[3].n == 0)
		return true;
	if (str_is(piece[3], "*"))
		buf_puts(path, "*");
	else if (url_path(piece[3], path))
		return false;
	request->path = (struct str){ path->p, path->n };
	request->method = piece[0];
	request->scheme = SCHEME_HTTP;
	request->upgrade = str_is(piece[4], "u");
	return true;
}

static void check_decision(const struct rules *rules, const struct request *request,
			   const struct decision *d)
{
	assert(d->verdict < N_VERDICTS && d->reason);
	assert(d->rule == RULE_NONE || (d->rule >= 0 && (size_t)d->rule < rules->n));
	if (d->rule != RULE_NONE)
		assert(rules->rule[d->rule].verdict == d->verdict);
	else
		assert(d->verdict != VERDICT_ALLOW || request->port == 0);
	assert(d->pass == (d->verdict == VERDICT_ALLOW || (rules->audit && !d->special)));
	assert(!d->special || d->verdict != VERDICT_ALLOW);
}

/* Each denial wins alone: without it the rest may allow, with it nothing does. */
static void check_precedence(const struct rules *rules, const struct request *request,
			     const struct decision *d)
{
	for (size_t i = 0; i < rules->n; i++) {
		const struct rules alone = { .rule = &rules->rule[i], .n = 1 };
		struct decision one = rules_decide(&alone, request);

		if (one.rule == 0 && one.verdict == VERDICT_DENY && request->port)
			assert(d->verdict == VERDICT_DENY);
		if (one.rule == 0 && one.verdict == VERDICT_ALLOW && d->rule == RULE_NONE)
			assert(!request->port);
	}
}

/* A connection that is told nothing of requests is told the same as they are. */
static void check_connection(const struct rules *rules, const struct request *request,
			     const struct decision *d)
{
	struct request connection = *request;

	connection.path = connection.method = (struct str){ 0 };
	connection.upgrade = false;
	assert(rules_need_request(rules, &connection) == rules_need_request(rules, request));
	if (request->port && !request->upgrade && !rules_need_request(rules, &connection)) {
		struct decision of_all = rules_decide(rules, &connection);

		assert((of_all.verdict == VERDICT_ALLOW) == (d->verdict == VERDICT_ALLOW));
		assert(d->verdict != VERDICT_ALLOW ||
		       !memcmp(&rules->rule[of_all.rule].caps, &rules->rule[d->rule].caps,
			       sizeof(struct caps)));
	}
}

/* The hint is a line of a profile, and with it what was refused for want of a rule is allowed. */
static void check_hint(struct rules rules, struct rule *rule, const struct request *request,
		       const struct decision *d, struct arena *arena)
{
	char text[RULES_HINT_MAX];
	struct buf out = BUF(text);
	struct decision after;

	rules_hint(request, &out);
	assert(!out.full && str_starts((struct str){ text, out.n }, "allow = "));
	if (d->verdict != VERDICT_DENY || d->rule != RULE_NONE || out.n > INI_LINE_MAX ||
	    request->port == 53 || rules.n == RULES_MAX)
		return;
	if (request->port == 443 && request->path.p)
		return; /* http on port 443 is not spoken */
	assert(!rule_parse(str_of(text + strlen("allow = ")), arena, &rule[rules.n]));
	check_rule(&rule[rules.n], arena);
	rule[rules.n++].verdict = VERDICT_ALLOW;
	after = rules_decide(&rules, request);
	/* no rule about the host as a whole allows a change of protocol */
	assert(after.verdict == VERDICT_ALLOW || (request->upgrade && str_is(request->path, "*")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str piece[6] = { 0 }, rest = { size ? (const char *)data : "", size };
	char host[HOST_MAX + 1], path_space[PATH_SPACE];
	struct buf path = BUF(path_space);
	struct rule rule[RULES_MAX];
	struct request request = { 0 };
	struct arena arena = { 0 };
	struct rules rules;
	struct decision d;

	for (size_t i = 0; i < LEN(piece); i++)
		str_cut(rest, '\0', &piece[i], &rest);
	rules = read_rules(piece[0], &arena, rule);
	if (read_request(piece + 1, &request, host, &path)) {
		for (int audit = 0; audit < 2; audit++) {
			rules.audit = audit;
			d = rules_decide(&rules, &request);
			check_decision(&rules, &request, &d);
		}
		rules.audit = false;
		check_precedence(&rules, &request, &d);
		check_connection(&rules, &request, &d);
		for (size_t i = 0; i < rules.n; i++)
			if (rule[i].path && request.path.p)
				check_glob(rule[i].path, request.path);
		check_hint(rules, rule, &request, &d, &arena);
	}
	arena_fini(&arena);
	return 0;
}
