/* SPDX-License-Identifier: Apache-2.0 */
#include "os/trust.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>

#include "os/sys.h"

enum { MACHINE_MAX = 8 << 20 };

struct header {
	char hash[12];
	uint32_t n_ca, n_jks;
};

int trust_send(int fd, const struct trust *trust)
{
	struct header header = { .n_ca = (uint32_t)trust->ca.n, .n_jks = (uint32_t)trust->jks.n };
	int r;

	memcpy(header.hash, trust->hash, sizeof(trust->hash));
	r = write_all(fd, &header, sizeof(header));
	if (r == 0)
		r = write_all(fd, trust->ca.p, trust->ca.n);
	if (r == 0)
		r = write_all(fd, trust->jks.p, trust->jks.n);
	return r == -EPIPE ? 0 : r;
}

/* A pipe that nobody reads from is in error: poll(2). */
void trust_await(int fd)
{
	struct pollfd pipe = { .fd = fd };

	while (poll(&pipe, 1, -1) < 0 && errno == EINTR)
		;
	close(fd);
}

/* Reads exactly @n bytes. Returns 0 or -errno: -EPIPE at the end. */
static int read_exactly(int fd, int64_t until, void *into, size_t n)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	char *at = into;

	while (n) {
		int ready = poll(&wait, 1, ms_until(until));
		ssize_t r = ready > 0 ? read(fd, at, n) : ready;

		if (ready == 0)
			return -ETIMEDOUT;
		if (r < 0 && errno != EINTR)
			return -errno;
		if (r == 0)
			return -EPIPE;
		at += r > 0 ? r : 0;
		n -= r > 0 ? (size_t)r : 0;
	}
	return 0;
}

static bool is_hash(const char *hash)
{
	return strspn(hash, "0123456789abcdef") == 8 && hash[8] == '\0';
}

int trust_receive(int fd, int64_t until, struct arena *arena, struct trust *trust, struct err *e)
{
	struct header header;
	char *text;
	int r = read_exactly(fd, until, &header, sizeof(header));

	if (r == 0 && (!is_hash(header.hash) || header.n_ca == 0 || header.n_ca > TRUST_PEM_MAX ||
		       header.n_jks > TRUST_JKS_MAX))
		r = -EPROTO;
	if (r < 0)
		return err_set(e, r, "hear of the task's certificate authority");
	text = arena_alloc(arena, header.n_ca + header.n_jks);
	r = read_exactly(fd, until, text, header.n_ca + header.n_jks);
	if (r < 0)
		return err_set(e, r, "hear of the task's certificate authority");
	memcpy(trust->hash, header.hash, sizeof(trust->hash));
	trust->ca = (struct str){ text, header.n_ca };
	trust->jks = (struct str){ text + header.n_ca, header.n_jks };
	return 0;
}

/* Where distributions keep the bundle of their authorities; the first that is there counts. */
static const char *const bundles[] = {
	"/etc/ssl/certs/ca-certificates.crt",		     /* Debian, Arch, Alpine */
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* Fedora and its kin */
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem", /* SUSE */
	"/etc/ssl/cert.pem",
};

/* As in a hash directory: a link "12ab34cd.0" for each certificate. */
static bool is_entry(const char *name)
{
	return strspn(name, "0123456789abcdef") == 8 && name[8] == '.';
}

/* Adds what is in it to @pem. */
static void read_directory(const char *path, struct arena *arena, struct str *pem)
{
	struct str *part = NULL, one;
	size_t n = 0, left = MACHINE_MAX;
	DIR *dir = opendir(path);

	*arena_push(arena, part, n) = *pem;
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		if (!is_entry(entry->d_name) ||
		    read_regular(dirfd(dir), entry->d_name, 0, left, arena, &one) < 0)
			continue;
		*arena_push(arena, part, n) = one;
		left -= one.n;
	}
	if (dir)
		closedir(dir);
	if (n > 1)
		*pem = str_lines(part, n, arena);
}

int trust_read_machine(struct arena *arena, struct str *pem, struct err *e)
{
	const char *file = getenv("SSL_CERT_FILE"), *dir = getenv("SSL_CERT_DIR");
	int r = -ENOENT;

	*pem = (struct str){ 0 };
	if (file && *file) {
		r = read_regular(AT_FDCWD, file, 0, MACHINE_MAX, arena, pem);
		if (r < 0)
			return err_set(e, r, "SSL_CERT_FILE: read %s", file);
	}
	for (size_t i = 0; i < LEN(bundles) && r == -ENOENT; i++) {
		r = read_regular(AT_FDCWD, bundles[i], 0, MACHINE_MAX, arena, pem);
		if (r < 0 && r != -ENOENT)
			return err_set(e, r, "read %s", bundles[i]);
	}
	if (dir && *dir && strcmp(dir, "/etc/ssl/certs") != 0)
		read_directory(dir, arena, pem);
	return 0;
}
