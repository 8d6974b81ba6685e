/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/mem.h"
#include "wire/host.h"

enum verdict {
	VERDICT_DENY,
	VERDICT_ALLOW,
	VERDICT_ASK, /* denied until somebody answers */
	N_VERDICTS
};

const char *verdict_name(enum verdict v);

/* Where a line of a profile stands. */
struct where {
	const char *file;
	unsigned line;
};

enum scheme { SCHEME_NONE, SCHEME_HTTP, SCHEME_HTTPS, N_SCHEMES };

/* How much a rule allows; all-zero: no matter how much. */
struct caps {
	unsigned set;	     /* enum cap: those of the following that hold */
	uint64_t max_upload; /* bytes of the body of one request */
	uint32_t requests;   /* in @per seconds, beginning with the first of them */
	uint32_t per;
	uint64_t bytes; /* both ways, in the whole task */
};

enum cap { CAP_UPLOAD = 1 << 0, CAP_REQUESTS = 1 << 1, CAP_BYTES = 1 << 2 };

/* One `allow=` or `deny=` of [egress]: about a host, or, with a path, about requests to it. */
struct rule {
	enum verdict verdict;
	bool subdomains;  /* *.host: any name below it, not itself */
	const char *host; /* canonical; NULL when the rule names a literal address */
	struct addr addr;
	uint16_t port;	    /* 0: 80 and 443 */
	enum scheme scheme; /* of a rule with a path, else SCHEME_NONE */
	uint32_t methods;   /* of a rule with a path: those of rules_method(); 0: all of them */
	const char *path;   /* a glob of policy/rules_path.h, or NULL: whatever is asked for */
	struct caps caps;   /* of what it allows */
	struct where where;
	const char *text; /* canonical, without the key: "*.example.com:443" */
};

/* One `inspect=` or `relay=` of [egress]. */
struct tls_rule {
	struct rule at; /* a host as a whole */
	bool inspect;
};

struct rules {
	const struct rule *rule;
	size_t n;
	const struct tls_rule *tls;
	size_t n_tls;
	const char *digest; /* SHA-256 of the policy's canonical text, or NULL: nobody said */
	bool audit; /* mode=audit: what no rule allows passes, and is judged as if it did not */
};

/* What was asked, as read off the wire; members that the protocol does not have are zero. */
struct request {
	const char *host; /* canonical name, or NULL: then it went to a literal address */
	struct addr addr; /* that address; with a name, what it @resolved to */
	bool resolved;	  /* a name: judge also the address that will be connected to */
	uint16_t port;	  /* 0: not known yet, as in a DNS question: would any port do? */

	struct str path; /* canonical (url_path()); without p: the request is not known yet */
	struct str method;
	enum scheme scheme;
	bool upgrade; /* the connection is to change to WebSocket (RFC 6455, 4.1) */
};

enum { RULE_NONE = -1 };

struct decision {
	enum verdict verdict;
	bool pass; /* let it through: allowed, or denied in mode=audit only on paper */
	int rule;  /* the rule that made it, or RULE_NONE */
	const struct rules *rules; /* those it is one of; NULL: they were not asked */
	const char *reason;	   /* static text for a person, lower case, no full stop */
	bool package;		   /* made by package_decide(): rule is for policy_rule_where() */
	const char *special;	   /* addr_special() of the address that is closed, else NULL */
};

/*
 * The one function that decides. Deny beats allow; among rules of one verdict the most specific
 * explains (exact host before subdomains, longer before shorter, named port before 80 and 443, with
 * a path before without, longer path before shorter, earlier before later). No rule: deny.
 *
 * A rule with a path covers a request that is known. A connection whose request is not known yet is
 * allowed when a rule allows the host as a whole; then rules_need_request() still says whether that
 * is the last word. A DNS question is allowed when some request to that host would be.
 *
 * A name is judged before it is resolved, and again with each address before it is connected to: a
 * rule that denies the literal address denies it, and an address that addr_special() knows is
 * closed, also in mode=audit, unless a rule allows it as a literal.
 */
struct decision rules_decide(const struct rules *rules, const struct request *request);

/*
 * The same for a name that was judged already, with the answer @d, and has been resolved: may it be
 * connected to at request->addr?
 */
struct decision rules_decide_address(const struct rules *rules, const struct request *request,
				     struct decision d);

/*
 * Whether the answer for a connection hangs on what is asked for over it: then each request has to
 * be read and decided, whatever rules_decide() says of the connection, and what cannot be read must
 * not pass.
 */
bool rules_need_request(const struct rules *rules, const struct request *request);

/* A rule about requests over TLS: where one may apply, TLS has to end here. */
static inline bool rule_opens_tls(const struct rule *rule)
{
	return rule->path && rule->scheme == SCHEME_HTTPS;
}

/* Whether the profile wants TLS of this connection to end here, though no rule needs it. */
bool rules_inspect(const struct rules *rules, const struct request *request);

/* Whether there is a connection whose TLS ends here. */
bool rules_open_tls(const struct rules *rules);

/*
 * The rule, or the `inspect=`, that cannot hold together with rules->tls[i], a `relay=`; or NULL.
 */
const struct rule *rules_against_relay(const struct rules *rules, size_t i);

/*
 * Reads "HOST", "*.HOST", "HOST:PORT", "1.2.3.4:PORT", "[v6]:PORT", each also as a URL with a path
 * and with methods: "GET,HEAD http://HOST:PORT/PATH", and then its caps, if it has any:
 * "max-upload=1M requests=60/m bytes=1G". All members of @rule are filled in but its
 * verdict and origin; what they point to is in @arena. Returns NULL, or what is wrong with @text.
 */
const char *rule_parse(struct str text, struct arena *arena, struct rule *rule);

/* The text of a rule without its caps. */
struct str rule_bare(struct str text);

/* What a rule calls a request to change to WebSocket. */
enum { METHOD_UPGRADE = 1 };

/* The bit that stands for a method in rule->methods; 0: no rule can name it. */
uint32_t rules_method(struct str method);

/* Each port costs listeners in the box; a profile that needs more of them is refused. */
enum { RULES_PORTS_MAX = 64 };

/* Ports that need a listener: 80 and 443 and every port a rule names, each once, sorted. */
size_t rules_ports(const struct rules *rules, uint16_t *ports, size_t max);

enum { RULES_HINT_MAX = HOST_MAX + 64 };

/*
 * Adds the profile line that would allow @request: "allow = example.com", "... :8443", or, when the
 * request is known, "allow = GET http://example.com/path". A path that is too long for a line is
 * cut to one that is above it.
 */
void rules_hint(const struct request *request, struct buf *out);
