/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

/*
 * Package URLs (ECMA-427): the one name that a package has in profiles, events and inventories,
 * whatever registry, lock file or directory it was read from.
 *
 * Names are brought to the form in which their ecosystem compares them. npm, gem and maven compare
 * exactly (and so do we, although the specification lowers npm's: the registry has packages that
 * differ in case alone); PyPI by PEP 503; cargo, golang, nuget, github, ... without case.
 */
enum {
	PURL_MAX = 2048, /* canonical text and its NUL, and space enough for the parts of one */
	PURL_QUALIFIERS_MAX = 8,
};

/* The parts, decoded and normalised. They borrow from the memory they were made in. */
struct purl {
	struct str type;      /* "npm" */
	struct str path;      /* namespace and name: "@scope/name", "org.example/name" */
	struct str namespace; /* "@scope", "github.com/foo", "org.example"; empty: none */
	struct str name;
	struct str version; /* empty: none */
	struct {
		struct str key, value;
	} qualifier[PURL_QUALIFIERS_MAX]; /* sorted by key */
	size_t n_qualifiers;
	struct str subpath;
};

/*
 * These return NULL, or what is wrong: static text for a person. @space takes the text of the
 * parts; what is in it stays.
 *
 * purl_make() takes a name as its ecosystem writes it: "@scope/name", "github.com/foo/bar",
 * "org.example:name" (maven). An empty version is none.
 */
const char *purl_parse(struct str in, struct buf *space, struct purl *out);
const char *purl_make(const char *type, struct str name, struct str version, struct buf *space,
		      struct purl *out);

/* Adds the canonical text to @out: ASCII, equal for equal packages. */
void purl_print(const struct purl *p, struct buf *out);

/*
 * What profiles say: a package URL in which "*" stands for any characters but "/" and "**" for any
 * at all, also in the type ("pkg:*" is no other type's). Without a version it means all of them.
 */
const char *purl_glob(struct str in, struct buf *space, struct purl *out);
bool purl_match(const struct purl *glob, const struct purl *p);
