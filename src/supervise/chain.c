/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation
 *
 * A line of the log is one JSON object. Its first members are always the same, in the same order,
 * and so are its last two:
 *
 *	{"v":1,"seq":7,"task":"...","time":"...","mono_ns":123,"event":"net.connect",...,
 *	 "prev":"<64 hex digits>","hash":"<64 hex digits>"}
 *
 * The body is what stands before `,"prev"`. With `||` joining bytes,
 *
 *	leaf  = SHA-256("agentbox.event.v1\n" || body)
 *	hash  = SHA-256("agentbox.chain.v1\n" || prev || leaf)	prev and leaf as 32 bytes
 *	prev  = the hash of the line before; for seq 1, SHA-256("agentbox.task.v1\n" || task)
 *
 * So who verifies hashes the bytes that are there, and needs no JSON reader and no canonical form.
 * Each prefix keeps one kind of hash from passing for another. As the tail has a fixed length and
 * every other byte is hashed, each byte of a line is either compared or hashed.
 *
 * There is no key in it: who can rewrite the whole file can compute a new chain. What the chain
 * shows is every change that was not followed through to the last line, and, to those who kept the
 * last hash somewhere else, any change at all.
 */
#include "supervise/chain.h"

#include <assert.h>
#include <inttypes.h>
#include <sodium.h>
#include <string.h>

static_assert(CHAIN_HASH == crypto_hash_sha256_BYTES, "SHA-256");

#define PREV ",\"prev\":\""
#define HASH "\",\"hash\":\""
#define END "\"}"

enum {
	HEX = CHAIN_HEX - 1,
	TAIL = sizeof(PREV HASH END) - 1 + 2 * HEX,
};

static void sha256(const char *domain, struct str a, struct str b, unsigned char out[CHAIN_HASH])
{
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const unsigned char *)domain, strlen(domain));
	crypto_hash_sha256_update(&state, (const unsigned char *)a.p, a.n);
	crypto_hash_sha256_update(&state, (const unsigned char *)b.p, b.n);
	crypto_hash_sha256_final(&state, out);
}

static struct str str_of_hash(const unsigned char hash[CHAIN_HASH])
{
	return (struct str){ (const char *)hash, CHAIN_HASH };
}

void chain_digest(struct str bytes, char hex[CHAIN_HEX])
{
	unsigned char hash[CHAIN_HASH];

	sha256("", bytes, STR(""), hash);
	sodium_bin2hex(hex, CHAIN_HEX, hash, sizeof(hash));
}

void chain_start(struct chain *chain, struct str task)
{
	sha256("agentbox.task.v1\n", task, STR(""), chain->head);
}

void chain_head(const struct chain *chain, char hex[CHAIN_HEX])
{
	sodium_bin2hex(hex, CHAIN_HEX, chain->head, sizeof(chain->head));
}

/* The hash of a line with this @body that follows @prev. */
static void link_hash(const unsigned char prev[CHAIN_HASH], struct str body,
		      unsigned char hash[CHAIN_HASH])
{
	unsigned char leaf[CHAIN_HASH];

	sha256("agentbox.event.v1\n", body, STR(""), leaf);
	sha256("agentbox.chain.v1\n", str_of_hash(prev), str_of_hash(leaf), hash);
}

void line_begin(const struct line_head *head, struct buf *line)
{
	buf_printf(line,
		   "{\"v\":1,\"seq\":%" PRIu64
		   ",\"task\":\"%.*s\",\"time\":\"%.*s\",\"mono_ns\":%" PRIu64 ",",
		   head->seq, (int)head->task.n, head->task.p, (int)head->time.n, head->time.p,
		   head->mono_ns);
}

void line_seal(struct chain *chain, struct buf *line)
{
	char prev[CHAIN_HEX], hash[CHAIN_HEX];

	chain_head(chain, prev);
	link_hash(chain->head, (struct str){ line->p, line->n }, chain->head);
	chain_head(chain, hash);
	buf_printf(line, PREV "%s" HASH "%s" END "\n", prev, hash);
}

/* Takes @literal off the front of @s. */
static bool take(struct str *s, const char *literal)
{
	size_t n = strlen(literal);

	if (!str_starts(*s, literal))
		return false;
	*s = (struct str){ s->p + n, s->n - n };
	return true;
}

/* Takes off what stands before @end, and @end. */
static bool take_until(struct str *s, char end, struct str *out)
{
	return str_cut(*s, end, out, s);
}

static bool take_number(struct str *s, uint64_t *out)
{
	struct str digits;

	return take_until(s, ',', &digits) && str_to_ulong(digits, UINT64_MAX, out) == 0;
}

int line_parse(struct str line, struct line_head *head, struct str *event)
{
	bool good = take(&line, "{\"v\":1,\"seq\":") && take_number(&line, &head->seq) &&
		    take(&line, "\"task\":\"") && take_until(&line, '"', &head->task) &&
		    take(&line, ",\"time\":\"") && take_until(&line, '"', &head->time) &&
		    take(&line, ",\"mono_ns\":") && take_number(&line, &head->mono_ns) &&
		    take(&line, "\"event\":\"") && take_until(&line, '"', event);

	return good ? 0 : -1;
}

/* Takes off @n bytes. */
static struct str take_bytes(struct str *s, size_t n)
{
	struct str taken = { s->p, n };

	*s = (struct str){ s->p + n, s->n - n };
	return taken;
}

/* Cuts @line down to its body, and finds the digits of its two hashes. */
static bool take_tail(struct str *line, struct str *prev, struct str *hash)
{
	struct str tail = *line;

	if (line->n < TAIL)
		return false;
	*line = take_bytes(&tail, line->n - TAIL);
	if (!take(&tail, PREV))
		return false;
	*prev = take_bytes(&tail, HEX);
	if (!take(&tail, HASH))
		return false;
	*hash = take_bytes(&tail, HEX);
	return str_is(tail, END);
}

/* Digits are compared, so that each hash has one form: a capital is as wrong as another digit. */
enum line_fault line_check(struct chain *chain, struct str line)
{
	struct chain before = *chain, after;
	char hex[CHAIN_HEX];
	struct str prev, hash;
	bool follows;

	if (!take_tail(&line, &prev, &hash))
		return LINE_E_FORM;
	chain_head(chain, hex);
	follows = str_is(prev, hex);
	if (!follows && sodium_hex2bin(before.head, CHAIN_HASH, prev.p, prev.n, NULL, NULL, NULL))
		return LINE_E_FORM;
	link_hash(before.head, line, after.head);
	chain_head(&after, hex);
	if (!str_is(hash, hex))
		return LINE_E_HASH;
	if (!follows)
		return LINE_E_PREV;
	*chain = after;
	return LINE_GOOD;
}
