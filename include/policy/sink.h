/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/mem.h"
#include "wire/url.h"

/*
 * Where the log goes besides its file, as [audit] sink= has it:
 *
 *	journald[:PATH]
 *	syslog:unix:PATH   syslog:tcp:HOST:PORT   syslog:tls:HOST:PORT
 *	otlp:http://HOST:PORT[/PATH]   otlp:https://HOST[:PORT][/PATH] [header-file=FILE]
 *
 * What is recorded tells what a task reached and fetched, and an answer says that it was taken; so
 * without TLS it goes to this machine only. And only with TLS are there headers that prove who
 * sends: they are lines of a file that stays outside of the box.
 */

enum sink_kind { SINK_NONE, SINK_JOURNALD, SINK_SYSLOG, SINK_OTLP };
enum sink_way { SINK_UNIX, SINK_TCP, SINK_TLS };

enum {
	SINKS_MAX = 8,
	SINK_PATH_MAX = 108 /* sizeof(sun_path) */,
	SINK_FILE_MAX = 256,
	SINK_TEXT_MAX = 768
};

struct sink {
	enum sink_kind kind;
	enum sink_way way;
	char path[SINK_PATH_MAX];	 /* of the socket, or of the URL */
	struct authority at;		 /* unless it is a socket; with its port */
	char header_file[SINK_FILE_MAX]; /* or "" */
};

/* Returns NULL, or what is wrong with @text: static text for a person. */
const char *sink_parse(struct str text, struct sink *sink);

/* Adds the canonical text; SINK_TEXT_MAX bytes are enough. */
void sink_write(const struct sink *sink, struct buf *out);
