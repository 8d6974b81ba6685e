/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line "ECOSYSTEM SEED METHOD ROLE PATH" is classified; what follows it is sifted as a document
 * about what that asked for. The seed chooses what is refused.
 */
#include "eco/eco.h"

#include "fuzz.h"
#include "wire/url.h"

struct taste {
	unsigned seed;
	size_t shown;
};

/* The same answer for the same package, in whatever order it is asked. */
static bool judge(void *of, const struct package_facts *facts)
{
	struct taste *taste = of;
	unsigned hash = taste->seed;

	assert(facts->version.n || facts->file.n);
	taste->shown++;
	for (size_t i = 0; i < facts->version.n; i++)
		hash = hash * 31 + (unsigned char)facts->version.p[i];
	for (size_t i = 0; i < facts->file.n; i++)
		hash = hash * 31 + (unsigned char)facts->file.p[i];
	return taste->seed % 4 == 0 || hash % 3;
}

/* Returns whether it was understood. */
static bool sift(const struct ecosystem *ecosystem, const struct package_request *about,
		 unsigned seed, struct str in, struct buf *out)
{
	struct taste taste = { .seed = seed };
	struct sieve s = {
		.ecosystem = ecosystem, .about = about, .in = in, .judge = judge, .of = &taste
	};
	int r;

	while ((r = sieve_run(&s)) == SIEVE_MORE)
		;
	assert((r == SIEVE_BAD) == (s.reason != NULL));
	assert(s.n_kept <= s.n_all && taste.shown <= s.n_all);
	for (size_t i = 0; r == 0 && i < s.n_pieces; i++)
		buf_str(out, s.piece[i]);
	assert(r != 0 || out->n == s.size);
	sieve_fini(&s);
	return r == 0;
}

/* What is left is a document, of which nothing more has to be left out. */
static void check_document(const struct ecosystem *ecosystem, const struct package_request *about,
			   unsigned seed, struct str in)
{
	static char once_space[60000], twice_space[60000];
	struct buf once = BUF(once_space), twice = BUF(twice_space);

	if (!about->name[0] || !sift(ecosystem, about, seed, in, &once) || !once.n || about->tag[0])
		return;
	assert(!once.full);
	assert(sift(ecosystem, about, seed, (struct str){ once.p, once.n }, &twice));
	assert(str_eq((struct str){ once.p, once.n }, (struct str){ twice.p, twice.n }));
}

static void check_request(const struct package_request *out, const struct ecosystem *ecosystem)
{
	char space[4096];
	struct document_at at = { .path = BUF(space) };

	assert(out->kind < N_PACKAGE_KINDS);
	for (const char *c = out->name; *c; c++)
		assert((unsigned char)*c >= ' ');
	if (out->kind == PACKAGE_ARTIFACT || out->kind == PACKAGE_VERSION) {
		assert(out->name[0]);
		assert(out->kind == PACKAGE_VERSION || out->version[0] || out->file[0]);
		if (ecosystem->locate && ecosystem->locate(out, &at))
			assert(!at.path.full && at.path.n && at.path.p[0] == '/');
	}
}

static struct str take_word(struct str *line)
{
	struct str word;

	str_cut(*line, ' ', &word, line);
	return word;
}

static unsigned take_digit(struct str *line)
{
	const struct str word = take_word(line);

	return word.n ? (unsigned char)word.p[0] % 16 : 0;
}

/* Of its public hosts, or that of a private registry: there are no others. */
static bool has_role(const struct ecosystem *ecosystem, unsigned role)
{
	for (const struct registry_host *host = ecosystem->hosts; host->host; host++)
		if (host->role == role)
			return true;
	return role == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str line, document, query;
	const struct ecosystem *ecosystem;
	struct package_request about = { 0 };
	struct registry_request request = { 0 };
	char space[2048];
	struct buf path = BUF(space);
	unsigned seed;

	str_cut((struct str){ (const char *)data, size }, '\n', &line, &document);
	ecosystem = ecosystem_find(take_word(&line));
	if (!ecosystem || size > 20000)
		return 0;
	seed = take_digit(&line);
	request.method = take_word(&line);
	request.role = take_digit(&line) % 4;
	if (!has_role(ecosystem, request.role))
		return 0;
	str_cut(line, '?', &line, &query);
	query = (struct str){ query.p - (query.n > 0), query.n + (query.n > 0) };
	if (url_path(line, &path))
		return 0;
	request.path = (struct str){ path.p, path.n };
	request.query = query;
	ecosystem->classify(&request, &about);
	check_request(&about, ecosystem);
	if (ecosystem->sift)
		check_document(ecosystem, &about, seed, document);
	return 0;
}
