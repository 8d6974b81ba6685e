/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/pep440.h"
#include "eco/semver.h"
#include "fuzz.h"
#include "wire/rfc3339.h"

static int sign(int r)
{
	return (r > 0) - (r < 0);
}

static void check_semver(struct str left, struct str right)
{
	struct semver a, b;
	struct str time;

	if (semver_parse_go(left, &a) == 0)
		semver_go_pseudo(&a, &time);
	if (semver_parse(left, &a) < 0 || semver_parse(right, &b) < 0)
		return;
	assert(semver_compare(&a, &a) == 0);
	assert(sign(semver_compare(&a, &b)) == -sign(semver_compare(&b, &a)));
}

static void check_pep440(struct str left, struct str right)
{
	struct pep440 a, b;

	if (pep440_parse(left, &a) < 0)
		return;
	assert(pep440_compare(&a, &a) == 0);
	if (pep440_parse(right, &b) < 0)
		return;
	assert(sign(pep440_compare(&a, &b)) == -sign(pep440_compare(&b, &a)));
}

static void check_time(struct str in)
{
	char text[32];
	struct buf out = BUF(text);
	int64_t ms, same;

	if (rfc3339_parse(in, &ms) < 0 || rfc3339_print(ms, &out) < 0)
		return; /* an offset may leave the years that can be written */
	assert(!out.full && rfc3339_parse(str_of(text), &same) == 0 && same == ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = { (const char *)data, size }, left, right;

	if (size > 10000)
		return 0;
	str_cut(in, '\n', &left, &right);
	check_semver(left, right);
	check_pep440(left, right);
	check_time(left);
	return 0;
}
