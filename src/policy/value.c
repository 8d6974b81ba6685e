/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/value.h"

#include <string.h>

#include "policy/environment.h"
#include "policy/rules.h"
#include "policy/sink.h"
#include "policy/syscalls.h"
#include "wire/url.h"

static bool has(struct str s, char c)
{
	return s.n && memchr(s.p, c, s.n);
}

static const char *keep(struct str in, struct arena *arena, struct value *out)
{
	out->text = arena_strndup(arena, in.p, in.n);
	return NULL;
}

/* Units of a number, smallest first; the largest that divides it is the canonical one. */
struct scale {
	struct {
		char name;
		uint64_t factor;
	} unit[4];
	uint64_t max;
	const char *wrong;
};

static const char *read_scaled(const struct scale *scale, struct str in, struct arena *arena,
			       struct value *out)
{
	struct str digits = { in.p, in.n - 1 };
	unsigned long number;

	if (str_is(in, "none"))
		return keep(in, arena, out);
	for (size_t i = 0; i < LEN(scale->unit); i++) {
		uint64_t factor = scale->unit[i].factor;

		if (in.p[digits.n] == scale->unit[i].name &&
		    str_to_ulong(digits, scale->max / factor, &number) == 0)
			out->number = number * factor;
	}
	if (out->number == 0)
		return scale->wrong;
	for (size_t i = 0; i < LEN(scale->unit); i++) {
		number = out->number / scale->unit[i].factor;
		if (number * scale->unit[i].factor == out->number)
			out->text = arena_printf(arena, "%lu%c", number, scale->unit[i].name);
	}
	return NULL;
}

static const char *read_duration(struct str in, struct arena *arena, struct value *out)
{
	static const struct scale scale = {
		{ { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } },
		3650 * 86400UL,
		"a duration is a number and one of s, m, h, d: 90s, 2h; at most 3650d; or \"none\"",
	};

	return read_scaled(&scale, in, arena, out);
}

static const char *read_size(struct str in, struct arena *arena, struct value *out)
{
	static const struct scale scale = {
		{ { 'K', 1UL << 10 }, { 'M', 1UL << 20 }, { 'G', 1UL << 30 }, { 'T', 1UL << 40 } },
		1UL << 50,
		"a size is a number and one of K, M, G, T: 512M, 2G; at most 1024T; or \"none\"",
	};

	return read_scaled(&scale, in, arena, out);
}

static const char *read_count(struct str in, struct arena *arena, struct value *out)
{
	unsigned long number;

	if (str_is(in, "none"))
		return keep(in, arena, out);
	if (str_to_ulong(in, 1000000000, &number) < 0 || number == 0)
		return "a count is a number from 1 to 1000000000, or \"none\"";
	out->number = number;
	out->text = arena_printf(arena, "%lu", number);
	return NULL;
}

static const char *read_word(const char *const *words, struct str in, struct arena *arena,
			     struct value *out)
{
	char list[200];
	struct buf wanted = BUF(list);

	for (size_t i = 0; words[i]; i++) {
		const char *between = i == 0 ? "" : words[i + 1] ? ", " : " or ";

		if (str_is(in, words[i])) {
			out->number = i;
			out->text = words[i];
			return NULL;
		}
		buf_printf(&wanted, "%s\"%s\"", between, words[i]);
	}
	return arena_printf(arena, "it is %s", list);
}

/* Empty parts, "." and ".." have no place in a path that stands for one thing only. */
static bool is_clean(struct str path)
{
	struct str part, rest = path;
	bool more = true;

	while (more) {
		more = str_cut(rest, '/', &part, &rest);
		if (part.n == 0 || str_is(part, ".") || str_is(part, ".."))
			return false;
	}
	return true;
}

static const char *read_path(struct str in, struct arena *arena, struct value *out)
{
	if (!str_starts(in, "/") && !str_starts(in, "~/"))
		return "a path starts with / or ~/";
	if (has(in, '*') || has(in, '?'))
		return "a path is not a pattern";
	if (!is_clean(str_skip(in, in.p[0] == '/' ? 1 : 2)))
		return "a path names something below / or ~/, without \"//\", \".\", \"..\" and "
		       "without a slash at its end";
	return keep(in, arena, out);
}

static const char *read_absolute(struct str in, struct arena *arena, struct value *out)
{
	return in.p[0] == '/' ? read_path(in, arena, out) : "the path starts with /";
}

static const char *read_profile(struct str in, struct arena *arena, struct value *out)
{
	if (has(in, '/') && in.p[0] != '/')
		return "it is the name of a profile or an absolute path";
	return keep(in, arena, out);
}

