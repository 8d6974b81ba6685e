/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/pem.h"

#include <stdint.h>
#include <string.h>

#include "wire/base64.h"
#include "wire/read.h"

enum { SEQUENCE = 0x30 };

/* X.690, 8.1.3: is @der one SEQUENCE, whole and nothing more? */
static bool is_one_element(struct str der)
{
	struct reader r = { .rest = der };
	uint8_t tag = read_u8(&r), first = read_u8(&r);
	size_t n = first;

	if (first & 0x80)
		n = (first & 0x7f) > 0 && (first & 0x7f) <= 3 ? read_number(&r, first & 0x7f)
							      : SIZE_MAX;
	return !r.bad && tag == SEQUENCE && n == r.rest.n;
}

static const char *check_block(struct str text)
{
	char space[PEM_DER_MAX + 1];
	struct buf der = BUF(space);

	if (base64_read(text, &der) < 0 || der.full)
		return "a certificate in it is not whole";
	return is_one_element((struct str){ der.p, der.n }) ? NULL : "a certificate in it is none";
}

/* Takes up to and with @mark off @rest. False: it is not there. */
static bool cut_at(struct str *rest, const char *mark, struct str *before)
{
	const char *at = rest->n ? memmem(rest->p, rest->n, mark, strlen(mark)) : NULL;

	if (!at)
		return false;
	*before = (struct str){ rest->p, (size_t)(at - rest->p) };
	rest->n -= before->n + strlen(mark);
	rest->p = at + strlen(mark);
	return true;
}

const char *pem_check(struct str text)
{
	struct str rest = text, block;
	const char *wrong;
	size_t n = 0;

	while (cut_at(&rest, "-----BEGIN ", &block)) {
		if (!str_starts(rest, "CERTIFICATE-----"))
			return "there is something else than certificates in it";
		rest.p += strlen("CERTIFICATE-----");
		rest.n -= strlen("CERTIFICATE-----");
		if (!cut_at(&rest, "-----END CERTIFICATE-----", &block))
			return "a certificate in it has no end";
		wrong = check_block(block);
		if (wrong)
			return wrong;
		n++;
	}
	return n ? NULL : "there is no certificate in it (PEM)";
}
