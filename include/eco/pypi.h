/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "eco/outline.h"
#include "eco/pep440.h"

/*
 * The parts of PyPI: pypi.c has the URLs and the names of files, pypi_simple.c the metadata, and
 * pypi_html.c its older form.
 */

/* Forms of metadata. */
enum { PYPI_JSON, PYPI_HTML };

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

/* What an index says of a file for installers, after whose "data-" it is called in HTML. */
enum pypi_attribute {
	PYPI_REQUIRES_PYTHON,
	PYPI_YANKED,
	PYPI_CORE_METADATA,
	PYPI_DIST_INFO_METADATA,
	PYPI_GPG_SIG,
	PYPI_PROVENANCE,
	N_PYPI_ATTRIBUTES
};

extern const char *const pypi_attributes[N_PYPI_ATTRIBUTES]; /* "requires-python" */

struct pypi_link {
	struct span span; /* in JSON */
	struct package_facts facts;
	struct pep440 version;
	struct str attribute[N_PYPI_ATTRIBUTES]; /* without p: it is not there */
	bool odd, kept;
};

/* The index of a project while it is read. */
struct pypi_index {
	struct outline outline; /* of JSON */
	bool html;
	size_t at;
	struct pypi_link *link, **sorted;
	size_t n_links;
	struct pypi_listed *listed;
	size_t n_listed;
};

/* Whether link->facts.file is one of this project; sets what follows from its name. */
bool pypi_read_name(const struct sieve *s, struct pypi_link *link);

/* Whether the URL of a link ends in the name of the file, which is what pip goes by. */
bool pypi_url_fits(const struct pypi_link *link);

/* Whether a link means the same in the form below. */
bool pypi_html_fits(const struct pypi_link *link);

/* A page of links (PEP 503): reads a slice of it, as outline_read() does; and writes one. */
int pypi_html_read(struct sieve *s, struct pypi_index *index);
void pypi_html_write(struct sieve *s, const struct pypi_index *index);
