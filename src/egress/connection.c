/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/connection.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "os/loop.h"
#include "wire/http_fields.h"

/*
 * Theory of operation
 *
 * OpenSSL reads and writes the socket itself. What it has decrypted is looked at in a buffer of the
 * connection's own, which exists only while a head is incomplete or lies in it; the content of
 * bodies goes straight into the relay's buffers.
 *
 * The kernel knows nothing of what OpenSSL has read ahead, decrypted or not. The flag @dry says
 * that its last reading found no whole record: then, and only then, the socket being ready is what
 * brings more. Whoever wants to read something that is here already has to be told so
 * (tls_holds()).
 *
 * An end is one if the peer said so (close_notify). A connection that is just closed may have been
 * cut by somebody on the way: reading a body, that is an error; between two messages, where many
 * servers do it, it is an end.
 */

enum {
	PEEK_SMALL = 4096, /* most heads */
	PEEK_MAX = HTTP_HEAD_MAX,
};

static struct connection *of(struct tls *tls)
{
	return container_of(tls, struct connection, tls);
}

/* What OpenSSL says of the handshake, for a person. */
static const struct {
	int reason;
	const char *of_box, *of_host;
} reasons[] = {
	{ SSL_R_UNSUPPORTED_PROTOCOL, "the TLS client offers no version from TLS 1.2 on",
	  "the host speaks no version of TLS from 1.2 on" },
	{ SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, "the TLS client offers no version from TLS 1.2 on",
	  "the host speaks no version of TLS from 1.2 on" },
	{ SSL_R_NO_SHARED_CIPHER, "the TLS client offers no cipher that is safe",
	  "the host offers no cipher that is safe" },
	{ SSL_R_TLSV1_ALERT_UNKNOWN_CA, "the TLS client does not trust the authority of the task",
	  "the host wants a certificate of the client" },
	{ SSL_R_SSLV3_ALERT_BAD_CERTIFICATE,
	  "the TLS client does not trust the authority of the task",
	  "the host wants a certificate of the client" },
	{ SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,
	  "the TLS client does not trust the authority of the task",
	  "the host wants a certificate of the client" },
	{ SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, "the handshake with the TLS client failed",
	  "the host wants a certificate of the client" },
	{ SSL_R_TLSV1_UNRECOGNIZED_NAME, "the handshake with the TLS client failed",
	  "the host does not know itself by that name (SNI)" },
	{ SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL, "the handshake with the TLS client failed",
	  "the host does not speak HTTP/1.1 (ALPN)" },
	{ SSL_R_NO_APPLICATION_PROTOCOL,
	  "the TLS client does not speak HTTP/1.1 (ALPN), and its requests have to be read",
	  "the host does not speak HTTP/1.1 (ALPN)" },
	{ SSL_R_UNEXPECTED_EOF_WHILE_READING, "the TLS client left during the handshake",
	  "the host closed the connection during the TLS handshake" },
};

static const struct {
	int error;
	const char *reason;
} certificates[] = {
	{ X509_V_ERR_CERT_HAS_EXPIRED, "the certificate of the host has expired" },
	{ X509_V_ERR_CERT_NOT_YET_VALID, "the certificate of the host is not valid yet" },
	{ X509_V_ERR_HOSTNAME_MISMATCH, "the certificate of the host is for another name" },
	{ X509_V_ERR_IP_ADDRESS_MISMATCH, "the certificate of the host is for another address" },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "the certificate of the host is self-signed" },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
	  "the certificate of the host is of an authority that this machine does not trust" },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
	  "the certificate of the host is of an authority that this machine does not trust" },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
	  "the certificate of the host is of an authority that this machine does not trust" },
	{ X509_V_ERR_CERT_REVOKED, "the certificate of the host was revoked" },
	{ X509_V_ERR_INVALID_PURPOSE, "the certificate of the host is not for servers" },
	{ X509_V_ERR_INVALID_CA, "the certificate of the host was signed by who may not" },
	{ X509_V_ERR_EE_KEY_TOO_SMALL, "the key of the host is too short" },
	{ X509_V_ERR_CA_MD_TOO_WEAK, "the certificate of the host was signed with a weak digest" },
};

static const char *why_failed(const struct connection *c)
{
	long error = c->host ? SSL_get_verify_result(c->ssl) : X509_V_OK;
	int reason = ERR_GET_REASON(ERR_peek_last_error());

	for (size_t i = 0; error != X509_V_OK && i < LEN(certificates); i++)
		if (certificates[i].error == error)
			return certificates[i].reason;
	if (error != X509_V_OK)
		return "the certificate of the host is not valid";
	for (size_t i = 0; i < LEN(reasons); i++)
		if (reasons[i].reason == reason)
			return c->host ? reasons[i].of_host : reasons[i].of_box;
	return c->host ? "the TLS handshake with the host failed"
		       : "the handshake with the TLS client failed";
}

/* What became of a call that did not succeed: -EAGAIN, 0 at the end, or another -errno. */
static int outcome(struct connection *c, int error)
{
	switch (error) {
	case SSL_ERROR_WANT_READ:
		return -EAGAIN;
	case SSL_ERROR_WANT_WRITE:
		c->tls.wants_room = true;
		return -EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_SYSCALL:
		return errno && errno != EAGAIN ? -errno : -ECONNABORTED;
	default:
		return ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING
			       ? -ECONNABORTED
			       : -EPROTO;
	}
}

static void prepare(struct connection *c)
{
	ERR_clear_error();
	errno = 0;
	c->tls.wants_room = false;
}

