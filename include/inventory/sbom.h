/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdio.h>

#include "inventory/components.h"

/* What a list of components is about. */
struct sbom {
	const char *task;			  /* its id */
	const char *workspace;			  /* its directory */
	const char *time;			  /* RFC 3339, UTC, in seconds */
	const char *uuid;			  /* lower case, with its dashes */
	const struct component *const *component; /* those that were asked for, by package URL */
	size_t n;
};

/* Each writes the whole document: the same bytes for the same @sbom. */
void sbom_cyclonedx(const struct sbom *sbom, FILE *out); /* JSON, version 1.6 (ECMA-424) */
void sbom_spdx(const struct sbom *sbom, FILE *out);	 /* JSON, version 2.3 (ISO/IEC 5962) */
void sbom_text(const struct sbom *sbom, FILE *out);	 /* a package a line, for people */
