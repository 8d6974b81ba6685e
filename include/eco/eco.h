/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

/*
 * An ecosystem: what its registries are asked for, and what they answer. One file in src/eco each,
 * `const struct ecosystem eco_NAME`, and NAME in the list of src/meson.build: nothing else knows
 * how many there are. All of it is pure, and reads bytes that nobody vouches for.
 */

/* What a request to a registry is about. */
enum package_kind {
	PACKAGE_UNKNOWN,  /* nobody here knows: denied */
	PACKAGE_METADATA, /* which versions there are of one package: filtered */
	PACKAGE_VERSION,  /* about one version or file: judged like it, passed on as it is */
	PACKAGE_ARTIFACT, /* the bytes of a version: judged, hashed */
	PACKAGE_INDEX,	  /* about the registry: its configuration, its keys, whether it is there */
	PACKAGE_SEARCH,
	PACKAGE_AUDIT,	 /* tells the registry what is in use here */
	PACKAGE_AUTH,	 /* log in, tokens, who am I */
	PACKAGE_PUBLISH, /* changes what others get: publish, unpublish, tag, owner, yank */
	N_PACKAGE_KINDS
};

const char *package_kind_name(enum package_kind kind);

enum { PACKAGE_NAME_MAX = 255, PACKAGE_VERSION_MAX = 255, PACKAGE_FILE_MAX = 511 };

struct package_request {
	enum package_kind kind;
	/* static text: of what is published or denied as unknown, what it is: "unpublish" */
	const char *what;
	char name[PACKAGE_NAME_MAX + 1];       /* as the ecosystem compares names; "": about none */
	char version[PACKAGE_VERSION_MAX + 1]; /* "": about none, or it follows from @file alone */
	char file[PACKAGE_FILE_MAX + 1];   /* where a version has several, or hides in its name */
	char tag[PACKAGE_VERSION_MAX + 1]; /* of metadata: only the version that has it is wanted */
	unsigned role;			   /* of the host; for locate() */
	unsigned form; /* of metadata, that the client takes: the ecosystem's own number */
	bool stored;   /* unknown, but for the artifact that a redirect of its registry names */
};

/* What was asked, as it came off the wire. */
struct registry_request {
	struct str method;
	unsigned role;	   /* of the host: see struct registry_host */
	struct str path;   /* canonical (wire/url.h), below the registry's base; starts with "/" */
	struct str query;  /* with its "?", or empty */
	struct str accept; /* the field Accept, or empty */
};

enum digest_kind {
	DIGEST_NONE,
	DIGEST_MD5,
	DIGEST_SHA1,
	DIGEST_SHA256,
	DIGEST_SHA384,
	DIGEST_SHA512,
	N_DIGEST_KINDS
};

enum { DIGEST_MAX = 64 };

struct digest {
	enum digest_kind kind;
	uint8_t b[DIGEST_MAX];
};

extern const struct digest_row {
	const char *name; /* "sha512" */
	size_t n;	  /* bytes */
} digest_rows[N_DIGEST_KINDS];

/* Who says when something was published. */
enum time_source {
	TIME_NONE,   /* nobody */
	TIME_SERVER, /* the registry, when it got it */
	TIME_AUTHOR, /* whoever made it: a commit, a build */
	TIME_LATER,  /* another document will: this one is judged by the rest */
	N_TIME_SOURCES
};

/* What a document says of one version, or of one file of it. Borrowed from the document. */
struct package_facts {
	struct str version;
	struct str file; /* where a version has several; else empty */
	enum time_source time;
	int64_t published;    /* milliseconds since 1970 */
	struct digest digest; /* of the artifact; the strongest that is told */
	bool prerelease, yanked, deprecated;
	bool scripts;	/* runs something when it is installed */
	struct str url; /* of the artifact, as the document has it; empty: it does not say */
	bool foreign;	/* that leads elsewhere than to this registry; for whoever knows to say */
};

/* Where in the net a document is. */
struct document_at {
	const char *host; /* static; NULL: the host of the request that it is about */
	unsigned role;	  /* of that host */
	struct buf path;  /* canonical, below the registry's base */
};

enum { SIEVE_MORE = 1, SIEVE_BAD };

enum { SIEVE_STATE = 512 };

/*
 * A document being read: a metadata document of one package. Every version, or file, that it has is
 * shown to @judge, once; those that are refused are left out of what the pieces make. The document
 * is either understood in full or SIEVE_BAD: nothing of it passes that was not.
 *
 * The same walk gathers facts: a caller who wants only those ignores the output.
 */
struct sieve {
	const struct ecosystem *ecosystem;
	const struct package_request *about;
	struct str in; /* the whole document; stays where it is until sieve_fini() */
	bool (*judge)(void *of, const struct package_facts *facts); /* may it be offered? */
	void *of;

	/* out */
	struct str *piece; /* what is left of the document, in order: parts of @in, or made */
	size_t n_pieces;
	size_t size;	      /* of all of them */
	size_t n_all, n_kept; /* versions or files */
	const char *type;     /* of what is left; NULL: that of the ecosystem */
	const char *reason;   /* of SIEVE_BAD: static text for a person */

	/* for the ecosystem: all-zero at first */
	struct arena arena; /* freed by sieve_fini() */
	unsigned phase;
	_Alignas(16) unsigned char state[SIEVE_STATE];
};

/*
 * Goes on reading. Returns SIEVE_MORE: call it again, it only wants others to have their turn;
 * 0: the pieces are complete; or SIEVE_BAD.
 */
int sieve_run(struct sieve *s);
void sieve_fini(struct sieve *s);

/* For ecosystems: adds to the output; pieces that touch become one. */
void sieve_keep(struct sieve *s, struct str piece);
int sieve_bad(struct sieve *s, const char *reason); /* SIEVE_BAD */

/* The work in phases, each of which returns SIEVE_MORE to be called again, or 0 for the next. */
int sieve_phase(struct sieve *s, int (*const *phases)(struct sieve *), size_t n);

/* A public host of an ecosystem. */
struct registry_host {
	/* as in a rule: "example.com", "*.example.com", or "example.com/base": what is below it */
	const char *host;
	unsigned role; /* the ecosystem's own number; 0: any: all that a private registry has */
};

struct ecosystem {
	const char *name;		   /* type of its purls: "npm" */
	const char *title;		   /* for people */
	const struct registry_host *hosts; /* ended by one without a name */

	/* What of documents is wanted: the fields Accept and Content-Type. */
	const char *accept, *type;
	/* Nothing that is left is answered with a denial; else with a document without versions. */
	bool empty_is_denied;
	bool by_version; /* locate() finds what is about one version; no other document has facts */
	bool json_errors; /* clients show the member "error" of an answer that refuses */

	/*
	 * What is asked for. @out is all-zero; what is not in the grammar stays PACKAGE_UNKNOWN,
	 * and out->what says why, or is NULL.
	 */
	void (*classify)(const struct registry_request *in, struct package_request *out);

	/*
	 * Where the facts about an artifact or version are. False: nowhere. NULL, with sift: its
	 * metadata is not read, and no PACKAGE_METADATA.
	 */
	bool (*locate)(const struct package_request *of, struct document_at *out);

	/* See struct sieve: does a bounded piece of work. Or NULL. */
	int (*sift)(struct sieve *s);
};

/* All of them. */
extern const struct ecosystem *const ecosystems[];
extern const size_t n_ecosystems;

/* Or NULL. */
const struct ecosystem *ecosystem_find(struct str name);
