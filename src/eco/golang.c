/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "eco/eco.h"
#include "eco/members.h"
#include "eco/route.h"
#include "eco/semver.h"
#include "wire/ascii.h"
#include "wire/rfc3339.h"
#include "wire/url.h"

/*
 * Theory of operation
 *
 * The protocol of module proxies (go.dev/ref/mod, "GOPROXY protocol"). Of a module there is a list
 * of its versions, "@v/list", in which nothing else stands; and of each version "@v/VERSION.info",
 * which has a time. That is when the commit was made, which whoever made it may write as they like:
 * TIME_AUTHOR. The list cannot tell young versions, so it is judged by names alone, and the .info,
 * which the go command asks for before anything else of a version, by its time; the go command
 * shows its user why it was denied. A .info may also be asked for by branch or commit, and
 * "@latest" by none: what is judged is the version that the answer has.
 *
 * The module proxy leads who asks for a larger zip to its store, whose paths say nothing of
 * modules.
 *
 * The digest of a zip, as the checksum database has it, is over the files in it: the go command
 * checks that, through us. Nothing here can, without unpacking.
 */

enum role { ANY, SUMS, FEED, STORE };

static const struct route sum_routes[] = {
	{ "GET", "/supported", PACKAGE_INDEX, NULL },
	{ "GET", "/latest", PACKAGE_INDEX, NULL },
	{ "GET", "/lookup/**", PACKAGE_INDEX, NULL },
	{ "GET", "/tile/**", PACKAGE_INDEX, NULL },
};

static const struct route feed_routes[] = {
	{ "GET", "/index", PACKAGE_INDEX, NULL },
};

/* A character of a path or version, also one that is escaped: clients send "%21" for "!". */
static bool take(struct str *in, char *out)
{
	const int octet = url_escaped(*in);
	const size_t size = octet >= 0 ? 3 : 1;

	if (!in->n)
		return false;
	*out = octet >= 0 ? (char)octet : in->p[0];
	*in = (struct str){ in->p + size, in->n - size };
	return *out && (ascii_alnum(*out) || strchr("-._~+!", *out) || (*out == '/' && octet < 0));
}

/* "!a" stands for "A", which paths of files without case need (module.EscapePath). */
static bool unescape(struct str in, char *out, size_t max)
{
	struct buf to = buf_over(out, max);
	char c;

	while (in.n) {
		if (!take(&in, &c) || ascii_lower(c) != c)
			return false;
		if (c == '!') {
			if (!take(&in, &c) || c < 'a' || c > 'z')
				return false;
			c = (char)(c - 'a' + 'A');
		}
		buf_add(&to, &c, 1);
	}
	return to.n && !to.full;
}

static void escape(const char *in, struct buf *out)
{
	for (; *in; in++) {
		const bool upper = ascii_lower(*in) != *in;

		buf_printf(out, "%s%c", upper ? "!" : "", ascii_lower(*in));
	}
}

/* Segments with slashes between them, none of them empty or hidden. */
static bool is_module(struct str path)
{
	struct str segment;
	bool more = true;

	while (more) {
		more = str_cut(path, '/', &segment, &path);
		if (!segment.n || segment.p[0] == '.' || segment.p[segment.n - 1] == '.' ||
		    memchr(segment.p, '+', segment.n))
			return false;
	}
	return true;
}

/* What stands after "/@v/", but for the list. */
static bool read_file(struct str file, struct package_request *out)
{
	static const struct {
		const char *suffix;
		enum package_kind kind;
		bool exact; /* else what is asked for may be a branch or a commit */
	} kinds[] = {
		{ ".info", PACKAGE_METADATA, false },
		{ ".mod", PACKAGE_VERSION, true },
		{ ".zip", PACKAGE_ARTIFACT, true },
	};
	struct semver version;

	for (size_t i = 0; i < LEN(kinds); i++) {
		if (!str_ends(file, kinds[i].suffix))
			continue;
		file.n -= strlen(kinds[i].suffix);
		out->kind = kinds[i].kind;
		return unescape(file, out->version, sizeof(out->version)) &&
		       (!kinds[i].exact || semver_parse_go(str_of(out->version), &version) == 0);
	}
	return false;
}

static bool read_module(struct str path, struct package_request *out)
{
	const char *at = memmem(path.p, path.n, "/@", 2);
	struct str module, rest;

	if (!at)
		return false;
	module = (struct str){ path.p + 1, at == path.p ? 0 : (size_t)(at - path.p) - 1 };
	rest = (struct str){ at, path.n - (size_t)(at - path.p) };
	if (!unescape(module, out->name, sizeof(out->name)) || !is_module(str_of(out->name)))
		return false;
	out->kind = PACKAGE_METADATA;
	if (str_is(rest, "/@v/list") || str_is(rest, "/@latest"))
		return true;
	return str_starts(rest, "/@v/") && read_file((struct str){ rest.p + 4, rest.n - 4 }, out);
}

