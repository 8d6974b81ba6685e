/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/log.h"
#include "wire/event.h"

static const char usage[] =
	"usage: agentbox log [OPTION]... [TASK]\n"
	"       agentbox log verify [--head=HASH] [--key=KEY] [TASK]\n"
	"       agentbox log send [--sink=SINK] [TASK]\n"
	"       agentbox log key | schema\n\n"
	"Shows what was recorded about a task, one event a line. TASK is the beginning\n"
	"of a task's id, or \"latest\", which is the default.\n\n"
	"  -f, --follow            wait for what a running task adds, until it ends\n"
	"  -j, --json              the lines as they were written\n"
	"      --format=FORMAT     the words of others: ocsf, ecs or cef\n\n"
	"Only the events\n\n"
	"  -k, --kind=PATTERN      of this kind: net.connect, lockfile.*\n"
	"  -v, --verdict=VERDICT   with this verdict: deny, allow or ask\n"
	"      --severity=LEVEL    that weigh at least that: info, low, medium, high or\n"
	"                          critical\n"
	"      --host=PATTERN      about a host of this name or address: *.example.com\n"
	"      --package=PATTERN   about a package whose URL is like this: pkg:npm/*\n"
	"      --since=TIME        since then: 2026-11-23, 2026-11-23T10:00:00Z, or 90s,\n"
	"                          10m, 2h, 7d ago\n\n"
	"verify recomputes the hash chain, checks the seal, and names the first line\n"
	"that does not fit.\n\n"
	"      --head=HASH         hash of the last line, kept elsewhere, or 16 digits of\n"
	"                          it or more: proves that nothing was cut off or\n"
	"                          rewritten\n"
	"      --key=KEY           public key that must have sealed it, instead of yours\n\n"
	"send sends to the sinks of the task what they have not got yet.\n\n"
	"      --sink=SINK         to this one instead, as [audit] sink= has it\n\n"
	"key prints your public key; schema a JSON Schema of the lines.\n\n"
	"Exit status: 0; 1 no such task, its record is not intact, or a sink did not\n"
	"take it; 2 usage.\n";

static int run(char **argv);

const struct verb verb_log = { .name = "log", .usage = usage, .run = run };

static int schema(char **argv)
{
	static char space[EVENT_SCHEMA];
	struct buf out = BUF(space);

	if (argv[1])
		return verb_misused(&verb_log, "schema takes no \"%s\"", argv[1]);
	event_schema(&out);
	fputs(out.p, stdout);
	return 0;
}

static const struct {
	const char *word;
	int (*run)(char **argv);
} words[] = {
	{ "verify", log_verify },
	{ "key", log_key },
	{ "schema", schema },
	{ "send", log_send },
};

static int run(char **argv)
{
	for (size_t i = 0; i < LEN(words) && argv[1]; i++)
		if (!strcmp(argv[1], words[i].word))
			return words[i].run(argv + 1);
	return log_show(argv);
}
