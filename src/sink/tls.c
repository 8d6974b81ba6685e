/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/tls.h"

#include <errno.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "egress/roots.h"
#include "os/sys.h"
#include "os/trust.h"

enum { HANDSHAKE_MS = 10000 };

static int tls_failed(struct err *e, const char *what)
{
	const char *why = ERR_reason_error_string(ERR_peek_last_error());

	return err_say(e, -EPROTO, "%s: %s", what, why ? why : "it failed");
}

SSL_CTX *sink_tls_context(struct err *e)
{
	static struct roots roots;
	struct arena arena = { 0 };
	SSL_CTX *context;
	X509_STORE *store;
	struct str pem;
	int r;

	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	r = trust_read_machine(&arena, &pem, e);
	if (r == 0)
		r = roots_init(&roots, pem, e);
	arena_fini(&arena);
	if (r < 0)
		return NULL;
	context = SSL_CTX_new(TLS_client_method());
	store = roots_store(&roots);
	if (!context || !store || !SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION)) {
		tls_failed(e, "set up TLS");
		return NULL;
	}
	SSL_CTX_set_cert_store(context, store);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(context,
			 SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
	return context;
}

/* Who it has to be: a name, which it is told as well (RFC 6066, 3), or a literal address. */
static bool set_name(SSL *ssl, const struct authority *at)
{
	char text[ADDR_TEXT_MAX], name[HOST_MAX + 1]; /* a macro of OpenSSL casts const away */

	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
				       X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	if (at->host[0]) {
		memcpy(name, at->host, sizeof(name));
		return SSL_set_tlsext_host_name(ssl, name) == 1 && SSL_set1_host(ssl, name) == 1;
	}
	addr_text(&at->addr, text);
	return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), text) == 1;
}

/* What a call without success means. */
static int code_of(const SSL *ssl, int r)
{
	switch (SSL_get_error(ssl, r)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return -EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_SYSCALL:
		return errno ? -errno : -ECONNRESET;
	default:
		return -EPROTO;
	}
}

static bool shake_hands(SSL *ssl, struct err *e)
{
	const int64_t deadline = now_ms() + HANDSHAKE_MS;
	int r;

	do {
		ERR_clear_error();
		r = SSL_connect(ssl);
	} while (r != 1 && code_of(ssl, r) == -EAGAIN && now_ms() < deadline);
	if (r == 1)
		return true;
	if (SSL_get_verify_result(ssl) != X509_V_OK)
		err_say(e, -EPROTO, "its certificate: %s",
			X509_verify_cert_error_string(SSL_get_verify_result(ssl)));
	else
		tls_failed(e, "TLS handshake");
	return false;
}

SSL *sink_tls_connect(SSL_CTX *context, int fd, const struct authority *at, struct err *e)
{
	SSL *ssl = SSL_new(context);

	if (!ssl || SSL_set_fd(ssl, fd) != 1 || !set_name(ssl, at))
		tls_failed(e, "set up TLS");
	else if (shake_hands(ssl, e))
		return ssl;
	SSL_free(ssl);
	return NULL;
}

ssize_t sink_tls_write(SSL *ssl, struct str bytes)
{
	int r, code;

	ERR_clear_error();
	r = SSL_write(ssl, bytes.p, (int)bytes.n);
	code = r > 0 ? 0 : code_of(ssl, r);
	return r > 0 ? r : code == 0 ? -EPIPE : code;
}

ssize_t sink_tls_read(SSL *ssl, void *into, size_t cap)
{
	int r;

	ERR_clear_error();
	r = SSL_read(ssl, into, (int)cap);
	return r > 0 ? r : code_of(ssl, r);
}
