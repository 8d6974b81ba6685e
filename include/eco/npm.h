/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "eco/eco.h"
#include "wire/json.h"

/* The parts of npm: npm.c has the URLs, npm_packument.c and npm_manifest.c the metadata. */

bool npm_version_valid(struct str version);

/*
 * Reads the manifest of a version of @name, the value that json_next() just returned: to its end,
 * if it is an object. @facts has the version already. False: it is not what it says it is.
 */
bool npm_read_manifest(struct json *j, const char *name, struct package_facts *facts);

int npm_sift(struct sieve *s);
