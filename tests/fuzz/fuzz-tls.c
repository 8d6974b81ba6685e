/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/tls.h"

#include <openssl/ssl.h>
#include <stdlib.h>

#include "fuzz.h"

static bool same(const struct tls_hello *a, const struct tls_hello *b)
{
	return strcmp(a->sni, b->sni) == 0 && a->version == b->version && a->alpn == b->alpn &&
	       a->h2 == b->h2 && a->http11 == b->http11 && a->ech == b->ech &&
	       a->alert == b->alert && a->reason == b->reason;
}

/* In a block of its own size, so that reading past a prefix is seen too. */
static int read_prefix(struct tls_hello *hello, const uint8_t *data, size_t n)
{
	char *copy = malloc(n ? n : 1);
	int ret;

	assert(copy);
	if (n)
		memcpy(copy, data, n);
	ret = tls_read_hello(hello, (struct str){ copy, n });
	free(copy);
	return ret;
}

/* A prefix wants more or says what the whole says; what was complete stays complete. */
static void check_prefix(const struct tls_hello *hello, int ret, const uint8_t *data, size_t n)
{
	struct tls_hello prefix;
	int so_far = read_prefix(&prefix, data, n);

	if (so_far == TLS_E_MORE) {
		assert(ret != 0 || n < hello->size);
		return;
	}
	assert(so_far == ret && same(&prefix, hello));
	assert(ret != 0 || (n >= hello->size && prefix.size == hello->size));
}

/* The same message, cut into records of another size, says the same. */
static void check_cut(const struct tls_hello *hello, const uint8_t *data, size_t record)
{
	static char message[TLS_HELLO_MAX], records[TLS_HELLO_MAX + 1];
	struct buf in = buf_over(message, sizeof(message));
	struct buf out = buf_over(records, sizeof(records));
	struct tls_hello other;

	for (size_t at = 0; at < hello->size;) {
		size_t n = (size_t)data[at + 3] << 8 | data[at + 4];

		buf_add(&in, data + at + 5, n);
		at += 5 + n;
	}
	for (size_t at = 0; at < in.n; at += record) {
		size_t n = in.n - at < record ? in.n - at : record;
		const uint8_t header[] = { 22, 3, 3, (uint8_t)(n >> 8), (uint8_t)n };

		buf_add(&out, header, sizeof(header));
		buf_add(&out, in.p + at, n);
	}
	if (in.full || out.full)
		return;
	assert(tls_read_hello(&other, (struct str){ out.p, out.n }) == 0);
	assert(same(&other, hello) && other.size == out.n);
}

/* What OpenSSL takes for the name, canonical; "" if there is none. */
static int note_name(SSL *ssl, int *alert, void *arg)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	char *out = SSL_get_app_data(ssl);

	(void)alert;
	(void)arg;
	if (!name)
		out[0] = '\0';
	else
		assert(host_canon(str_of(name), out) == 0);
	return SSL_TLSEXT_ERR_ALERT_FATAL; /* that was all we wanted */
}

static SSL_CTX *server(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	assert(ctx);
	SSL_CTX_set_min_proto_version(ctx, 0);
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_tlsext_servername_callback(ctx, note_name);
	return ctx;
}

/* A server finds the name that we found, or it finds fault with the hello before that. */
static void check_openssl(const struct tls_hello *hello, const uint8_t *data)
{
	static SSL_CTX *ctx;
	char name[HOST_MAX + 1] = "not asked";
	BIO *in = BIO_new_mem_buf(data, (int)hello->size), *out = BIO_new(BIO_s_mem());
	SSL *ssl;

	ctx = ctx ? ctx : server();
	ssl = SSL_new(ctx);
	assert(ssl && in && out);
	SSL_set_app_data(ssl, name);
	SSL_set_bio(ssl, in, out);
	SSL_accept(ssl);
	assert(strcmp(name, "not asked") == 0 || strcmp(name, hello->sni) == 0);
	SSL_free(ssl);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls_hello hello;
	int ret = read_prefix(&hello, data, size);
	size_t step = size / 200 + 1;
	char name[HOST_MAX + 1];

	assert((ret == TLS_E_BAD) == (hello.reason != NULL));
	assert((ret == TLS_E_BAD) == (hello.alert != TLS_ALERT_NONE));
	assert(hello.size <= size && hello.size <= TLS_HELLO_MAX);
	assert(ret != TLS_E_MORE || size < TLS_HELLO_MAX);
	for (size_t n = 0; n < size; n += step)
		check_prefix(&hello, ret, data, n);
	if (ret != 0)
		return 0;
	assert(!hello.sni[0] || host_canon(str_of(hello.sni), name) == 0);
	check_openssl(&hello, data);
	check_cut(&hello, data, 1);
	check_cut(&hello, data, 1 + size % 97);
	return 0;
}
