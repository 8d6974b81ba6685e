/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "eco/eco.h"

/* The parts of PyPI: pypi.c has the URLs and the names of files, pypi_simple.c the metadata. */

/* What the name of a file says. */
struct pypi_file {
	struct str name;    /* of the project, as it stands there */
	struct str version; /* of PEP 440 */
	bool wheel; /* else an archive of sources, which runs what is in it to be installed */
};

/*
 * False: no name of a wheel or of an archive of sources. Where a name of sources can be cut in
 * several ways, the version is what follows the last dash that leaves one.
 */
bool pypi_file_parse(struct str file, struct pypi_file *out);

/* Copies a name of a project in its normal form (PEP 503). False: it is none. */
bool pypi_name(struct str in, char out[PACKAGE_NAME_MAX + 1]);

int pypi_sift(struct sieve *s);