/* A bracket closes in its own part of the path: fnmatch(3) takes one that does not as it stands. */
static bool has_open_bracket(struct str part)
{
	for (size_t i = 0; i < part.n; i++) {
		if (part.p[i] != '[')
			continue;
		i += i + 1 < part.n && part.p[i + 1] == '!' ? 3 : 2; /* "[]a]" and "[!]a]" */
		while (i < part.n && part.p[i] != ']')
			i++;
		if (i >= part.n)
			return true;
	}
	return false;
}

static const char *read_pattern(struct str in, struct arena *arena, struct value *out)
{
	struct str part, rest = in;
	bool more = true;

	if (in.p[0] == '/' || str_starts(in, "~/"))
		return "it lies in the workspace, so it starts with neither / nor ~/";
	if (in.p[0] == '!' || has(in, '\\'))
		return "'!' for exceptions and '\\' have no meaning in a pattern";
	if (!is_clean(in))
		return "a pattern has no \"//\", \".\", \"..\" and no slash at its end";
	if (memmem(in.p, in.n, "**", 2))
		return "\"**\" has no meaning: a pattern without a slash is found at any depth";
	while (more) {
		more = str_cut(rest, '/', &part, &rest);
		if (has_open_bracket(part))
			return "a '[' has no ']'";
	}
	if (str_starts(in, ".git/") && (has(in, '*') || has(in, '?') || has(in, '[')))
		return "nothing is searched in .git: name the path in full";
	if (strspn(arena_strndup(arena, in.p, in.n), "*?/") == in.n)
		return "it would cover the whole workspace";
	return keep(in, arena, out);
}

/* environ(7), and what a shell takes for a name. */
static bool is_variable(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i], lower = (char)(c | 0x20);

		if (!((lower >= 'a' && lower <= 'z') || c == '_' || (i && c >= '0' && c <= '9')))
			return false;
	}
	return s.n > 0;
}

static const char *check_variable(struct str name)
{
	if (!is_variable(name))
		return "the name of a variable has letters, digits and '_'";
	if (str_starts(name, "AGENTBOX") || str_is(name, "PWD"))
		return "agentbox sets this variable itself";
	return NULL;
}

static const char *read_variable(struct str in, struct arena *arena, struct value *out)
{
	struct str name = { in.p, in.n - str_ends(in, "*") };
	const char *wrong =
		name.n ? check_variable(name) : "the whole environment cannot be passed";

	if (!wrong && environment_is_loader(name))
		wrong = "variables of the dynamic loader are never passed";
	return wrong ? wrong : keep(in, arena, out);
}

static const char *read_assignment(struct str in, struct arena *arena, struct value *out)
{
	struct str name, value;
	const char *wrong;

	if (!str_cut(in, '=', &name, &value))
		return "a variable is set as NAME=VALUE";
	wrong = check_variable(name);
	return wrong ? wrong : keep(in, arena, out);
}

static const char *read_rule(struct str in, struct arena *arena, struct value *out)
{
	const char *wrong;
	struct rule rule;

	wrong = rule_parse(in, arena, &rule);
	out->text = rule.text;
	return wrong;
}

static const char *read_denial(struct str in, struct arena *arena, struct value *out)
{
	const char *wrong = read_rule(in, arena, out);

	if (!wrong && rule_bare(str_of(out->text)).n < strlen(out->text))
		wrong = "of what is denied there is nothing to cap";
	return wrong;
}

static const char *read_host(struct str in, struct arena *arena, struct value *out)
{
	const char *wrong;
	struct rule rule;

	wrong = rule_parse(in, arena, &rule);
	out->text = rule.text;
	if (!wrong && (rule.path || rule.caps.set))
		wrong = "a host alone, without scheme, path and caps";
	return wrong;
}

static const char *read_port(struct str in, struct arena *arena, struct value *out)
{
	unsigned long port;

	if (str_to_ulong(in, UINT16_MAX, &port) < 0 || port == 0)
		return "a port is a number from 1 to 65535";
	if (port == 53)
		return "port 53 belongs to the box's own name server";
	out->number = port;
	out->text = arena_printf(arena, "%lu", port);
	return NULL;
}

static const char *read_publish(struct str in, struct arena *arena, struct value *out)
{
	struct value host_port = { 0 }, port = { 0 };
	struct str left, right;
	const bool both = str_cut(in, ':', &left, &right);
	const char *wrong = read_port(left, arena, &host_port);

	if (!wrong && both)
		wrong = read_port(right, arena, &port);
	if (wrong)
		return arena_printf(arena, "PORT, or HOST-PORT:PORT: %s", wrong);
	out->text = both && strcmp(host_port.text, port.text) != 0
			    ? arena_printf(arena, "%s:%s", host_port.text, port.text)
			    : host_port.text;
	return NULL;
}

struct published value_published(const char *text)
{
	struct str host_port, port;
	unsigned long a = 0, b = 0;

	if (!str_cut(str_of(text), ':', &host_port, &port))
		port = host_port;
	str_to_ulong(host_port, UINT16_MAX, &a);
	str_to_ulong(port, UINT16_MAX, &b);
	return (struct published){ (uint16_t)a, (uint16_t)b };
}

