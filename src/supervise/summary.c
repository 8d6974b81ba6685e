/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/summary.h"

#include <string.h>

#include "wire/quote.h"

/* FNV-1a: two hosts of the same hash would count as one, which is no harm. */
static uint64_t hash(struct str s)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3;
	return h;
}

static struct summary_host *host_of(struct summary *s, const struct event *ev)
{
	struct str host;
	uint64_t h;

	if (event_get_text(ev, FIELD_HOST, &host) < 0 &&
	    event_get_text(ev, FIELD_ADDRESS, &host) < 0)
		return NULL;
	h = hash(host);
	for (size_t i = 0; i < s->n_hosts; i++)
		if (s->host[i].hash == h)
			return &s->host[i];
	if (s->n_hosts == SUMMARY_HOSTS)
		return NULL;
	s->host[s->n_hosts].hash = h;
	return &s->host[s->n_hosts++];
}

static void note_connection(struct summary *s, const struct event *ev, bool made)
{
	struct summary_host *host = host_of(s, ev);

	if (host && made)
		host->n++;
	else if (host && host->n)
		host->n--;
}

static size_t hosts_reached(const struct summary *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_hosts; i++)
		n += s->host[i].n > 0;
	return n;
}

static void note_file(struct summary *s, struct str file)
{
	char name[sizeof(s->files[0])] = { 0 };

	memcpy(name, file.p, file.n < sizeof(name) ? file.n : sizeof(name) - 1);
	for (size_t i = 0; i < s->n_files; i++)
		if (!strcmp(s->files[i], name))
			return;
	if (s->n_files < SUMMARY_FILES)
		memcpy(s->files[s->n_files], name, sizeof(name));
	s->n_files += s->n_files < SUMMARY_FILES;
}

static void note_change(struct summary *s, const struct event *ev)
{
	struct str package, change, file;

	if (event_get_text(ev, FIELD_FILE, &file) == 0)
		note_file(s, file);
	if (event_get_text(ev, FIELD_PACKAGE, &package) < 0 ||
	    event_get_text(ev, FIELD_CHANGE, &change) < 0)
		return;
	s->added += str_is(change, "add");
	s->removed += str_is(change, "remove");
	s->changed += !str_is(change, "add") && !str_is(change, "remove");
}

void summary_note(struct summary *s, const struct event *ev)
{
	uint64_t verdict;
	const bool judged = event_get_num(ev, FIELD_VERDICT, &verdict) == 0;

	s->kinds[ev->kind]++;
	s->denied += event_is_refusal(ev);
	if ((ev->kind == EVENT_NET_CONNECT && judged && verdict != 0) ||
	    ev->kind == EVENT_NET_FAILED)
		note_connection(s, ev, ev->kind == EVENT_NET_CONNECT);
	if (ev->kind == EVENT_LOCKFILE_CHANGE)
		note_change(s, ev);
}

static void add_count(size_t n, const char *one, const char *many, bool *any, struct buf *out)
{
	if (n == 0)
		return;
	buf_printf(out, "%s%zu %s", *any ? ", " : "", n, n == 1 ? one : many);
	*any = true;
}

static void add_files(const struct summary *s, struct buf *out)
{
	for (size_t i = 0; i < s->n_files; i++) {
		buf_puts(out, i ? ", " : " in ");
		quote_term(out, str_of(s->files[i]));
	}
}

void summary_print(const struct summary *s, const char *task, struct buf *out)
{
	const size_t start = out->n;
	bool any = false;

	add_count(s->kinds[EVENT_PACKAGE_FETCH], "package fetched", "packages fetched", &any, out);
	add_count(s->added, "package added", "packages added", &any, out);
	add_count(s->changed, "package changed", "packages changed", &any, out);
	add_count(s->removed, "package removed", "packages removed", &any, out);
	if (s->n_files && s->added + s->changed + s->removed == 0) {
		buf_puts(out, any ? ", lock files changed" : "lock files changed");
		any = true;
	}
	add_files(s, out);
	add_count(s->kinds[EVENT_LOCKFILE_FINDING] + s->kinds[EVENT_LOCKFILE_UNREAD], "finding",
		  "findings", &any, out);
	add_count(s->kinds[EVENT_PACKAGE_UNTRACKED], "package untracked", "packages untracked",
		  &any, out);
	add_count(s->kinds[EVENT_BUILD_CHANGE], "file that others execute changed",
		  "files that others execute changed", &any, out);
	add_count(s->denied, "request refused", "requests refused", &any, out);
	if (!any)
		return;
	add_count(hosts_reached(s), "host reached", "hosts reached", &any, out);
	buf_printf(out, "; agentbox report %s", task);
	if (out->full)
		out->n = start;
}
