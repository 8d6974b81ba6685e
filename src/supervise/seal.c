/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation
 *
 * The chain alone shows changes that were not followed through. Who can write the file, but cannot
 * read the key of the user whose tasks they were, can no longer follow through either: the last
 * line of a task, log.seal, holds a signature (Ed25519, RFC 8032) over
 *
 *	"agentbox.seal.v1\n" || head		head: the hash of the line before, 32 bytes
 *
 * and the head stands for the task's id, every line and their number. Against the user, who can
 * read the key, only a head that was kept elsewhere helps; so the launcher tells it at the end.
 *
 * The key is made when the first task of a user ends. It is written to a file of its own name,
 * synced and then linked to the name that is looked for: whoever finds it finds all of it, and of
 * several tasks that end at once the first to link wins while the others take its key.
 */
#include "supervise/seal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "os/sys.h"

static_assert(SEAL_SECRET == crypto_sign_ed25519_SECRETKEYBYTES, "Ed25519");
static_assert(SEAL_PUBLIC_HEX == 2 * crypto_sign_ed25519_PUBLICKEYBYTES + 1, "Ed25519");
static_assert(SEAL_SIGNATURE_HEX == 2 * crypto_sign_ed25519_BYTES + 1, "Ed25519");

#define DOMAIN "agentbox.seal.v1\n"
#define KEY "seal.key"

enum { DOMAIN_N = sizeof(DOMAIN) - 1, MESSAGE = DOMAIN_N + CHAIN_HASH };

static int open_dir(const char *state_dir, struct err *e)
{
	int dir = open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return dir < 0 ? err_set(e, -errno, "open %s", state_dir) : dir;
}

static int read_key(struct seal_key *key, int dir, struct err *e)
{
	_cleanup_fd_ int fd = openat(dir, KEY, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	unsigned char bytes[SEAL_SECRET + 1];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(e, -errno, "open " KEY);
	if (st.st_uid != geteuid() || !S_ISREG(st.st_mode) || (st.st_mode & 077))
		return err_say(e, -EPERM, KEY " is not a file that you alone may read");
	if (read(fd, bytes, sizeof(bytes)) != SEAL_SECRET)
		return err_say(e, -EINVAL, KEY " is not a key; move it away to get a new one");
	memcpy(key->secret, bytes, SEAL_SECRET);
	sodium_memzero(bytes, sizeof(bytes));
	return 0;
}

static int write_key(int dir, const char *name, const struct seal_key *key)
{
	_cleanup_fd_ int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, key->secret, SEAL_SECRET);
	return r == 0 && fsync(fd) < 0 ? -errno : r;
}

/* Returns 0 when there is a key, whoever made it. */
static int make_key(int dir, struct err *e)
{
	unsigned char seed[crypto_sign_ed25519_SEEDBYTES],
		public[crypto_sign_ed25519_PUBLICKEYBYTES];
	struct seal_key key;
	uint64_t number;
	char name[40];
	int r;

	/* getrandom(2): up to 256 bytes are always given whole */
	if (getrandom(seed, sizeof(seed), 0) < 0 || getrandom(&number, sizeof(number), 0) < 0)
		return err_set(e, -errno, "get random numbers for " KEY);
	crypto_sign_ed25519_seed_keypair(public, key.secret, seed);
	snprintf(name, sizeof(name), KEY ".%016" PRIx64, number);
	r = write_key(dir, name, &key);
	if (r == 0 && linkat(dir, name, dir, KEY, 0) < 0 && errno != EEXIST)
		r = -errno;
	unlinkat(dir, name, 0);
	sodium_memzero(seed, sizeof(seed));
	seal_key_forget(&key);
	return r < 0 ? err_set(e, r, "make " KEY) : 0;
}

int seal_key_read(struct seal_key *key, const char *state_dir, struct err *e)
{
	_cleanup_fd_ int dir = open_dir(state_dir, e);

	return dir < 0 ? dir : read_key(key, dir, e);
}

int seal_key_open(struct seal_key *key, const char *state_dir, struct err *e)
{
	_cleanup_fd_ int dir = open_dir(state_dir, e);
	struct err why = { 0 }; /* that there is no key yet is no news, and @e may have some */
	int r = dir < 0 ? dir : read_key(key, dir, &why);

	if (dir < 0)
		return err_wrap(e, "%s", state_dir);
	if (r == -ENOENT) {
		r = make_key(dir, &why);
		if (r == 0)
			r = read_key(key, dir, &why);
	}
	return r < 0 ? err_say(e, r, "%s: %s", state_dir, why.text) : 0;
}

void seal_key_public(const struct seal_key *key, char hex[SEAL_PUBLIC_HEX])
{
	sodium_bin2hex(hex, SEAL_PUBLIC_HEX, key->secret + crypto_sign_ed25519_SEEDBYTES,
		       crypto_sign_ed25519_PUBLICKEYBYTES);
}

void seal_key_forget(struct seal_key *key)
{
	sodium_memzero(key, sizeof(*key));
}

static void message_of(const struct chain *chain, unsigned char message[MESSAGE])
{
	memcpy(message, DOMAIN, DOMAIN_N);
	memcpy(message + DOMAIN_N, chain->head, CHAIN_HASH);
}

void seal_sign(const struct seal_key *key, const struct chain *chain, char hex[SEAL_SIGNATURE_HEX])
{
	unsigned char message[MESSAGE], signature[crypto_sign_ed25519_BYTES];

	message_of(chain, message);
	crypto_sign_ed25519_detached(signature, NULL, message, sizeof(message), key->secret);
	sodium_bin2hex(hex, SEAL_SIGNATURE_HEX, signature, sizeof(signature));
}

/* Exactly @n bytes, in digits of one form. */
static bool unhex(struct str hex, unsigned char *bytes, size_t n)
{
	char again[SEAL_SIGNATURE_HEX];

	if (hex.n != 2 * n || sodium_hex2bin(bytes, n, hex.p, hex.n, NULL, NULL, NULL) != 0)
		return false;
	sodium_bin2hex(again, sizeof(again), bytes, n);
	return str_is(hex, again);
}

bool seal_fits(const struct chain *chain, struct str public, struct str signature)
{
	unsigned char key[crypto_sign_ed25519_PUBLICKEYBYTES], bytes[crypto_sign_ed25519_BYTES];
	unsigned char message[MESSAGE];

	if (!unhex(public, key, sizeof(key)) || !unhex(signature, bytes, sizeof(bytes)))
		return false;
	message_of(chain, message);
	return crypto_sign_ed25519_verify_detached(bytes, message, sizeof(message), key) == 0;
}
