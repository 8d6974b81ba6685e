/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/sink.h"

#include <string.h>

#define JOURNAL "/run/systemd/journal/socket"
#define LOGS "/v1/logs" /* OTLP/HTTP: the path of the signal */

static const struct scheme {
	const char *prefix;
	enum sink_kind kind;
	enum sink_way way;
	uint16_t port; /* of which nothing has to be said */
} schemes[] = {
	{ "journald", SINK_JOURNALD, SINK_UNIX, 0 },
	{ "syslog:unix:", SINK_SYSLOG, SINK_UNIX, 0 },
	{ "syslog:tcp:", SINK_SYSLOG, SINK_TCP, 0 },
	{ "syslog:tls:", SINK_SYSLOG, SINK_TLS, 6514 }, /* RFC 5425, 4.1 */
	{ "otlp:http://", SINK_OTLP, SINK_TCP, 0 },
	{ "otlp:https://", SINK_OTLP, SINK_TLS, 443 },
};

static const char *read_path(struct str path, struct sink *sink)
{
	if (path.n == 0 || path.p[0] != '/')
		return "a socket is named by an absolute path";
	if (path.n >= sizeof(sink->path))
		return "the path of a socket has at most 107 bytes";
	memcpy(sink->path, path.p, path.n);
	return NULL;
}

static bool is_here(const struct authority *at)
{
	const char *special = at->host[0] ? NULL : addr_special(&at->addr);

	return !strcmp(at->host, "localhost") || (special && !strcmp(special, "loopback"));
}

static const char *read_url_path(struct str path, struct sink *sink)
{
	struct buf out = BUF(sink->path);
	const char *wrong = path.n ? url_path(path, &out) : NULL;

	if (path.n == 0 || str_is(path, "/"))
		memcpy(sink->path, LOGS, sizeof(LOGS));
	return out.full ? "the path is too long" : wrong;
}

static const char *read_host(struct str text, const struct scheme *scheme, struct sink *sink)
{
	const char *slash = memchr(text.p, '/', text.n);
	const size_t n = slash ? (size_t)(slash - text.p) : text.n;

	if (url_authority((struct str){ text.p, n }, &sink->at) < 0)
		return "that is not HOST:PORT";
	if (sink->at.port == 0)
		sink->at.port = scheme->port;
	if (sink->at.port == 0)
		return "the port is missing";
	if (scheme->way == SINK_TCP && !is_here(&sink->at))
		return scheme->kind == SINK_OTLP ? "without TLS only to localhost; others: "
						   "otlp:https://HOST"
						 : "without TLS only to localhost; others: "
						   "syslog:tls:HOST:PORT";
	if (scheme->kind == SINK_OTLP)
		return read_url_path((struct str){ text.p + n, text.n - n }, sink);
	return slash ? "that is not HOST:PORT" : NULL;
}

static const char *read_header_file(struct str option, struct sink *sink)
{
	static const char name[] = "header-file=";

	if (!str_starts(option, name))
		return "behind the URL there is header-file=FILE, or nothing";
	option = str_skip(option, strlen(name));
	if (sink->way != SINK_TLS)
		return "headers that prove who sends are for otlp:https://HOST alone";
	if (!str_starts(option, "/") || option.n >= sizeof(sink->header_file))
		return "header-file= is an absolute path of at most 255 bytes";
	memcpy(sink->header_file, option.p, option.n);
	return NULL;
}

static const char *read_rest(struct str rest, const struct scheme *scheme, struct sink *sink)
{
	if (scheme->way != SINK_UNIX)
		return read_host(rest, scheme, sink);
	if (scheme->kind != SINK_JOURNALD)
		return read_path(rest, sink);
	if (rest.n == 0)
		return read_path(STR(JOURNAL), sink);
	return rest.p[0] == ':' ? read_path((struct str){ rest.p + 1, rest.n - 1 }, sink)
				: "it is journald or journald:PATH";
}

const char *sink_parse(struct str text, struct sink *sink)
{
	const char *wrong = NULL;
	struct str option;

	for (size_t i = 0; i < LEN(schemes); i++) {
		const size_t n = strlen(schemes[i].prefix);

		if (!str_starts(text, schemes[i].prefix))
			continue;
		*sink = (struct sink){ .kind = schemes[i].kind, .way = schemes[i].way };
		text = str_skip(text, n);
		if (sink->kind == SINK_OTLP && str_cut(text, ' ', &text, &option))
			wrong = read_header_file(str_trim(option), sink);
		return wrong ? wrong : read_rest(text, &schemes[i], sink);
	}
	return "it is journald, syslog:unix:PATH, syslog:tcp:HOST:PORT, syslog:tls:HOST:PORT or "
	       "otlp:http(s)://HOST:PORT";
}

void sink_write(const struct sink *sink, struct buf *out)
{
	const struct scheme *scheme = schemes;

	while (scheme->kind != sink->kind || scheme->way != sink->way)
		scheme++;
	buf_puts(out, scheme->prefix);
	if (sink->way != SINK_UNIX)
		url_write_authority(&sink->at, out);
	else if (sink->kind == SINK_JOURNALD && strcmp(sink->path, JOURNAL) != 0)
		buf_puts(out, ":");
	if (sink->kind != SINK_JOURNALD || strcmp(sink->path, JOURNAL) != 0)
		buf_puts(out, sink->path);
	if (sink->header_file[0])
		buf_printf(out, " header-file=%s", sink->header_file);
}
