/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "eco/eco.h"
#include "egress/gate.h"

/*
 * What metadata said, for artifacts that are asked for later: of each version, or file, when it was
 * published and what its bytes are. What was not used for longest goes first.
 */
enum {
	SHELF_SLOTS = 1024,
	SHELF_MAX = 24 << 20, /* bytes */
	SHELF_SOURCE = 320,
};

struct item_on_shelf {
	uint32_t key;	  /* offset of its name: a version, or a file, */
	uint32_t version; /* and of the version that this is of */
	enum time_source time;
	int64_t published;
	struct digest digest;
	bool prerelease, yanked, deprecated, scripts, foreign;
};

/* One package. */
struct shelved {
	struct shelved *next; /* in its slot */
	const struct ecosystem *ecosystem;
	char source[SHELF_SOURCE]; /* who said it: a registry, under one edition of the policy */
	char name[PACKAGE_NAME_MAX + 1];
	uint64_t used;
	unsigned users; /* documents that are being put into it */
	struct item_on_shelf *item;
	size_t n, cap;
	char *keys;
	size_t n_keys, cap_keys;
	bool asked;				 /* a client of our own is fetching it */
	char asked_for[PACKAGE_VERSION_MAX + 1]; /* where metadata is by version */
	bool told, missing;   /* the metadata that was fetched has been read; or there is none */
	struct gate *waiting; /* for that */
};

struct shelf {
	struct shelved *slot[SHELF_SLOTS];
	size_t bytes;
	uint64_t n_uses;
};

/* What is known of the version, or file, that @gate is about. */
bool shelf_find(const struct gate *gate, struct package_facts *facts);

/* Has them fetched; @gate is resumed then. @req: the request that waits. */
void shelf_ask(struct gate *gate, const struct http_request *req);

/*
 * New metadata of the package that @gate is about takes the place of what was known of it, or,
 * where it is by version, of the version: shelf_begin(), then each version, then shelf_end(), which
 * is told whether all of it was understood: else nothing of it is.
 */
struct shelved *shelf_begin(const struct gate *gate);
void shelf_add(struct shelf *shelf, struct shelved *to, const struct package_facts *facts);
void shelf_end(struct shelf *shelf, struct shelved *to, bool good);

/* There is no metadata of what @gate, which is of a client of our own, is about. */
void shelf_missing(const struct gate *gate);

/* fetch.c calls it: there is no more to come. */
void shelf_answered(struct shelved *of);
