/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/why.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/task.h"
#include "os/sys.h"
#include "policy/syscalls_tables.h"
#include "wire/quote.h"

static const char usage[] =
	"usage: agentbox why [OPTION]... PATH | HOST[:PORT] | [METHOD] URL\n"
	"       agentbox why [OPTION]... PURL | SYSCALL | @GROUP\n\n"
	"Says what a task could do to a file, a host, a package or a system call, and\n"
	"which step of the plan or line of the profile decides that. Nothing is run, and\n"
	"nothing is asked of the network. A path has a slash in it or starts with '.' or\n"
	"'~', a package is one as in \"pkg:npm/left-pad@1.3.0\".\n\n"
	"  -p, --profile=NAME      profile to ask about: \"default\" without this option;\n"
	"                          the path of a file if NAME has a slash\n"
	"  -w, --workspace=DIR     directory that the box is made around\n"
	"      --json              one JSON object\n\n"
	"Exit status: 0 it can be read, reached, had or called; 1 it cannot; 125 such a\n"
	"box would not be started; 2 usage.\n";

static int run(char **argv);

const struct verb verb_why = {
	.name = "why",
	.summary = "say what a task may do, and because of which line",
	.usage = usage,
	.run = run,
};

enum { TEXT_MAX = 64 * 1024 };

static const char *named(struct task_setup *setup, const char *text)
{
	struct arena *a = &setup->arena;
	char here[PATH_MAX];

	if (text[0] == '~' && (text[1] == '/' || !text[1]))
		text = arena_printf(a, "%s%s", setup->host.home, text + 1);
	else if (text[0] != '/')
		text = arena_printf(a, "%s/%s", realpath(".", here) ? here : "", text);
	return path_real(text, a);
}

static bool is_package(const char *text)
{
	return str_starts(str_of(text), "pkg:");
}

static bool is_path(const char *text)
{
	return text[0] == '.' || text[0] == '~' ||
	       (strchr(text, '/') && !strstr(text, "://") && !is_package(text));
}

/* Answers about @text. Returns the kind of thing that it was taken for, or NULL with a sentence. */
static const char *ask(struct task_setup *setup, const char **text, struct answer *answer,
		       struct err *e)
{
	const struct str name = str_of(*text);
	const char *wrong;

	if (is_path(*text)) {
		*text = named(setup, *text);
		why_path(&setup->plan, &setup->host, *text, &setup->arena, answer);
		return "path";
	}
	if (name.p[0] == '@' || syscall_find(name) >= 0) {
		if (why_syscall(&setup->policy, name, &setup->arena, answer))
			return "system call";
		err_say(e, -EINVAL, "%s: there is no such %s", *text,
			name.p[0] == '@' ? "group of system calls" : "system call here");
		return NULL;
	}
	wrong = (is_package(*text) ? why_package : why_host)(&setup->policy, name, &setup->arena,
							     answer);
	if (!wrong)
		return is_package(*text) ? "package" : "host";
	err_say(e, -EINVAL, "%s: %s", *text, wrong);
	if (!strpbrk(*text, "/ "))
		err_say(e, -EINVAL, "%s: %s; a path has a slash: ./%s", *text, wrong, *text);
	return NULL;
}

static const char *rule_of(const struct answer *answer, struct arena *a)
{
	if (!answer->where.file)
		return NULL;
	return arena_printf(a, "%s:%u", answer->where.file, answer->where.line);
}

static void print(struct task_setup *setup, bool json, const char *kind, const char *text,
		  const struct answer *answer, struct buf *out)
{
	const struct {
		const char *name, *value;
	} lines[] = {
		{ json ? "about" : NULL, kind }, { json ? "subject" : kind, text },
		{ "verdict", answer->verdict },	 { "reason", answer->reason },
		{ "step", answer->step },	 { "rule", rule_of(answer, &setup->arena) },
		{ "walls", answer->walls },	 { "hint", answer->hint },
	};

	buf_puts(out, json ? "{" : "");
	for (size_t i = 0; i < LEN(lines); i++) {
		if (json) {
			quote_member(out, lines[i].name, lines[i].value);
		} else if (lines[i].name && lines[i].value) {
			buf_printf(out, "%-12s ", lines[i].name);
			quote_term(out, str_of(lines[i].value));
			buf_puts(out, "\n");
		}
	}
	buf_puts(out, json ? "}\n" : "");
}

static int run(char **argv)
{
	struct task_setup setup = { 0 };
	struct buf out = buf_over(arena_alloc(&setup.arena, TEXT_MAX), TEXT_MAX);
	bool json = false;
	const struct verb_option options[] = {
		TASK_OPTIONS(&setup),
		{ "json", .set = &json },
		{ 0 },
	};
	struct answer answer;
	struct err e = { 0 };
	const char *kind = NULL, *text;
	char *word[3];
	int status = options_words(&verb_why, options, argv, word, 2);

	if (status == 0 && !word[0])
		status = verb_misused(
			&verb_why,
			"why needs a path, a host, a URL, a system call or a group of them");
	setup.argv = word;
	if (status == 0)
		status = task_load(&setup, &e);
	if (status == 0) {
		text = word[1] ? arena_printf(&setup.arena, "%s %s", word[0], word[1]) : word[0];
		kind = ask(&setup, &text, &answer, &e);
		status = kind ? !answer.open : EXIT_USAGE;
	}
	if (kind) {
		print(&setup, json, kind, text, &answer, &out);
		fwrite(out.p, 1, out.n, stdout);
	}
	if (e.text[0])
		verb_failed(&e);
	task_fini(&setup);
	return status;
}
