/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/gate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "egress/document.h"
#include "egress/egress.h"
#include "egress/parcel.h"
#include "egress/redirect.h"
#include "egress/shelf.h"
#include "os/sys.h"

/*
 * Theory of operation
 *
 * The rules have let a request pass; if it goes to a registry, the ecosystem says what it is about,
 * and package_decide() whether it may be. Two things then pass in another way than as they come.
 *
 *   Metadata is asked for in full, in plain or packed (gzip), read whole, and sent on without the
 *   versions that are denied (document.c). What it says of each version is kept (shelf.c).
 *
 *   An artifact is judged by itself: a lock file has clients skip the metadata. What is not on the
 *   shelf is asked for, by a client of our own (fetch.c) whose requests are judged like any other;
 *   meanwhile the request stays where it is, unread. Its bytes are hashed, and the last of them
 *   held back until they are the ones that were promised (parcel.c).
 *
 * All other requests pass as they are, or are refused.
 */

/* What a field may make another request of is none that is known. */
static void classify(struct gate *gate, const struct http_request *req)
{
	const size_t n = strlen(gate->registry->base);
	const struct registry_request in = {
		.method = req->method,
		.role = gate->registry->role,
		.path = { req->path.p + n, req->path.n - n },
		.query = req->query,
		.accept = http_field(&req->head, "Accept"),
	};

	if (req->overrides)
		return;
	gate->registry->ecosystem->classify(&in, &gate->request);
	redirect_recall(gate, req->path);
}

/* The one for this request: that of a request which waited is read again. */
static struct gate *gate_of(struct flow *f, const struct http_request *req)
{
	const struct request to = http_request(f);
	const struct registry *registry = packages_registry(&f->edition->policy.packages, &to);
	struct gate *gate = f->http.gate;

	if (gate && gate->sought)
		return gate;
	gate_end(f);
	if (!registry)
		return NULL;
	gate = calloc(1, sizeof(*gate));
	if (!gate)
		abort(); /* the box has no network any more: nothing passes unjudged */
	gate->flow = f;
	gate->registry = registry;
	classify(gate, req);
	f->http.gate = gate;
	return gate;
}

struct package_decision gate_decide(const struct gate *gate, const struct package_facts *facts)
{
	static const char failed[] = "the metadata of the registry could not be had";
	const struct packages *packages = &gate->flow->edition->policy.packages;
	const struct lockfiles *lockfiles = &gate->flow->egress->lockfiles;
	const struct package_question question = {
		.registry = gate->registry,
		.request = &gate->request,
		.facts = facts,
		.sought = gate->sought,
		.now = date_ms(),
		.used = gate->flow->egress->used,
		.counted = packages->terms.max_add && lockfiles_counted(gate),
		.locked = lockfiles->known ? &lockfiles->locked : NULL,
	};
	struct package_decision d = package_decide(packages, &question);

	if (d.verdict != VERDICT_ALLOW && gate->sought && gate->failed && !facts)
		memcpy(d.reason, failed, sizeof(failed));
	return d;
}

/* Also for a caller who knows nothing of packages. */
void gate_put(struct gate *gate, const struct package_decision *from, struct decision *to)
{
	const struct rules *rules = &gate->flow->edition->policy.rules;
	const struct package_question question = { .registry = gate->registry,
						   .request = &gate->request };
	struct buf text = BUF(gate->text);

	package_purl(&question, &text);
	buf_puts(&text, text.n ? ": " : "");
	buf_puts(&text, from->reason);
	to->verdict = from->verdict;
	to->pass = rules->audit;
	to->rule = from->line == PACKAGE_LINE_NONE ? RULE_NONE : (int)rules->n + from->line;
	to->reason = gate->text;
	to->package = true;
	gate->flow->http.json |= gate->registry->ecosystem->json_errors;
}

static void let_through(struct gate *gate)
{
	struct egress *eg = gate->flow->egress;

	gate_record_published(gate);
	if (gate->flow->edition->policy.packages.terms.max_add && gate->change &&
	    !strcmp(gate->change, "add") && gate->request.kind == PACKAGE_ARTIFACT)
		eg->used.added += lockfiles_count(gate);
}

int gate_judge(struct flow *f, const struct http_request *req, bool first,
	       struct decision *decision)
{
	struct gate *gate = gate_of(f, req);
	struct package_decision d;

