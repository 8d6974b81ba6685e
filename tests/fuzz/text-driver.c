/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells text-differential.js and the like how a module reads text, with the name of the module as
 * its argument. A line of stdin has one text, or two with a space between them, in hexadecimal; it
 * is answered with a line: "bad", or what follows from the text.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "eco/lock.h"
#include "eco/pep440.h"
#include "eco/semver.h"
#include "wire/ascii.h"
#include "wire/json.h"
#include "wire/rfc3339.h"

static void hex(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		printf("%02x", (unsigned char)s.p[i]);
}

/* "good", and of a string what it means, in hexadecimal. */
static bool json(struct str in, struct str unused)
{
	static char space[1 << 16];
	struct buf text = BUF(space);
	struct json_value v;
	struct json j;

	(void)unused;
	json_init(&j, in);
	json_next(&j, &v);
	if (json_done(&j))
		return false;
	if (v.type != JSON_STRING || json_decode(v.text, &text) < 0) {
		printf("good %s", v.type == JSON_STRING ? "none" : "-");
		return true;
	}
	printf("good ");
	hex((struct str){ text.p, text.n });
	return true;
}

static bool semver(struct str a, struct str b)
{
	struct semver x, y;
	int r;

	if (semver_parse(a, &x) < 0 || semver_parse(b, &y) < 0)
		return false;
	r = semver_compare(&x, &y);
	printf("%d", (r > 0) - (r < 0));
	return true;
}

static bool pep440(struct str a, struct str b)
{
	struct pep440 x, y;
	int r;

	if (pep440_parse(a, &x) < 0 || pep440_parse(b, &y) < 0)
		return false;
	r = pep440_compare(&x, &y);
	printf("%d %d", (r > 0) - (r < 0), pep440_is_prerelease(&x));
	return true;
}

/* The packages of a lock file of this name: " NAME@VERSION", each in hexadecimal. */
static bool lock(struct str file, struct str text)
{
	struct arena arena = { 0 };
	struct lock lock = { .arena = &arena };
	struct watch_index names;
	const struct watched *row;
	bool good;

	watch_index(&names);
	row = watch_find(&names, (struct str){ "", 0 }, file);
	good = row && !lock_read(row->format, text, &lock);
	printf("%s", good ? "good" : "");
	for (size_t i = 0; good && i < lock.n; i++) {
		printf(" ");
		hex(lock.entry[i].name);
		printf("@");
		hex(lock.entry[i].version);
	}
	arena_fini(&arena);
	return good;
}

static bool rfc3339(struct str in, struct str unused)
{
	int64_t ms;

	(void)unused;
	if (rfc3339_parse(in, &ms) < 0)
		return false;
	printf("%" PRId64, ms);
	return true;
}

static const struct {
	const char *name;
	bool (*answer)(struct str a, struct str b);
} modules[] = {
	{ "json", json },	{ "semver", semver }, { "pep440", pep440 },
	{ "rfc3339", rfc3339 }, { "lock", lock },
};

/* Takes hexadecimal digits off the front of @line. */
static struct str take(const char **line, char *bytes)
{
	size_t n = 0;

	for (; ascii_hex((*line)[0]) >= 0 && ascii_hex((*line)[1]) >= 0; *line += 2)
		bytes[n++] = (char)(ascii_hex((*line)[0]) << 4 | ascii_hex((*line)[1]));
	*line += **line == ' ';
	return (struct str){ bytes, n };
}

int main(int argc, char **argv)
{
	static char line[1 << 17], space_a[sizeof(line) / 2], space_b[sizeof(line) / 2];
	size_t at = 0;

	while (at < LEN(modules) && !(argc == 2 && strcmp(modules[at].name, argv[1]) == 0))
		at++;
	if (at == LEN(modules))
		return 2;
	while (fgets(line, sizeof(line), stdin)) {
		const char *rest = line;
		struct str a = take(&rest, space_a), b = take(&rest, space_b);

		puts(modules[at].answer(a, b) ? "" : "bad");
	}
	return 0;
}
