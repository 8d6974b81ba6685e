/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/pep440.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include "wire/ascii.h"

/*
 * The grammar is that of PEP 440, appendix B, read from left to right: none of its parts can take
 * what a later one would need, but that longer words have to be tried first.
 */

struct word {
	const char *text;
	enum pep440_pre pre;
};

static const struct word pre_words[] = {
	{ "alpha", PEP440_ALPHA }, { "a", PEP440_ALPHA },    { "beta", PEP440_BETA },
	{ "b", PEP440_BETA },	   { "preview", PEP440_RC }, { "pre", PEP440_RC },
	{ "rc", PEP440_RC },	   { "c", PEP440_RC },
};
static const struct word post_words[] = { { "post", 0 }, { "rev", 0 }, { "r", 0 } };
static const struct word dev_words[] = { { "dev", 0 } };

static bool is_separator(char c)
{
	return c == '-' || c == '_' || c == '.';
}

static size_t count_digits(struct str s)
{
	size_t n = 0;

	while (n < s.n && ascii_digit(s.p[n]))
		n++;
	return n;
}

/* Takes a number, if there is one. Returns -1 if it is too large. */
static int take_number(struct str *in, bool *found, uint64_t *out)
{
	size_t n = count_digits(*in), zeros = 0;
	unsigned long value = 0;

	*found = n > 0;
	*out = 0;
	while (zeros < n && in->p[zeros] == '0')
		zeros++;
	if (n > zeros &&
	    str_to_ulong((struct str){ in->p + zeros, n - zeros }, ULONG_MAX, &value) < 0)
		return -1;
	*out = value;
	*in = str_skip(*in, n);
	return 0;
}

static const struct word *find_word(struct str in, const struct word *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t length = strlen(words[i].text);

		if (in.n >= length &&
		    str_eq_nocase((struct str){ in.p, length }, str_of(words[i].text)))
			return &words[i];
	}
	return NULL;
}

/*
 * Takes a word and its number, which is 0 if it is not told, with up to one separator before each.
 * Returns -1 if the number is too large; @found is NULL if there is no such word.
 */
static int take_word(struct str *in, const struct word *words, size_t n, const struct word **found,
		     uint64_t *number)
{
	struct str rest = *in;
	bool told;

	if (rest.n && is_separator(rest.p[0]))
		rest = str_skip(rest, 1);
	*found = find_word(rest, words, n);
	if (!*found)
		return 0;
	rest = str_skip(rest, strlen((*found)->text));
	if (rest.n && is_separator(rest.p[0]))
		rest = str_skip(rest, 1);
	*in = rest;
	return take_number(in, &told, number);
}

static int take_release(struct str *in, struct pep440 *out)
{
	bool found = false;

	do {
		if (out->n_release == LEN(out->release) ||
		    take_number(in, &found, &out->release[out->n_release++]) < 0 || !found)
			return -1;
		if (in->n < 2 || in->p[0] != '.' || !ascii_digit(in->p[1]))
			return 0;
		*in = str_skip(*in, 1);
	} while (true);
}

static int take_epoch(struct str *in, struct pep440 *out)
{
	size_t n = count_digits(*in);
	bool found;

	if (n == 0 || n == in->n || in->p[n] != '!')
		return 0;
	if (take_number(in, &found, &out->epoch) < 0)
		return -1;
	*in = str_skip(*in, 1);
	return 0;
}

/* "-1" is a post-release, too. */
static int take_post(struct str *in, struct pep440 *out)
{
	const struct word *word;

	if (in->n > 1 && in->p[0] == '-' && ascii_digit(in->p[1])) {
		*in = str_skip(*in, 1);
		return take_number(in, &out->has_post, &out->post);
	}
	if (take_word(in, post_words, LEN(post_words), &word, &out->post) < 0)
		return -1;
	out->has_post = word;
	return 0;
}

