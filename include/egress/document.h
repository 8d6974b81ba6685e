/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "eco/eco.h"
#include "egress/gate.h"
#include "egress/unpack.h"

/*
 * Metadata on its way: read whole, sifted, sent. All of them together are bounded: each may have
 * DOCUMENT_SMALL bytes; what needs more shares DOCUMENTS_SHARED, but for one, which may have
 * DOCUMENT_MAX. That one always gets to its end, so the others, which wait for room, do too.
 */
enum {
	DOCUMENTS = 24,
	DOCUMENT_SMALL = 1 << 20,
	DOCUMENT_MAX = 64 << 20,
	DOCUMENTS_SHARED = 16 << 20,
	DOCUMENT_NOTICE = 512,
};

struct document {
	enum { DOCUMENT_READ, DOCUMENT_UNPACK, DOCUMENT_SIFT, DOCUMENT_SEND } state;
	char *text; /* as it came; if it came packed, then as it is */
	size_t n, cap;
	struct unpack *unpack; /* NULL: it did not come packed */
	struct str packed;     /* what is left of that */
	size_t n_plain;
	struct sieve sieve;
	size_t piece, off; /* of it: what was sent */
	size_t n_hidden;   /* versions */
	int line;	   /* that hid the first one */
	char notice[DOCUMENT_NOTICE];
};

/* What all share. */
struct documents {
	size_t n, shared;
	struct document *large;
	struct gate *waiting;
};

/* The functions of gate_move(). */
int document_begin(struct gate *gate, struct half *h, const struct http_head *head, bool packed);
int document_move(struct gate *gate, struct half *h);
void document_free(struct gate *gate);
