/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "eco/purl.h"
#include "suite.h"

/* The package that @text is the URL of; it borrows from @parts, which has PURL_MAX bytes. */
static inline struct purl purl_of(const char *text, struct buf *parts)
{
	struct purl p;

	parts->n = 0;
	ck_assert_ptr_null(purl_parse(str_of(text), parts, &p));
	return p;
}
