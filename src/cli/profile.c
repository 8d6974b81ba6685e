/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "os/profiles.h"
#include "policy/keys.h"
#include "policy/syscalls.h"
#include "wire/quote.h"

static const char usage[] =
	"usage: agentbox profile list\n"
	"       agentbox profile show [--origin] PROFILE\n"
	"       agentbox profile check PROFILE\n"
	"       agentbox profile syscalls PROFILE\n"
	"       agentbox profile keys [--json]\n\n"
	"Shows what profiles there are and what they say. PROFILE is a name, or a path\n"
	"if it has a slash. See agentbox-profile(5).\n\n"
	"  list        names, what they are for, and where they lie\n"
	"  show        the profile with all it extends, as agentbox reads it\n"
	"  check       \"ok\", or every error with its file and line\n"
	"  syscalls    what becomes of each system call, and why\n"
	"  keys        every key that a profile may have\n\n"
	"      --origin    with show: the file and line of each value\n"
	"      --json      with keys: as a JSON array\n\n"
	"Exit status: 0; 1 not all could be written; 2 usage; 125 the profile cannot be\n"
	"used.\n";

static int run(char **argv);

const struct verb verb_profile = {
	.name = "profile",
	.summary = "list, show and check profiles",
	.usage = usage,
	.run = run,
};

/* The text of a policy has at most some lists of 4096 lines; pages that stay empty cost nothing. */
enum { OUTPUT_MAX = 16 << 20, COMPLAINTS_MAX = 64 << 10 };

/* What was asked for, and what is answered. */
struct question {
	bool origin, json;
	const char *name;
	struct profiles profiles;
	struct policy policy;
	struct buf out;
	struct complaints complaints; /* of the profile that was loaded last */
};

static int load(struct question *q, const char *name)
{
	struct policy_source source = profiles_source(&q->profiles);

	policy_fini(&q->policy);
	q->complaints.text.n = q->complaints.n = 0;
	q->complaints.text.full = false;
	return policy_load(&q->policy, name, &source, &q->complaints) < 0 ? EXIT_BOX : 0;
}

static void list_entry(struct question *q, const struct profile_entry *entry)
{
	bool good = !entry->shadowed && load(q, entry->name) == 0;

	buf_printf(&q->out, "%-12s  ", entry->name);
	if (entry->shadowed)
		buf_puts(&q->out, "(not used: one of this name comes first)");
	else if (!good)
		buf_printf(&q->out, "(bad: see agentbox profile check %s)", entry->name);
	else if (q->policy.description)
		buf_puts(&q->out, q->policy.description);
	buf_puts(&q->out, "  [");
	quote_term(&q->out, str_of(entry->dir));
	buf_puts(&q->out, "]\n");
}

static void list(struct question *q)
{
	const struct profile_entry *entry;
	size_t n = profiles_list(&q->profiles, &entry);

	for (size_t i = 0; i < n; i++)
		list_entry(q, &entry[i]);
}

static void show(struct question *q)
{
	policy_print(&q->policy, q->origin, &q->out);
}

static void check(struct question *q)
{
	buf_puts(&q->out, "ok\n");
}

static void syscalls(struct question *q)
{
	syscalls_print(&q->policy, arch_native, &q->out);
}

static void keys_as_json(struct question *q)
{
	struct buf *out = &q->out;

	for (size_t i = 0; i < keys_count(); i++) {
		buf_puts(out, i ? ",\n {" : "[{");
		quote_member(out, "section", keys[i].section);
		quote_member(out, "key", keys[i].name);
		quote_member(out, "type", keys[i].type->name);
		buf_printf(out, ",\"many\":%s", keys[i].many ? "true" : "false");
		quote_member(out, "default", keys[i].preset);
		quote_member(out, "text", keys[i].text);
		buf_puts(out, "}");
	}
	buf_puts(out, "]\n");
}

static void list_keys(struct question *q)
{
	const char *section = "";

	if (q->json) {
		keys_as_json(q);
		return;
	}
	for (size_t i = 0; i < keys_count(); i++) {
		const struct key *key = &keys[i];

		if (strcmp(section, key->section) != 0)
			buf_printf(&q->out, "%s[%s%s]\n", i ? "\n" : "", key->section,
				   key->named ? " NAME" : "");
		section = key->section;
		buf_printf(&q->out, "  %-15s  %-20s  %s", key->name, key->type->name, key->text);
		if (key->many)
			buf_puts(&q->out, "; many");
		else if (key->preset)
			buf_printf(&q->out, "; default: %s", key->preset);
		buf_puts(&q->out, "\n");
	}
}

static const struct action {
	const char *name;
	void (*answer)(struct question *q);
	bool profile, origin, json; /* what it takes */
} actions[] = {
	{ "list", list },
	{ "show", show, .profile = true, .origin = true },
	{ "check", check, .profile = true },
	{ "syscalls", syscalls, .profile = true },
	{ "keys", list_keys, .json = true },
};

static const struct action *find(const char *name)
{
	for (size_t i = 0; i < LEN(actions); i++)
		if (!strcmp(actions[i].name, name))
			return &actions[i];
	return NULL;
}

/* Returns 0, or what the verb has to return. */
static int parse(struct question *q, const struct action *action, char **argv)
{
	const struct verb_option origin = { "origin", .set = &q->origin };
	const struct verb_option json = { "json", .set = &q->json };
	const struct verb_option options[] = {
		action->origin ? origin
		: action->json ? json
			       : (struct verb_option){ 0 },
		{ 0 },
	};
	char *word[2];
	int r = options_words(&verb_profile, options, argv, word, action->profile);

	if (r == 0 && action->profile && !word[0])
		r = verb_misused(&verb_profile, "profile %s needs a profile", action->name);
	if (r == 0)
		q->name = word[0];
	return r;
}

static int answer(struct question *q, const struct action *action)
{
	_cleanup_free_ char *space = malloc(OUTPUT_MAX);
	char complaints[COMPLAINTS_MAX] = "";
	int status = 0;

	if (!space)
		abort();
	q->out = buf_over(space, OUTPUT_MAX);
	q->complaints.text = BUF(complaints);
	if (action->profile)
		status = load(q, q->name);
	if (status == 0) {
		action->answer(q);
		fwrite(q->out.p, 1, q->out.n, stdout);
	} else {
		fputs(complaints, stderr);
		if (q->complaints.text.full)
			fprintf(stderr, "agentbox: these are the first of %u errors\n",
				q->complaints.n);
	}
	if (q->out.full) {
		fputs("agentbox: not all could be written\n", stderr);
		status = 1;
	}
	return status;
}

static int run(char **argv)
{
	const struct action *action = argv[1] ? find(argv[1]) : NULL;
	struct question q = { 0 };
	int status;

	if (!argv[1])
		return verb_misused(&verb_profile,
				    "profile needs a word: list, show, check, syscalls or keys");
	if (!action)
		return verb_misused(&verb_profile, "there is no \"profile %s\"", argv[1]);
	status = parse(&q, action, argv + 1);
	if (status != 0)
		return status;
	profiles_init(&q.profiles);
	status = answer(&q, action);
	policy_fini(&q.policy);
	profiles_fini(&q.profiles);
	return status;
}
