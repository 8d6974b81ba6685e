/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/fetch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "egress/egress.h"
#include "egress/shelf.h"
#include "os/sys.h"

/*
 * The client writes its request into one end of a pair of sockets; the other end is a flow. What it
 * reads does not matter: the flow's document has told the shelf by then.
 */

enum { REQUEST_MAX = 16 * 1024, IGNORED = 4096 };

struct fetch {
	struct egress *egress;
	struct watch watch;
	struct shelved *about;
};

static void end(struct fetch *fetch)
{
	struct shelved *about = fetch->about;

	loop_forget(&fetch->egress->loop, &fetch->watch);
	close(fetch->watch.fd);
	free(fetch);
	shelf_answered(about);
}

static void ready(struct watch *w, uint32_t events)
{
	struct fetch *fetch = container_of(w, struct fetch, watch);
	char ignored[IGNORED];
	ssize_t n;

	(void)events;
	do
		n = recv(w->fd, ignored, sizeof(ignored), 0);
	while (n > 0);
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		end(fetch);
}

static void write_host(const struct destination *to, const char *host, struct buf *out)
{
	struct authority authority = { .addr = to->addr, .port = to->port };

	if (host)
		memcpy(authority.host, host, strlen(host) + 1);
	if (to->port == 443 || to->port == 80)
		authority.port = 0;
	url_write_authority(&authority, out);
}

/* With the credentials of the request that waits, where they are meant for the same host. */
static void write_request(const struct gate *gate, const struct http_request *req,
			  const struct document_at *at, const struct destination *to,
			  struct buf *out)
{
	const struct str credentials = http_field(&req->head, "Authorization");

	buf_printf(out, "GET %s%s HTTP/1.1\r\nHost: ", gate->registry->base, at->path.p);
	write_host(to, names_text(&gate->flow->egress->names, to->name), out);
	buf_printf(out, "\r\nAccept: %s\r\nUser-Agent: agentbox/" VERSION "\r\n",
		   gate->registry->ecosystem->accept);
	if (credentials.p && !at->host) {
		buf_puts(out, "Authorization: ");
		buf_str(out, credentials);
		buf_puts(out, "\r\n");
	}
	buf_puts(out, "Connection: close\r\n\r\n");
}

/* Where the metadata is: on the host of the artifact, or on another one of the ecosystem. */
static bool locate(const struct gate *gate, const struct document_at *at, struct destination *to)
{
	const struct flow *f = gate->flow;
	struct egress *eg = f->egress;

	*to = (struct destination){
		.addr = f->addr,
		.name = f->name,
		.port = f->port,
		.inward = flow_is_https(f) ? INWARD_HTTPS : INWARD_HTTP,
	};
	if (!at->host)
		return true;
	to->name = names_find(&eg->names, at->host);
	if (to->name < 0)
		to->name = names_add(&eg->names, at->host, true);
	return to->name >= 0;
}

bool fetch_begin(struct gate *gate, const struct http_request *req, struct shelved *about)
{
	struct egress *eg = gate->flow->egress;
	char path[PACKAGE_NAME_MAX * 3 + 64], space[REQUEST_MAX];
	struct document_at at = { .path = BUF(path) };
	struct buf out = BUF(space);
	struct destination to;
	struct fetch *fetch;
	int pair[2];

	if (!gate->registry->ecosystem->locate(&gate->request, &at) || !locate(gate, &at, &to))
		return false;
	write_request(gate, req, &at, &to, &out);
	if (at.path.full || out.full || eg->flows.n_live == eg->flows.max ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return false;
	fetch = calloc(1, sizeof(*fetch));
	if (!fetch)
		abort();
	*fetch = (struct fetch){ eg, { .fd = pair[0], .ready = ready }, about };
	send(pair[0], out.p, out.n, MSG_NOSIGNAL);
	loop_set(&eg->loop, &fetch->watch, EPOLLIN);
	flow_begin(eg, pair[1], &to);
	return true;
}