static int take_suffixes(struct str *in, struct pep440 *out)
{
	const struct word *word;

	if (take_word(in, pre_words, LEN(pre_words), &word, &out->pre_number) < 0)
		return -1;
	out->pre = word ? word->pre : PEP440_FINAL;
	if (take_post(in, out) < 0 ||
	    take_word(in, dev_words, LEN(dev_words), &word, &out->dev) < 0)
		return -1;
	out->has_dev = word;
	return 0;
}

/* Letters and digits with single separators between them. */
static bool is_local(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) &&
		    (!is_separator(s.p[i]) || i == 0 || i + 1 == s.n || is_separator(s.p[i - 1])))
			return false;
	return s.n > 0;
}

int pep440_parse(struct str in, struct pep440 *out)
{
	*out = (struct pep440){ 0 };
	if (in.n == 0)
		return -1;
	if (ascii_lower(in.p[0]) == 'v')
		in = str_skip(in, 1);
	if (take_epoch(&in, out) < 0 || take_release(&in, out) < 0 || take_suffixes(&in, out) < 0)
		return -1;
	if (in.n == 0)
		return 0;
	out->local = str_skip(in, 1);
	return in.p[0] == '+' && is_local(out->local) ? 0 : -1;
}

/* Takes one part of a local version. */
static struct str take_part(struct str *rest)
{
	struct str part = { rest->p, 0 };

	while (part.n < rest->n && !is_separator(rest->p[part.n]))
		part.n++;
	*rest = str_skip(*rest, part.n + (part.n < rest->n));
	return part;
}

/* Without leading zeros if it is a number. */
static struct str without_zeros(struct str part)
{
	bool is_number = count_digits(part) == part.n;

	while (is_number && part.n > 1 && part.p[0] == '0')
		part = str_skip(part, 1);
	return part;
}

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int order_release(const struct pep440 *a, const struct pep440 *b)
{
	for (size_t i = 0; i < a->n_release || i < b->n_release; i++) {
		int r = order(i < a->n_release ? a->release[i] : 0,
			      i < b->n_release ? b->release[i] : 0);

		if (r)
			return r;
	}
	return 0;
}

/* Where it is among those of one release: a dev release is below even the alphas. */
static int stage(const struct pep440 *v)
{
	if (v->pre)
		return v->pre;
	return v->has_dev && !v->has_post ? 0 : N_PEP440_PRES;
}

/* Numbers by value and above words; of words, the case does not count. */
static int order_part(struct str a, struct str b)
{
	bool a_number = count_digits(a) == a.n, b_number = count_digits(b) == b.n;

	if (a_number != b_number)
		return a_number ? 1 : -1;
	a = without_zeros(a);
	b = without_zeros(b);
	if (a_number && a.n != b.n)
		return order(a.n, b.n);
	for (size_t i = 0; i < a.n && i < b.n; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return order((unsigned char)ascii_lower(a.p[i]),
				     (unsigned char)ascii_lower(b.p[i]));
	return order(a.n, b.n);
}

static int order_local(struct str a, struct str b)
{
	int r = 0;

	while (r == 0 && a.n && b.n) {
		struct str part_a = take_part(&a), part_b = take_part(&b);

		r = order_part(part_a, part_b);
	}
	return r ? r : order(a.n != 0, b.n != 0);
}

int pep440_compare(const struct pep440 *a, const struct pep440 *b)
{
	int r = order(a->epoch, b->epoch);

	r = r ? r : order_release(a, b);
	r = r ? r : stage(a) - stage(b);
	r = r ? r : order(a->pre_number, b->pre_number);
	r = r ? r : order(a->has_post, b->has_post);
	r = r ? r : order(a->post, b->post);
	r = r ? r : order(b->has_dev, a->has_dev);
	r = r ? r : order(a->dev, b->dev);
	return r ? r : order_local(a->local, b->local);
}

bool pep440_is_prerelease(const struct pep440 *v)
{
	return v->pre || v->has_dev;
}
