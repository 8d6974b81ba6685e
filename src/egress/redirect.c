/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/redirect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "egress/egress.h"

enum { URL_MAX = PACKAGE_FILE_MAX + PACKAGE_NAME_MAX + HOST_MAX + 64 };

/* The parts of a URL; @authority and @path are room for them. */
static bool read_url(struct str url, struct authority *authority, struct buf *path,
		     struct request *out, struct str *out_query)
{
	const size_t n = str_starts(url, "https://") ? strlen("https://") : strlen("http://");
	struct str host, rest;
	const char *query;

	if (!str_starts(url, "https://") && !str_starts(url, "http://"))
		return false;
	if (!str_cut((struct str){ url.p + n, url.n - n }, '/', &host, &rest) ||
	    url_authority(host, authority) < 0)
		return false;
	rest = (struct str){ rest.p - 1, rest.n + 1 };
	query = memchr(rest.p, '?', rest.n);
	if (query)
		*out_query = (struct str){ query, rest.n - (size_t)(query - rest.p) };
	rest.n -= out_query->n;
	if (url_path(rest, path) || path->full)
		return false;
	out->host = authority->host[0] ? authority->host : NULL;
	out->addr = authority->addr;
	out->path = (struct str){ path->p, path->n };
	return true;
}

/*
 * What the request to @url would be, and for which @path, if its registry is of the same ecosystem.
 */
static bool classify(const struct gate *gate, struct str url, struct buf *path,
		     struct package_request *out)
{
	struct registry_request in = { .method = STR("GET") };
	const struct registry *registry;
	struct authority authority;
	struct request to = { 0 };
	size_t n;

	if (!read_url(url, &authority, path, &to, &in.query))
		return false;
	registry = packages_registry(&gate->flow->edition->policy.packages, &to);
	if (!registry || registry->ecosystem != gate->registry->ecosystem)
		return false;
	n = strlen(registry->base);
	in.role = registry->role;
	in.path = (struct str){ to.path.p + n, to.path.n - n };
	registry->ecosystem->classify(&in, out);
	return true;
}

/* Whether @url leads to the same kind of thing, package and, if it is not empty, version. */
static bool is_own(const struct gate *gate, enum package_kind kind, struct str url,
		   struct str version)
{
	struct package_request request = { 0 };
	char space[URL_MAX];
	struct buf path = BUF(space);

	return classify(gate, url, &path, &request) && request.kind == kind &&
	       !strcmp(request.name, gate->request.name) &&
	       (version.n == 0 || str_is(version, request.version) || !request.version[0]);
}

static struct lead *find_lead(const struct gate *gate, struct str path)
{
	struct leads *leads = &gate->flow->egress->leads;

	for (size_t i = 0; i < LEADS; i++) {
		struct lead *lead = &leads->lead[i];

		if (lead->ecosystem == gate->registry->ecosystem && str_is(path, lead->path))
			return lead;
	}
	return NULL;
}

/* An artifact is where its registry leads to: whoever asks for it there is judged for it. */
static bool remember_lead(const struct gate *gate, struct str url)
{
	struct leads *leads = &gate->flow->egress->leads;
	struct package_request request = { 0 };
	char space[URL_MAX];
	struct buf path = BUF(space);
	struct lead *lead;

	if (gate->request.kind != PACKAGE_ARTIFACT || !classify(gate, url, &path, &request) ||
	    !request.stored)
		return false;
	lead = find_lead(gate, (struct str){ path.p, path.n });
	if (!lead)
		lead = &leads->lead[leads->next++ % LEADS];
	free(lead->path);
	*lead = (struct lead){ gate->registry->ecosystem, strdup(path.p), gate->request };
	if (!lead->path)
		abort();
	return true;
}

void redirect_recall(struct gate *gate, struct str path)
{
	const struct lead *lead = gate->request.stored ? find_lead(gate, path) : NULL;
	const unsigned role = gate->request.role;

	if (!lead)
		return;
	gate->request = lead->request;
	gate->request.role = role;
}

/*
 * The target of a redirect, or of a link, as a whole URL. What is relative to a path is not
 * understood.
 */
static struct str whole_url(const struct flow *f, struct str location, struct buf *out)
{
	const struct request to = http_request(f);
	struct authority authority = { .addr = to.addr, .port = to.port };

	buf_puts(out, flow_is_https(f) ? "https:" : "http:");
	if (!str_starts(location, "/"))
		return location;
	if (!str_starts(location, "//")) {
		if (to.host)
			memcpy(authority.host, to.host, strlen(to.host) + 1);
		buf_puts(out, "//");
		url_write_authority(&authority, out);
	}
	buf_str(out, location);
	return out->full ? location : (struct str){ out->p, out->n };
}

bool redirect_link_is_own(const struct gate *gate, struct str url, struct str version)
{
	char page_space[URL_MAX], path_space[URL_MAX], space[URL_MAX];
	struct document_at page = { .path = BUF(page_space) };
	struct buf path = BUF(path_space), whole = BUF(space);

	buf_puts(&page.path, gate->registry->base);
	if (!str_starts(url, "/") && gate->registry->ecosystem->locate(&gate->request, &page) &&
	    url_join((struct str){ page.path.p, page.path.n }, url, &path) == 0)
		url = (struct str){ path.p, path.n };
	return is_own(gate, PACKAGE_ARTIFACT, whole_url(gate->flow, url, &whole), version);
}

/* A registry whose metadata nobody here reads promises no bytes: what is allowed is its name. */
static bool is_of_concern(const struct gate *gate)
{
	const enum package_kind kind = gate->request.kind;

	return gate->registry->ecosystem->locate &&
	       (kind == PACKAGE_METADATA || kind == PACKAGE_VERSION || kind == PACKAGE_ARTIFACT);
}

/* Of several, clients follow the first or the last. */
static bool leads_away(const struct gate *gate, const struct http_head *head)
{
	char space[URL_MAX];
	size_t n = 0;

	for (size_t i = 0; i < head->n_fields; i++) {
		struct buf url = BUF(space);
		struct str target;

		if (!str_eq_nocase(head->field[i].name, STR("Location")))
			continue;
		n++;
		target = whole_url(gate->flow, head->field[i].value, &url);
		if (!is_own(gate, gate->request.kind, target, str_of(gate->request.version)) &&
		    !remember_lead(gate, target))
			return true;
	}
	return n > 1;
}

int redirect_judge(struct flow *f, const struct http_response *res)
{
	const struct packages *packages = &f->edition->policy.packages;
	struct package_decision d = { .reason = "the registry leads elsewhere for it" };
	struct gate *gate = f->http.gate;

	if (!gate || res->status < 300 || res->status > 399 || !is_of_concern(gate) ||
	    !leads_away(gate, &res->head))
		return 0;
	if (gate->request.kind == PACKAGE_ARTIFACT && packages->terms.sources == SOURCES_ANY)
		return 0;
	d.line = packages_line(packages, "sources");
	gate_record_denied(gate, &d);
	if (f->edition->policy.rules.audit)
		return 0;
	gate_put(gate, &d, &f->decision);
	return http_bad_answer(f, 403, gate->text);
}
