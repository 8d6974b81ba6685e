/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/reload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/reload.h"

/*
 * The profile is read again as it was read for the task: by this process, by the same name, with
 * the same options. Unless all of it is good, and differs only where a task that runs can follow,
 * nothing changes. The log has the new policy before the egress process does, and who asked is
 * answered when that says that it serves by it.
 */

static int refuse_later(struct err *e)
{
	return err_say(e, -EBUSY, "the profile of one task can be read again %d times",
		       KNOWN_MAX - 1);
}

/* Reads it into @out and its canonical text into @text. */
static int read_again(const struct supervisor *s, struct policy *out, struct buf *text,
		      char digest[CHAIN_HEX], struct err *e)
{
	int r = s->task->reload(s->task->of, out, e);

	if (r == 0)
		r = policy_reload_check(s->task->policy, out, e);
	if (r < 0)
		return r;
	policy_print(out, false, text);
	if (text->full)
		return err_say(e, -E2BIG, "the profile is too large");
	audit_digest((struct str){ text->p, text->n }, digest);
	return 0;
}

static int record(struct supervisor *s, const char *digest, struct err *e)
{
	struct event ev = event_new(EVENT_POLICY_RELOAD);

	event_text(&ev, FIELD_POLICY, str_of(digest));
	event_text(&ev, FIELD_PROFILE, str_of(s->task->policy->name));
	return audit_write(&s->audit, &ev, e);
}

static int follow(struct supervisor *s, struct policy *next, struct str text, const char *digest,
		  struct err *why, struct err *e)
{
	int r = record(s, digest, e);

	if (r < 0)
		return r;
	known_add(&s->known, next, digest);
	if (egress_child_reload(&s->children.egress, next, text, digest, why) < 0)
		control_answer(&s->control, why);
	return 0;
}

static int reload(struct supervisor *s, struct err *e)
{
	static char space[128 * 1024];
	struct policy *next = calloc(1, sizeof(*next));
	struct buf text = BUF(space);
	char digest[CHAIN_HEX];
	struct err why = { 0 };
	int r = !next			  ? err_set(&why, -ENOMEM, "read the profile")
		: s->known.n == KNOWN_MAX ? refuse_later(&why)
					  : read_again(s, next, &text, digest, &why);

	if (r == 0 && strcmp(digest, known_latest(&s->known)) != 0)
		return follow(s, next, (struct str){ text.p, text.n }, digest, &why, e);
	if (r == 0)
		err_say(&why, 0, "nothing in the profile has changed");
	if (next)
		policy_fini(next);
	free(next);
	control_answer(&s->control, &why);
	return 0;
}

int reload_take(struct supervisor *s, struct err *e)
{
	switch (control_take(&s->control)) {
	case CONTROL_RELOAD:
		return reload(s, e);
	case CONTROL_NOTHING:
	case N_CONTROL_WORDS:
		break;
	}
	return 0;
}

void reload_confirm(struct supervisor *s, const struct event *ev)
{
	struct err done = { 0 };
	struct str digest;

	if (ev->kind != EVENT_EGRESS_READY || event_get_text(ev, FIELD_POLICY, &digest) < 0 ||
	    !str_is(digest, known_latest(&s->known)))
		return;
	err_say(&done, 0, "new connections follow policy %.12s", known_latest(&s->known));
	control_answer(&s->control, &done);
}

/* The first one is the task's. */
void reload_end(struct supervisor *s)
{
	for (size_t i = 1; i < s->known.n; i++) {
		struct policy *policy = (struct policy *)(uintptr_t)s->known.at[i].policy;

		policy_fini(policy);
		free(policy);
	}
}