static int tls_handshake(struct tls *tls)
{
	struct connection *c = of(tls);
	int r;

	prepare(c);
	r = SSL_do_handshake(c->ssl);
	if (r == 1)
		return 0;
	r = outcome(c, SSL_get_error(c->ssl, r));
	if (r == -EAGAIN)
		return r;
	tls->failed = why_failed(c);
	return r == 0 ? -ECONNABORTED : r;
}

/* Reads from OpenSSL. */
static ssize_t decrypt(struct connection *c, void *into, size_t max)
{
	size_t n;
	int r;

	prepare(c);
	r = SSL_read_ex(c->ssl, into, max, &n);
	c->dry = r != 1;
	if (r == 1)
		return (ssize_t)n;
	r = outcome(c, SSL_get_error(c->ssl, r));
	c->ended = r != -EAGAIN;
	return r;
}

static ssize_t hand_out(struct connection *c, void *into, size_t max)
{
	size_t n = c->n < max ? c->n : max;

	memcpy(into, c->seen + c->off, n);
	c->off += n;
	c->n -= n;
	c->shown = 0;
	return (ssize_t)n;
}

static void drop_empty(struct connection *c)
{
	if (c->n)
		return;
	free(c->seen);
	c->seen = NULL;
	c->off = c->cap = 0;
}

static ssize_t tls_read(struct tls *tls, void *into, size_t max)
{
	struct connection *c = of(tls);
	size_t done = 0;
	ssize_t n = 0;

	if (c->n) {
		n = hand_out(c, into, max);
		drop_empty(c);
		return n;
	}
	do {
		n = decrypt(c, (char *)into + done, max - done);
		done += n > 0 ? (size_t)n : 0;
	} while (n > 0 && done < max && SSL_has_pending(c->ssl));
	return done ? (ssize_t)done : n;
}

/* Most heads need little. */
static bool make_room(struct connection *c)
{
	size_t cap = c->n < PEEK_SMALL ? PEEK_SMALL : PEEK_MAX;
	char *grown;

	if (c->off)
		memmove(c->seen, c->seen + c->off, c->n);
	c->off = 0;
	if (cap <= c->cap)
		return true;
	grown = realloc(c->seen, cap);
	if (!grown)
		return false;
	c->seen = grown;
	c->cap = cap;
	return true;
}

/* Adds to what can be looked at. Returns how much, or as decrypt(). */
static ssize_t look_further(struct connection *c)
{
	ssize_t n;

	if (c->n >= PEEK_MAX)
		return -EAGAIN;
	if (!make_room(c))
		return -ENOMEM;
	n = decrypt(c, c->seen + c->n, c->cap - c->n);
	c->n += n > 0 ? (size_t)n : 0;
	return n;
}

static ssize_t tls_peek(struct tls *tls, size_t max, struct str *in)
{
	struct connection *c = of(tls);
	ssize_t n = 0;

	while ((c->n == 0 || SSL_has_pending(c->ssl)) && c->n < max && c->n < PEEK_MAX) {
		n = look_further(c);
		if (n <= 0)
			break;
	}
	c->shown = c->n;
	*in = (struct str){ c->seen + c->off, c->n < max ? c->n : max };
	if (in->n)
		return (ssize_t)in->n;
	drop_empty(c);
	return n == -ECONNABORTED ? 0 : n;
}

static int tls_more(struct tls *tls)
{
	ssize_t n = look_further(of(tls));

	if (n == -EAGAIN)
		return 0;
	return n > 0 ? 1 : -ECONNABORTED;
}

static void tls_take(struct tls *tls, size_t n)
{
	struct connection *c = of(tls);

	assert(n <= c->n);
	c->off += n;
	c->n -= n;
	c->shown = 0;
	drop_empty(c);
}

static ssize_t tls_write(struct tls *tls, struct str bytes)
{
	struct connection *c = of(tls);
	bool wanted_room = tls->wants_room;
	size_t n;
	int r;

	prepare(c);
	r = SSL_write_ex(c->ssl, bytes.p, bytes.n, &n);
	if (r != 1)
		r = outcome(c, SSL_get_error(c->ssl, r));
	tls->wants_room = wanted_room; /* a writer waits for room anyway */
	return r == 1 ? (ssize_t)n : r == 0 ? -EPIPE : r;
}

static void tls_end(struct tls *tls)
{
	prepare(of(tls));
	SSL_shutdown(of(tls)->ssl);
}

static bool tls_holds(const struct tls *tls)
{
	const struct connection *c = of((struct tls *)(uintptr_t)tls);

	return c->n > c->shown || c->ended || (!c->dry && SSL_has_pending(c->ssl));
}

/* Without a word to the peer, who was told with tls_end() if there was something to tell. */
static void tls_free(struct tls *tls)
{
	struct connection *c = of(tls);

	SSL_set_shutdown(c->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); /* keeps the session */
	SSL_free(c->ssl);
	free(c->seen);
	free(c);
}

static const struct tls_ops ops = {
	.handshake = tls_handshake,
	.peek = tls_peek,
	.more = tls_more,
	.take = tls_take,
	.read = tls_read,
	.write = tls_write,
	.end = tls_end,
	.holds = tls_holds,
	.free = tls_free,
};

struct connection *connection_new(SSL_CTX *ctx, int fd, const char *key)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->tls.ops = &ops;
	c->ssl = SSL_new(ctx);
	memcpy(c->key, key, strlen(key) + 1);
	if (c->ssl && SSL_set_fd(c->ssl, fd) && SSL_set_app_data(c->ssl, c))
		return c;
	tls_free(&c->tls);
	return NULL;
}
