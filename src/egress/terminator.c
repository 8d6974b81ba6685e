/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/terminator.h"

#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "egress/connection.h"
#include "egress/hash_openssl.h"
#include "egress/unpack.h"
#include "os/loop.h"
#include "policy/rules_match.h"

enum { READ_AHEAD = 34 * 1024 }; /* bytes: two records with what is around them */

/* The entry of @key, or, made empty, the one that was not used for longest. */
static struct known *find(struct terminator_openssl *t, const char *key)
{
	struct known *oldest = &t->known[0];

	for (size_t i = 0; i < KNOWN_MAX; i++) {
		struct known *k = &t->known[i];

		if (k->used && !strcmp(k->key, key)) {
			k->used = ++t->n_uses;
			return k;
		}
		if (k->used < oldest->used)
			oldest = k;
	}
	X509_free(oldest->leaf);
	SSL_SESSION_free(oldest->session);
	*oldest = (struct known){ .used = ++t->n_uses };
	memcpy(oldest->key, key, strlen(key) + 1);
	return oldest;
}

static struct known *known_for(struct terminator_openssl *t, const struct request *to)
{
	char address[ADDR_TEXT_MAX], key[KNOWN_KEY];
	struct buf out = BUF(key);

	if (!to->host)
		addr_text(&to->addr, address);
	buf_printf(&out, "%s:%u", to->host ? to->host : address, to->port);
	return find(t, key);
}

static struct tls *serve(struct terminator *face, int fd, const struct request *to)
{
	struct terminator_openssl *t = container_of(face, struct terminator_openssl, face);
	struct known *k = known_for(t, to);
	struct connection *c = connection_new(t->server, fd, k->key);

	if (!c)
		return NULL;
	if (!k->leaf)
		k->leaf = mint_leaf(t->mint, to->host, &to->addr);
	if (!k->leaf || SSL_use_certificate(c->ssl, k->leaf) != 1) {
		c->tls.ops->free(&c->tls);
		return NULL;
	}
	SSL_set_accept_state(c->ssl);
	return &c->tls;
}

/* The name or address that the certificate has to be for; a name is said as well (SNI). */
static bool demand(SSL *ssl, const struct request *to)
{
	char address[ADDR_TEXT_MAX], name[HOST_MAX + 1];

	if (to->host) {
		snprintf(name, sizeof(name), "%s",
			 to->host); /* a macro of OpenSSL casts const away */
		return SSL_set1_host(ssl, name) && SSL_set_tlsext_host_name(ssl, name);
	}
	addr_text(&to->addr, address);
	return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), address);
}

/* What vouches for a registry vouches for it alone. */
static bool trust(const struct terminator_openssl *t, SSL *ssl, const struct request *to)
{
	for (size_t i = 0; i < t->n_vouched; i++)
		if (rule_covers_target(&t->vouched[i].at, to))
			return SSL_set1_verify_cert_store(ssl, t->vouched[i].store) == 1;
	return true;
}

int terminator_vouch(struct terminator_openssl *t, const struct rule *at, struct roots *roots,
		     struct err *e)
{
	X509_STORE *store = t->n_vouched < VOUCHED_MAX ? roots_store(roots) : NULL;

	if (!store)
		return err_say(e, -E2BIG, "too many registries have authorities of their own");
	t->vouched[t->n_vouched++] = (struct vouched){ *at, store };
	return 0;
}

static struct tls *call(struct terminator *face, int fd, const struct request *to)
{
	struct terminator_openssl *t = container_of(face, struct terminator_openssl, face);
	struct known *k = known_for(t, to);
	struct connection *c = connection_new(t->client, fd, k->key);

	if (!c)
		return NULL;
	c->host = true;
	c->terminator = t;
	if (!demand(c->ssl, to) || !trust(t, c->ssl, to) ||
	    (k->session && !SSL_set_session(c->ssl, k->session))) {
		c->tls.ops->free(&c->tls);
		return NULL;
	}
	SSL_set_connect_state(c->ssl);
	return &c->tls;
}

/* A ticket of a host that was verified. Returns 1: the session is ours. */
static int new_session(SSL *ssl, SSL_SESSION *session)
{
	struct connection *c = SSL_get_app_data(ssl);
	struct known *k = find(c->terminator, c->key);

	SSL_SESSION_free(k->session);
	k->session = session;
	return 1;
}

static const unsigned char http11[] = { 8, 'h', 't', 't', 'p', '/', '1', '.', '1' };

/* RFC 7301, 3.2: a client that offers others only is told that there is none. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *n,
			   const unsigned char *offered, unsigned n_offered, void *of_us)
{
	unsigned char *chosen;

	(void)ssl;
	(void)of_us;
	if (SSL_select_next_proto(&chosen, n, http11, sizeof(http11), offered, n_offered) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *context(const SSL_METHOD *method)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	if (!ctx || !SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION)) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_default_read_buffer_len(ctx, READ_AHEAD);
	return ctx;
}

static bool set_up_server(struct terminator_openssl *t)
{
	t->server = context(TLS_server_method());
	if (!t->server || SSL_CTX_use_PrivateKey(t->server, t->mint->leaf_key) != 1 ||
	    SSL_CTX_set_num_tickets(t->server, 1) != 1)
		return false;
	SSL_CTX_set_session_cache_mode(t->server, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_alpn_select_cb(t->server, choose_protocol, NULL);
	return true;
}

/*
 * A certificate of the machine's bundle is trusted even if another one has signed it, as curl and
 * Go have it. A wildcard stands for a whole label; the subject is no place for a name (RFC
 * 6125, 6.4.3 and 6.4.4).
 */
static bool set_up_client(struct terminator_openssl *t, struct roots *roots)
{
	X509_STORE *store = roots_store(roots);
	X509_VERIFY_PARAM *param;

	t->client = context(TLS_client_method());
	if (!t->client || !store) {
		X509_STORE_free(store);
		return false;
	}
	SSL_CTX_set_cert_store(t->client, store);
	SSL_CTX_set_verify(t->client, SSL_VERIFY_PEER, NULL);
	param = SSL_CTX_get0_param(t->client);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
						       X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	SSL_CTX_set_session_cache_mode(t->client,
				       SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(t->client, new_session);
	return SSL_CTX_set_alpn_protos(t->client, http11, sizeof(http11)) == 0;
}

int terminator_init(struct terminator_openssl *t, struct mint *mint, struct roots *roots,
		    struct err *e)
{
	*t = (struct terminator_openssl){ .face = { serve, call, &hash_openssl, &unpack_zlib },
					  .mint = mint };
	if (!hash_openssl_init() || !set_up_server(t) || !set_up_client(t, roots))
		return err_say(e, -EIO, "set up TLS: %s",
			       ERR_reason_error_string(ERR_peek_last_error()));
	return 0;
}