/* A checksum database through a proxy: "/sumdb/NAME/...". */
static struct str below_sums(struct str path)
{
	struct str name, rest;

	if (!str_starts(path, "/sumdb/"))
		return (struct str){ 0 };
	rest = (struct str){ path.p + strlen("/sumdb/"), path.n - strlen("/sumdb/") };
	if (!str_cut(rest, '/', &name, &rest) || !name.n)
		return (struct str){ 0 };
	return (struct str){ rest.p - 1, rest.n + 1 };
}

static const struct route *find_route(const struct registry_request *in)
{
	const struct str sums = in->role == SUMS ? in->path : below_sums(in->path);
	struct route_parts parts;

	if (in->role == FEED)
		return route_find(feed_routes, LEN(feed_routes), in->method, in->path, &parts);
	return sums.p ? route_find(sum_routes, LEN(sum_routes), in->method, sums, &parts) : NULL;
}

static void classify(const struct registry_request *in, struct package_request *out)
{
	const bool reads = str_is(in->method, "GET") || str_is(in->method, "HEAD");
	const struct route *route = find_route(in);

	if (route)
		out->kind = route->kind;
	else if (in->role != ANY || !reads || !read_module(in->path, out))
		*out = (struct package_request){ .stored = reads && in->role == STORE };
	out->role = in->role;
}

static bool locate(const struct package_request *of, struct document_at *out)
{
	if (of->role == STORE)
		out->host = "proxy.golang.org";
	buf_puts(&out->path, "/");
	escape(of->name, &out->path);
	buf_puts(&out->path, "/@v/");
	escape(of->version, &out->path);
	buf_puts(&out->path, ".info");
	return of->name[0] && of->version[0];
}

static bool info_version(void *of, struct json *j, const struct json_value *v)
{
	struct package_facts *facts = of;

	(void)j;
	facts->version = member_text(v);
	return facts->version.n;
}

static bool info_time(void *of, struct json *j, const struct json_value *v)
{
	struct package_facts *facts = of;

	(void)j;
	if (rfc3339_parse(member_text(v), &facts->published) == 0)
		facts->time = TIME_AUTHOR;
	return true;
}

/* Says whether it may be offered. */
static bool judge(struct sieve *s, struct package_facts *facts)
{
	struct semver version;
	struct str time;
	bool kept;

	s->n_all++;
	if (semver_parse_go(facts->version, &version) < 0)
		return false;
	facts->prerelease = version.pre.n && !semver_go_pseudo(&version, &time);
	kept = s->judge(s->of, facts);
	s->n_kept += kept;
	return kept;
}

static int sift_info(struct sieve *s)
{
	static const struct member_row rows[] = {
		{ "Version", info_version },
		{ "Time", info_time },
	};
	struct package_facts facts = { 0 };
	struct json_value v;
	struct json j;
	bool good;

	json_init(&j, s->in);
	good = json_next(&j, &v) && members_read(&j, rows, LEN(rows), &facts);
	if (json_done(&j) || !good || !facts.version.n)
		return sieve_bad(s, "the metadata is none of a version of a module");
	if (judge(s, &facts))
		sieve_keep(s, s->in);
	return 0;
}

/* Lines, each of which is a version; what is none is left out. */
static int sift_list(struct sieve *s)
{
	enum { SLICE = 64 * 1024 };
	size_t *at = (size_t *)(void *)s->state;
	const size_t until = *at + SLICE;

	while (*at < s->in.n && *at < until) {
		struct str rest = { s->in.p + *at, s->in.n - *at }, line;
		struct package_facts facts = { .time = TIME_LATER };
		const size_t size = str_cut(rest, '\n', &line, &rest) ? line.n + 1 : line.n;

		facts.version = line;
		if (judge(s, &facts))
			sieve_keep(s, (struct str){ line.p, size });
		*at += size;
	}
	return *at < s->in.n ? SIEVE_MORE : 0;
}

static int sift(struct sieve *s)
{
	const struct str start = str_trim(s->in);

	return start.n && start.p[0] == '{' ? sift_info(s) : sift_list(s);
}

static const struct registry_host hosts[] = {
	{ "proxy.golang.org", ANY },
	{ "sum.golang.org", SUMS },
	{ "index.golang.org", FEED },
	{ "storage.googleapis.com/proxy-golang-org-prod", STORE },
	{ 0 },
};

const struct ecosystem eco_golang = {
	.name = "golang",
	.title = "Go",
	.hosts = hosts,
	.accept = "*/*",
	.type = "text/plain; charset=utf-8",
	.empty_is_denied = true,
	.by_version = true,
	.classify = classify,
	.locate = locate,
	.sift = sift,
};
