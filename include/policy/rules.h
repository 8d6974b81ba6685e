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

/* One `allow=` or `deny=` of [egress]. */
struct rule {
	enum verdict verdict;
	bool subdomains;  /* *.host: any name below it, not itself */
	const char *host; /* canonical; NULL when the rule names a literal address */
	struct addr addr;
	uint16_t port; /* 0: 80 and 443 */
	struct where where;
	const char *text; /* canonical, without the key: "*.example.com:443" */
};

struct rules {
	const struct rule *rule;
	size_t n;
	bool audit; /* mode=audit: what no rule allows passes, and is judged as if it did not */
};

/* What was asked, as read off the wire; members that the protocol does not have are zero. */
struct request {
	const char *host; /* canonical name, or NULL: then it went to a literal address */
	struct addr addr; /* that address; with a name, what it @resolved to */
	bool resolved;	  /* a name: judge also the address that will be connected to */
	uint16_t port;	  /* 0: not known yet, as in a DNS question: would any port do? */
};

enum { RULE_NONE = -1 };

struct decision {
	enum verdict verdict;
	bool pass;	     /* let it through: allowed, or denied in mode=audit only on paper */
	int rule;	     /* the rule that made it, or RULE_NONE */
	const char *reason;  /* static text for a person, lower case, no full stop */
	const char *special; /* addr_special() of the address that is closed, else NULL */
};

/*
 * The one function that decides. Deny beats allow; among rules of one verdict the most specific
 * explains (exact host before subdomains, longer before shorter, named port before 80 and 443,
 * earlier before later). No rule: deny.
 *
 * A name is judged before it is resolved, and again with each address before it is connected to: a
 * rule that denies the literal address denies it, and an address that addr_special() knows is
 * closed, also in mode=audit, unless a rule allows it as a literal.
 */
struct decision rules_decide(const struct rules *rules, const struct request *request);

/*
 * Reads "HOST", "*.HOST", "HOST:PORT", "1.2.3.4:PORT", "[v6]:PORT" into @rule, all but its verdict
 * and origin; host and text are in @arena. Returns NULL, or what is wrong with it.
 */
const char *rule_parse(struct str text, struct arena *arena, struct rule *rule);

/* Each port costs listeners in the box; a profile that needs more of them is refused. */
enum { RULES_PORTS_MAX = 64 };

/* Ports that need a listener: 80 and 443 and every port a rule names, each once, sorted. */
size_t rules_ports(const struct rules *rules, uint16_t *ports, size_t max);

/* Adds the profile line that would allow @request: "allow = example.com" or "... :8443". */
void rules_hint(const struct request *request, struct buf *out);
