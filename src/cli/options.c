/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* The words of a command line, of which @next is the first that was not read. */
struct words {
	const struct verb *verb;
	const struct verb_option *options;
	char **next;
};

/* The option of that name, or of that letter if the name is empty. */
static const struct verb_option *find(const struct words *w, struct str name, char letter)
{
	for (const struct verb_option *o = w->options; o->name; o++)
		if (name.n ? str_is(name, o->name) : o->letter == letter)
			return o;
	return NULL;
}

/* @shown is the option as it was given; @value is NULL if it was given without one. */
static int take(struct words *w, const struct verb_option *o, struct str shown, const char *value)
{
	const int n = (int)shown.n;
	const char *wanted = NULL;

	if (!o)
		return verb_misused(w->verb, "there is no option %.*s", n, shown.p);
	if (o->set && value)
		return verb_misused(w->verb, "%.*s takes no value", n, shown.p);
	if (o->set) {
		*o->set = true;
		return 0;
	}
	if (!value && !*w->next)
		return verb_misused(w->verb, "%.*s needs a value", n, shown.p);
	if (!value)
		value = *w->next++;
	if (o->text)
		*o->text = value;
	else
		wanted = o->take(o->of, value);
	return wanted ? verb_misused(w->verb, "%.*s takes %s", n, shown.p, wanted) : 0;
}

/* --name, --name VALUE, --name=VALUE */
static int take_name(struct words *w, const char *word)
{
	const char *end = strchrnul(word, '=');
	struct str shown = { word, (size_t)(end - word) };

	return take(w, find(w, str_skip(shown, 2), 0), shown, *end ? end + 1 : NULL);
}

/* -l, -lVALUE, -l VALUE; several in one word if all but the last take no value */
static int take_letters(struct words *w, const char *word)
{
	int r = 0;

	for (const char *at = word + 1; *at && r == 0; at++) {
		const char shown[] = { '-', *at };
		const struct verb_option *o = find(w, (struct str){ 0 }, *at);
		const bool valued = o && !o->set && at[1];

		r = take(w, o, (struct str){ shown, sizeof(shown) }, valued ? at + 1 : NULL);
		if (valued)
			break;
	}
	return r;
}

int options_read(const struct verb *verb, const struct verb_option *options, char ***argv)
{
	struct words w = { verb, options, *argv + 1 };
	int r = 0;

	while (r == 0 && *w.next && w.next[0][0] == '-' && w.next[0][1]) {
		const char *word = *w.next++;

		if (!strcmp(word, "--"))
			break;
		if (verb_asks_help(word))
			return VERB_HELP;
		r = word[1] == '-' ? take_name(&w, word) : take_letters(&w, word);
	}
	*argv = w.next;
	return r;
}

int options_words(const struct verb *verb, const struct verb_option *options, char **argv,
		  char **word, size_t n)
{
	size_t i = 0;
	int r;

	while ((r = options_read(verb, options, &argv)) == 0 && argv[0]) {
		if (i == n)
			return verb_misused(verb, "\"%s\" is one word too many", argv[0]);
		word[i++] = argv[0];
	}
	word[i] = NULL;
	return r;
}
