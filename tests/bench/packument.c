/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What sifting metadata costs: bench-packument FILE ROUNDS
 *
 * FILE is a packument of the package "big". Prints the median of all of it and the longest slice,
 * in microseconds, and the bytes that were left; each version is judged by a profile with min-age.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "policy/packages.h"
#include "policy/policy.h"

enum { ROUNDS_MAX = 1000, FILE_MAX = 64 << 20 };

static const char profile[] = "[packages]\necosystem = npm\nmin-age = 72h\ndeny = pkg:npm/other\n";

struct judge {
	struct policy policy;
	struct package_question question;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static bool offer(void *of, const struct package_facts *facts)
{
	struct judge *j = of;

	j->question.facts = facts;
	return package_decide(&j->policy.packages, &j->question).verdict == VERDICT_ALLOW;
}

static int compare(const void *a, const void *b)
{
	return (*(const double *)a > *(const double *)b) -
	       (*(const double *)a < *(const double *)b);
}

/* Returns how long it took, and keeps the longest slice in @longest. */
static double round_of(struct judge *j, struct str text, double *longest, size_t *size)
{
	struct sieve s = {
		.ecosystem = ecosystem_find(STR("npm")),
		.about = j->question.request,
		.in = text,
		.judge = offer,
		.of = j,
	};
	const double start = now();
	double before = start, after;
	int r;

	do {
		r = sieve_run(&s);
		after = now();
		if (after - before > *longest)
			*longest = after - before;
		before = after;
	} while (r == SIEVE_MORE);
	if (r) {
		fprintf(stderr, "%s\n", s.reason);
		exit(EXIT_FAILURE);
	}
	*size = s.size;
	sieve_fini(&s);
	return after - start;
}

int main(int argc, char **argv)
{
	static double samples[ROUNDS_MAX];
	static struct package_request request = { .kind = PACKAGE_METADATA, .name = "big" };
	const int rounds = argc == 3 ? atoi(argv[2]) : 0;
	struct judge j = { .question = { .request = &request, .now = (int64_t)time(NULL) * 1000 } };
	struct complaints c = { .text = { 0 } };
	char *text = malloc(FILE_MAX);
	FILE *file = argc == 3 ? fopen(argv[1], "r") : NULL;
	double longest = 0;
	size_t n, size = 0;

	if (!file || !text || rounds < 1 || rounds > ROUNDS_MAX ||
	    policy_parse(&j.policy, STR(profile), &c) < 0)
		return EXIT_FAILURE;
	j.question.registry = &j.policy.packages.registry[0];
	n = fread(text, 1, FILE_MAX, file);
	for (int i = 0; i < rounds; i++)
		samples[i] = round_of(&j, (struct str){ text, n }, &longest, &size);
	qsort(samples, (size_t)rounds, sizeof(*samples), compare);
	printf("%.0f %.0f %zu\n", samples[rounds / 2], longest, size);
	return EXIT_SUCCESS;
}
