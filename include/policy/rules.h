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
	uint16_t port;	  /* 0: 80 and 443 */
	struct where where;
	const char *text; /* as written, canonical: "allow = *.example.com:443" without the key */
};

struct rules {
	const struct rule *rule;
	size_t n;
	bool audit; /* mode=audit: see rules_decide() */
};

/* What was asked, as read off the wire; members that the protocol does not have are zero. */
struct request {
	const char *host;	/* canonical name, or NULL: then it went to a literal address */
	struct addr addr;
	uint16_t port;
};

enum { RULE_NONE = -1 };

struct decision {
	enum verdict verdict;
	int rule;	      /* the rule that made it, or RULE_NONE */
	const char *reason;   /* static text for a person, lower case, no full stop */
};

/*
 * The one function that decides. Deny beats allow; among rules of one verdict the most specific
 * explains (exact host before subdomains, longer before shorter, named port before 80 and 443).
 * No rule: deny.
 */
struct decision rules_decide(const struct rules *rules, const struct request *request);

/* Reads "HOST", "*.HOST", "HOST:PORT", "[v6]:PORT". Returns NULL, or what is wrong with it. */
const char *rule_parse(struct str text, struct arena *arena, struct rule *rule);

/* Ports that need a listener: 80 and 443 and every port a rule names, each once, sorted. */
size_t rules_ports(const struct rules *rules, uint16_t *ports, size_t max);

/* Adds the profile line that would allow @request: "allow = example.com" or "... :8443". */
void rules_hint(const struct request *request, struct buf *out);