	if (!gate)
		return 0;
	if (lockfiles_await(gate, first) || search_await(gate, first))
		return first ? 0 : GATE_WAIT;
	gate->known = shelf_find(gate, &gate->facts);
	d = gate_decide(gate, gate->known ? &gate->facts : NULL);
	if (d.undecided && !first)
		shelf_ask(gate, req);
	if (d.undecided)
		return first ? 0 : GATE_WAIT;
	gate->change = d.change;
	if (d.verdict == VERDICT_ALLOW) {
		if (!first)
			let_through(gate);
		return 0;
	}
	gate_put(gate, &d, decision);
	gate_record_denied(gate, &d);
	return gate->missing ? GATE_MISSING : 0;
}

/* Which version has a tag is known once all of them are. */
static struct str whole_path(struct gate *gate)
{
	struct buf path = BUF(gate->path);
	struct document_at at = { .path = path };

	buf_puts(&at.path, gate->registry->base);
	gate->registry->ecosystem->locate(&gate->request, &at);
	return at.path.full ? STR("/") : (struct str){ at.path.p, at.path.n };
}

/*
 * What passes as it is, is asked for as it is. Facts are about whole documents, in a form that is
 * understood, and about whole artifacts.
 */
void gate_edit(const struct flow *f, struct http_edit *edit)
{
	static const char *const left_out[] = { "Range", "If-Range", "If-None-Match",
						"If-Modified-Since" };
	struct gate *gate = f->http.gate;
	const bool metadata = gate && gate->request.kind == PACKAGE_METADATA;
	size_t n = 0;

	if (!metadata && !(gate && gate->request.kind == PACKAGE_ARTIFACT))
		return;
	for (size_t i = 0; i < LEN(left_out); i++)
		gate->set[n++] = (struct http_field){ str_of(left_out[i]), { 0 } };
	gate->set[n++] = (struct http_field){ STR("Accept-Encoding"),
					      metadata ? STR("gzip") : STR("identity") };
	if (metadata)
		gate->set[n++] = (struct http_field){ STR("Accept"),
						      str_of(gate->registry->ecosystem->accept) };
	edit->set = gate->set;
	edit->n_set = n;
	if (gate->request.tag[0])
		edit->path = whole_path(gate);
}

static void wait_no_more(struct gate *gate)
{
	if (!gate || !gate->prev)
		return;
	*gate->prev = gate->next;
	if (gate->next)
		gate->next->prev = gate->prev;
	gate->next = NULL;
	gate->prev = NULL;
}

void gate_leave(struct flow *f)
{
	wait_no_more(f->http.gate);
}

/* Others have their turn first. */
void gate_resume(struct gate *gate)
{
	struct relay *r = &gate->flow->relay;

	wait_no_more(gate);
	gate->half->asks = true;
	deadline_set(r->relays->loop, &r->relays->again, &r->again);
}

void gate_wait(struct gate *gate, struct half *half, struct gate **list)
{
	gate->half = half;
	half->asks = false;
	gate->next = *list;
	gate->prev = list;
	if (gate->next)
		gate->next->prev = &gate->next;
	*list = gate;
}

bool gate_takes(const struct flow *f, const struct http_response *res)
{
	const struct gate *gate = f->http.gate;

	if (gate && f->inward && (res->status == 404 || res->status == 410))
		shelf_missing(gate);
	if (!gate || f->http.head || res->status < 200 || res->status > 299)
		return false;
	return gate->request.kind == PACKAGE_METADATA ||
	       (gate->request.kind == PACKAGE_ARTIFACT && gate->known);
}

/* What is not a whole document in plain cannot be judged. */
static int begin(struct flow *f, struct half *h, const struct http_response *res)
{
	const struct str encoding = http_field(&res->head, "Content-Encoding");
	struct gate *gate = f->http.gate;
	const bool metadata = gate->request.kind == PACKAGE_METADATA;
	const bool packed = metadata && str_eq_nocase(encoding, STR("gzip"));

	if (res->status != 200 ||
	    (encoding.p && !packed && !str_eq_nocase(encoding, STR("identity"))))
		return http_bad_answer(f, 502,
				       "the registry answers in a form that it was not "
				       "asked for");
	http_body_init(&f->http.down, &res->head);
	if (metadata)
		return document_begin(gate, h, &res->head, packed);
	return parcel_begin(gate, h, res);
}

bool gate_moves(const struct flow *f)
{
	const struct gate *gate = f->http.gate;

	return gate && (gate->document || gate->parcel);
}

int gate_move(struct flow *f, struct half *h, const struct http_response *res)
{
	struct gate *gate = f->http.gate;

	if (res)
		return begin(f, h, res);
	return gate->document ? document_move(gate, h) : parcel_move(gate, h);
}

void gate_end(struct flow *f)
{
	struct gate *gate = f->http.gate;

	if (!gate)
		return;
	f->http.gate = NULL;
	wait_no_more(gate);
	document_free(gate);
	parcel_free(gate);
	free(gate);
}
