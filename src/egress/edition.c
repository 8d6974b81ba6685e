/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/edition.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/sys.h"

enum { POLICY_MAX = 4 << 20 };

static void edition_free(struct edition *edition)
{
	caps_fini(&edition->caps);
	policy_fini(&edition->policy);
	arena_fini(&edition->text);
	free(edition);
}

static void read_digest(struct edition *edition, struct str text)
{
	static const char mark[] = "# policy ";
	const size_t n = sizeof(edition->digest) - 1;
	struct str line, rest;

	str_cut(text, '\n', &line, &rest);
	if (!str_starts(line, mark) || line.n != strlen(mark) + n)
		return;
	memcpy(edition->digest, line.p + strlen(mark), n);
	if (strspn(edition->digest, "0123456789abcdef") == n)
		edition->policy.rules.digest = edition->digest;
}

static int fill(struct edition *edition, int fd, const char *name, const struct edition *before,
		struct err *e)
{
	char space[sizeof(e->text)];
	struct complaints c = { .text = BUF(space) };
	struct str text;
	int r = read_whole(fd, POLICY_MAX, &edition->text, &text);

	if (r < 0)
		return err_set(e, r, "read %s", name);
	if (policy_parse(&edition->policy, text, &c) < 0)
		return err_say(e, -EINVAL, "%s is no policy: %s", name, space);
	edition->policy.packages.known = before ? before->policy.packages.known : NULL;
	policy_take_origins(&edition->policy, text);
	read_digest(edition, text);
	return caps_load(&edition->caps, before ? &before->caps : NULL, &edition->policy.rules, e);
}

struct edition *edition_read(int fd, const char *name, const struct edition *before, struct err *e)
{
	struct edition *edition = calloc(1, sizeof(*edition));

	if (!edition) {
		err_set(e, -ENOMEM, "read %s", name);
		return NULL;
	}
	edition->n_users = 1;
	if (fill(edition, fd, name, before, e) == 0)
		return edition;
	edition_free(edition);
	return NULL;
}

void edition_leave(struct edition *edition)
{
	if (--edition->n_users == 0)
		edition_free(edition);
}
