/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/roots.h"

#include <errno.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

enum { ROOTS_MAX = 4096, ROOT_DER_MAX = 16 * 1024 };

static int add_root(struct roots *roots, unsigned char *der, long n)
{
	void *grown;

	if (roots->n == ROOTS_MAX)
		return -E2BIG;
	grown = reallocarray(roots->root, roots->n + 1, sizeof(*roots->root));
	if (!grown)
		return -ENOMEM;
	roots->root = grown;
	roots->root[roots->n++] = (struct root){ .der = der, .n = n };
	return 0;
}

static bool is_certificate(const char *name)
{
	return !strcmp(name, PEM_STRING_X509) || !strcmp(name, PEM_STRING_X509_OLD);
}

/* Takes the next PEM block. Returns 1, 0 at the end, or -errno. */
static int next_block(struct roots *roots, BIO *bio)
{
	char *name, *header;
	unsigned char *der;
	long n;
	int r = 1;

	if (PEM_read_bio(bio, &name, &header, &der, &n) != 1)
		return 0;
	if (is_certificate(name) && n > 0 && n <= ROOT_DER_MAX) {
		r = add_root(roots, der, n);
		der = r < 0 ? der : NULL;
		r = r < 0 ? r : 1;
	}
	OPENSSL_free(der);
	OPENSSL_free(name);
	OPENSSL_free(header);
	return r;
}

int roots_init(struct roots *roots, struct str pem, struct err *e)
{
	BIO *bio = BIO_new_mem_buf(pem.n ? pem.p : "", (int)pem.n);
	int r = bio ? 1 : -ENOMEM;

	*roots = (struct roots){ 0 };
	while (r > 0)
		r = next_block(roots, bio);
	BIO_free(bio);
	return r < 0 ? err_set(e, r, "read the certificate authorities of this machine") : 0;
}

/* Steps over the header of one DER element, or over all of it. False: there is none. */
static bool step(const unsigned char **p, const unsigned char *end, bool over)
{
	int tag, class;
	long n;

	if (ASN1_get_object(p, &n, &tag, &class, end - *p) & 0x80)
		return false;
	if (over)
		*p += n;
	return true;
}

/* Of Certificate (RFC 5280, 4.1), only the subject: parsing the key is what takes time. */
static X509_NAME *read_subject(const struct root *root)
{
	const unsigned char *p = root->der, *end = root->der + root->n;
	int n_before = 4; /* serial number, signature, issuer, validity */

	for (int depth = 0; depth < 2; depth++) /* into Certificate, into TBSCertificate */
		if (!step(&p, end, false))
			return NULL;
	if (p < end && *p == 0xa0 && !step(&p, end, true)) /* version */
		return NULL;
	while (n_before--)
		if (!step(&p, end, true))
			return NULL;
	return d2i_X509_NAME(NULL, &p, end - p);
}

static void read_subjects(struct roots *roots)
{
	for (size_t i = 0; i < roots->n && !roots->named; i++)
		roots->root[i].subject = read_subject(&roots->root[i]);
	roots->named = true;
}

/* There may be several of one name: an old key and a new one. */
static X509 *add_named(struct roots *roots, const X509_NAME *name, X509_STORE *store)
{
	X509 *found = NULL, *cert;

	for (size_t i = 0; i < roots->n; i++) {
		const struct root *root = &roots->root[i];
		const unsigned char *p = root->der;

		if (!root->subject || X509_NAME_cmp(root->subject, name) != 0)
			continue;
		cert = d2i_X509(NULL, &p, root->n);
		if (cert && X509_STORE_add_cert(store, cert) == 1 && !found)
			found = cert;
		else
			X509_free(cert);
	}
	return found;
}

/*
 * Called by the store when it has no certificate of that name yet, so once a name. The reference
 * that @result holds is the store's to drop, which it does not: one a root.
 */
static int by_subject(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type, const X509_NAME *name,
		      X509_OBJECT *result)
{
	struct roots *roots = X509_LOOKUP_get_method_data(lookup);
	X509 *found;

	if (type != X509_LU_X509)
		return 0;
	read_subjects(roots);
	found = add_named(roots, name, X509_LOOKUP_get_store(lookup));
	return found && X509_OBJECT_set1_X509(result, found);
}

X509_STORE *roots_store(struct roots *roots)
{
	X509_LOOKUP_METHOD *method = X509_LOOKUP_meth_new("agentbox");
	X509_STORE *store = X509_STORE_new();
	X509_LOOKUP *lookup = NULL;

	if (method && store && X509_LOOKUP_meth_set_get_by_subject(method, by_subject))
		lookup = X509_STORE_add_lookup(store, method);
	if (!lookup || !X509_LOOKUP_set_method_data(lookup, roots)) {
		X509_STORE_free(store);
		X509_LOOKUP_meth_free(method);
		return NULL;
	}
	return store;
}

/* The format is sun.security.provider.JavaKeyStore's: big-endian numbers, then a digest. */
enum {
	JKS_VERSION = 2,
	JKS_TRUSTED = 2, /* kind of entry */
	JKS_ROOM = 128,	 /* bytes around a certificate */
};

static void put_number(struct buf *out, uint64_t value, size_t n)
{
	char bytes[8];

	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)(value >> 8 * (n - 1 - i));
	buf_add(out, bytes, n);
}

static void put_text(struct buf *out, const char *text)
{
	put_number(out, strlen(text), 2);
	buf_puts(out, text);
}

static void put_entry(struct buf *out, size_t number, int64_t now, const void *der, size_t n)
{
	char alias[32];
	struct buf text = BUF(alias);

	buf_printf(&text, "agentbox-%zu", number);
	put_number(out, JKS_TRUSTED, 4);
	put_text(out, alias);
	put_number(out, (uint64_t)now * 1000, 8);
	put_text(out, "X.509");
	put_number(out, n, 4);
	buf_add(out, der, n);
}

/* The password in UTF-16, words of no meaning, and all that is before. */
static void put_digest(struct buf *out)
{
	static const char password[] = "changeit", words[] = "Mighty Aphrodite";
	unsigned char digest[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned n = 0;
	bool ok = ctx && EVP_DigestInit(ctx, EVP_sha1());

	for (size_t i = 0; ok && password[i]; i++)
		ok = EVP_DigestUpdate(ctx, (const char[]){ 0, password[i] }, 2);
	ok = ok && EVP_DigestUpdate(ctx, words, strlen(words)) &&
	     EVP_DigestUpdate(ctx, out->p, out->n) && EVP_DigestFinal(ctx, digest, &n);
	EVP_MD_CTX_free(ctx);
	if (ok)
		buf_add(out, digest, n);
	else
		out->full = true;
}

size_t roots_jks_size(const struct roots *roots)
{
	size_t n = JKS_ROOM + ROOT_DER_MAX;

	for (size_t i = 0; i < roots->n; i++)
		n += (size_t)roots->root[i].n + JKS_ROOM;
	return n;
}

void roots_write_jks(const struct roots *roots, X509 *ca, int64_t now, struct buf *out)
{
	unsigned char *der = NULL;
	int n = i2d_X509(ca, &der);

	if (n < 0) {
		out->full = true;
		return;
	}
	put_number(out, 0xfeedfeed, 4); /* magic */
	put_number(out, JKS_VERSION, 4);
	put_number(out, roots->n + 1, 4);
	put_entry(out, 0, now, der, (size_t)n);
	for (size_t i = 0; i < roots->n; i++)
		put_entry(out, i + 1, now, roots->root[i].der, (size_t)roots->root[i].n);
	put_digest(out);
	OPENSSL_free(der);
}