static const char *read_proxy(struct str in, struct arena *arena, struct value *out)
{
	if (str_is(in, "none"))
		return keep(in, arena, out);
	if (str_is(in, "80") || str_is(in, "443"))
		return "this port leads to the hosts themselves";
	return read_port(in, arena, out);
}

static const char *read_upstream(struct str in, struct arena *arena, struct value *out)
{
	static const char scheme[] = "http://";
	char space[HOST_MAX + 16];
	struct buf text = BUF(space);
	struct authority at;

	if (!str_starts(in, scheme))
		return "a proxy is named as http://HOST:PORT";
	in = str_skip(in, strlen(scheme));
	if (has(in, '@'))
		return "credentials are no part of a profile: upstream-proxy-auth=file:PATH";
	if (url_authority(in, &at) < 0 || at.port == 0)
		return "a proxy is named as http://HOST:PORT, and nothing more";
	buf_puts(&text, scheme);
	url_write_authority(&at, &text);
	out->text = arena_strdup(arena, text.p);
	return NULL;
}

static const char *read_credentials(struct str in, struct arena *arena, struct value *out)
{
	static const char scheme[] = "file:";
	const char *wrong;

	if (!str_starts(in, scheme) || in.n == strlen(scheme))
		return "it is file:PATH";
	wrong = read_absolute(str_skip(in, strlen(scheme)), arena, out);
	return wrong ? wrong : keep(in, arena, out);
}

static const char *read_sink(struct str in, struct arena *arena, struct value *out)
{
	char space[SINK_TEXT_MAX];
	struct buf text = BUF(space);
	struct sink sink;
	const char *wrong = sink_parse(in, &sink);

	if (wrong)
		return wrong;
	sink_write(&sink, &text);
	out->text = arena_strdup(arena, text.p);
	return NULL;
}

static const char *read_cache(struct str in, struct arena *arena, struct value *out)
{
	static const char seed[] = "seed:";
	const char *wrong;

	if (str_is(in, "none") || str_is(in, "private"))
		return keep(in, arena, out);
	if (!str_starts(in, seed) || in.n == strlen(seed))
		return "it is \"none\", \"private\" or seed:PATH";
	wrong = read_path(str_skip(in, strlen(seed)), arena, out);
	return wrong ? wrong : keep(in, arena, out);
}

static const char *read_denied(struct str in, struct arena *arena, struct value *out)
{
	const char *wrong = syscalls_check(in, false);

	return wrong ? wrong : keep(in, arena, out);
}

static const char *read_allowed(struct str in, struct arena *arena, struct value *out)
{
	const char *wrong = syscalls_check(in, true);

	return wrong ? wrong : keep(in, arena, out);
}

const char *value_read(const struct value_type *type, struct str in, struct arena *arena,
		       struct value *out)
{
	*out = (struct value){ 0 };
	return type->words ? read_word(type->words, in, arena, out) : type->read(in, arena, out);
}

bool value_same(const struct value_type *type, const char *a, const char *b)
{
	struct str x, y, value;

	if (type != &value_rule && type != &value_assignment)
		return !strcmp(a, b);
	x = str_of(a);
	y = str_of(b);
	if (type == &value_rule) {
		x = rule_bare(x);
		y = rule_bare(y);
	} else {
		str_cut(x, '=', &x, &value);
		str_cut(y, '=', &y, &value);
	}
	return str_eq(x, y);
}

const struct value_type value_text = { "text", keep };
const struct value_type value_count = { "count", read_count, .number = true };
const struct value_type value_size = { "size", read_size, .number = true };
const struct value_type value_duration = { "duration", read_duration, .number = true };
const struct value_type value_profile = { "profile", read_profile };
const struct value_type value_pattern = { "pattern", read_pattern };
const struct value_type value_path = { "path", read_path };
const struct value_type value_absolute = { "absolute path", read_absolute };
const struct value_type value_variable = { "variable", read_variable };
const struct value_type value_assignment = { "NAME=VALUE", read_assignment };
const struct value_type value_rule = { "rule", read_rule };
const struct value_type value_denial = { "rule", read_denial };
const struct value_type value_host = { "host", read_host };
const struct value_type value_port = { "port", read_port };
const struct value_type value_publish = { "[PORT:]PORT", read_publish };
const struct value_type value_upstream = { "http://HOST:PORT", read_upstream };
const struct value_type value_credentials = { "file:PATH", read_credentials };
const struct value_type value_cache = { "none, private or seed:PATH", read_cache };
const struct value_type value_sink = { "sink", read_sink };
const struct value_type value_proxy = { "port", read_proxy, .number = true };
const struct value_type value_syscall_denied = { "system call or group", read_denied };
const struct value_type value_syscall_allowed = { "system call or group", read_allowed };
