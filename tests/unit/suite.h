/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <assert.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"

/*
 * A copy of @n bytes whose last one touches an unmapped page, so that a parser that reads past
 * the end faults. Never freed: a test process is short.
 */
static inline struct str guarded_bytes(const void *bytes, size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = (n / page + 1) * page;
	char *map = mmap(NULL, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);

	assert(map != MAP_FAILED);
	assert(mprotect(map + whole, page, PROT_NONE) == 0);
	if (n)
		memcpy(map + whole - n, bytes, n);
	return (struct str){ map + whole - n, n };
}

static inline struct str guarded(const char *s)
{
	return guarded_bytes(s, strlen(s));
}

/*
 * check tells its parent of each assertion, by a pipe, so that one knows where a test crashed: a test
 * of every byte did little else. The furthest line is enough.
 */
static inline void mark_furthest(const char *file, int line)
{
	static int furthest;

	if (line > furthest)
		_mark_point(file, furthest = line);
}
#define _mark_point mark_furthest

/*
 * main() of a unit test: `return suite_run("mem", add);`, where add() puts the tests into the case.
 */
static inline int suite_run(const char *module, void (*add)(TCase *tc))
{
	Suite *suite = suite_create(module);
	TCase *tc = tcase_create(module);
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 60);
	add(tc);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
