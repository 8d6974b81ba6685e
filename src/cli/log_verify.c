/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/log.h"
#include "cli/options.h"
#include "supervise/audit.h"
#include "supervise/record.h"
#include "supervise/seal.h"

enum { HEAD_LEAST = 16 };

/* What was asked for. */
struct query {
	const char *head, *key;
	char *task[2]; /* or NULL: the latest */
	char own_key[SEAL_PUBLIC_HEX];
};

/* How the last line compares with what the caller knows of it. Returns NULL: well. */
static const char *judge_head(const struct query *query, const struct verification *v)
{
	if (!query->head || !strncmp(query->head, v->head, strlen(query->head)))
		return NULL;
	return " and not the given one: lines were cut off, or all were rewritten";
}

/* Whose seal it is. Returns NULL: the one that was to be expected. */
static const char *judge_key(const struct query *query, const struct verification *v)
{
	if (!v->sealed || (query->key && !strcmp(query->key, v->key)))
		return NULL;
	return query->key ? ", but it was sealed with another key than the given one"
			  : ", but the seal is not of your key; whose is it? see --key";
}

/* What an end without a seal means. */
static const char *judge_end(const struct query *query, const struct verification *v)
{
	if (v->running)
		return ", and the task is still running";
	if (v->ended)
		return ", and the seal is missing: it was cut off, or could not be made";
	return query->head ? ", and then the task was killed"
			   : ", and the end is missing: the task was killed, or lines were cut off";
}

/* Says what was found. Returns 0 if the record is intact, else 1. */
static int report(const struct query *query, const struct verification *v)
{
	const char *wrong;

	if (v->bad) {
		printf("line %zu: %s; the %zu before it are intact\n", v->bad, v->what, v->lines);
		return 1;
	}
	if (v->lines == 0) {
		puts("there are no lines");
		return 1;
	}
	printf("%zu line%s intact, the last hash is %s", v->lines, v->lines == 1 ? " is" : "s are",
	       v->head);
	wrong = judge_head(query, v);
	if (!wrong)
		wrong = judge_key(query, v);
	if (!wrong && v->sealed) {
		printf(", sealed with key %s\n", v->key);
		return 0;
	}
	puts(wrong ? wrong : judge_end(query, v));
	return wrong || !(v->running || query->head);
}

/* Without --key it is the key of this user, if there is one yet. */
static void find_key(struct query *query, const char *state_dir)
{
	struct seal_key key;
	struct err e;

	if (query->key || seal_key_read(&key, state_dir, &e) < 0)
		return;
	seal_key_public(&key, query->own_key);
	seal_key_forget(&key);
	query->key = query->own_key;
}

static int verify_task(const struct query *query, struct record *r, struct err *e)
{
	struct verification v;

	if (record_verify(r, &v, e) < 0)
		return e->code;
	printf("task %s: ", r->task);
	return report(query, &v);
}

/* Returns 0, or what the verb has to return. */
static int parse(struct query *query, char **argv)
{
	const struct verb_option options[] = {
		{ "head", .text = &query->head },
		{ "key", .text = &query->key },
		{ 0 },
	};
	int r = options_words(&verb_log, options, argv, query->task, 1);

	if (r == 0 && query->head && strlen(query->head) < HEAD_LEAST)
		r = verb_misused(&verb_log, "--head takes at least %d digits", HEAD_LEAST);
	return r;
}

int log_verify(char **argv)
{
	char dir[PATH_MAX], task[TASK_ID_MAX];
	struct record record = { .fd = -1 };
	struct query query = { 0 };
	struct err e = { 0 };
	int r = parse(&query, argv);

	if (r != 0)
		return r;
	r = audit_state_dir(dir, &e);
	if (r == 0)
		r = record_find(dir, query.task[0], task, &e);
	if (r == 0) {
		find_key(&query, dir);
		r = record_open(&record, dir, task, &e);
	}
	if (r == 0)
		r = verify_task(&query, &record, &e);
	record_close(&record);
	return r < 0 ? verb_failed(&e) : r;
}

int log_key(char **argv)
{
	char dir[PATH_MAX], hex[SEAL_PUBLIC_HEX];
	struct seal_key key;
	struct err e;

	if (argv[1])
		return verb_misused(&verb_log, "key takes no \"%s\"", argv[1]);
	if (audit_state_dir(dir, &e) < 0)
		return verb_failed(&e);
	if (seal_key_read(&key, dir, &e) < 0) {
		err_wrap(&e, "%s", dir);
		return verb_failed(&e);
	}
	seal_key_public(&key, hex);
	seal_key_forget(&key);
	puts(hex);
	return 0;
}
