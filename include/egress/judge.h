/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "egress/flow.h"
#include "wire/http.h"
#include "wire/tls.h"

/* What a client says first, and what follows from it. Pure. */

/*
 * Which protocol @in is the start of, on @port. Returns false: too little of it is there to say.
 * On ports 80 and 443 it is what belongs there, or TLS; elsewhere what is neither TLS nor HTTP
 * is PROTOCOL_TCP, of which nothing more is known.
 */
bool judge_protocol(struct str in, uint16_t port, enum flow_protocol *protocol);

/*
 * Why a TLS client that may connect to @to must not go on with this ClientHello; NULL: it may.
 * @open: it is answered by us. Static text for a person.
 */
const char *judge_hello(const struct tls_hello *hello, const struct request *to, bool open);

/* The same for one HTTP request on a connection to @to. */
const char *judge_request(const struct http_request *req, const struct request *to);
