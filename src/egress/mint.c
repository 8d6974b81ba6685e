/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/mint.h"

#include <errno.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

/*
 * Theory of operation
 *
 * What clients demand of a chain has grown over the years, and the strictest
 * (X509_V_FLAG_X509_STRICT, which Python 3.13 sets; Go; webpki) decide what is in ours. A CA:
 * version 3, basicConstraints and keyUsage critical, a key identifier. A leaf: one name in
 * subjectAltName and nowhere else, the critical mark that RFC 5280, 4.1.2.6, wants when the subject
 * is empty, serverAuth, the identifiers of both keys, a random serial number, because the task
 * before had the same names.
 *
 * The CA itself says which names it can vouch for (RFC 5280, 4.2.1.10). So a host whose connections
 * are relayed untouched stays out of its reach, whatever becomes of the key. A kind of name that no
 * rule has is excluded as a whole: one that is not mentioned would be free.
 */

enum { SERIAL_BITS = 127, NAME_BYTES = 8, V3 = 2 };

/* OpenSSL's objects end with their scope. */
#define FREE_WITH(type, function)                                                                  \
	static inline void free_##type(type **at)                                                  \
	{                                                                                          \
		function(*at);                                                                     \
	}
FREE_WITH(X509, X509_free)
FREE_WITH(BIO, BIO_free_all)
FREE_WITH(GENERAL_NAMES, GENERAL_NAMES_free)
FREE_WITH(NAME_CONSTRAINTS, NAME_CONSTRAINTS_free)
FREE_WITH(BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free)
FREE_WITH(AUTHORITY_KEYID, AUTHORITY_KEYID_free)
FREE_WITH(ASN1_OCTET_STRING, ASN1_OCTET_STRING_free)
FREE_WITH(ASN1_BIT_STRING, ASN1_BIT_STRING_free)
FREE_WITH(EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free)
#define _free_(type) _cleanup_(free_##type) type

static bool add(X509 *cert, int nid, void *value, bool critical)
{
	return X509_add1_ext_i2d(cert, nid, value, critical, X509V3_ADD_APPEND) == 1;
}

static bool add_usage(X509 *cert, const int *bits, size_t n)
{
	_free_(ASN1_BIT_STRING) *usage = ASN1_BIT_STRING_new();

	for (size_t i = 0; usage && i < n; i++)
		if (!ASN1_BIT_STRING_set_bit(usage, bits[i], 1))
			return false;
	return usage && add(cert, NID_key_usage, usage, true);
}

/* RFC 5280, 4.2.1.2: the SHA-1 of the key's bits is the usual name of a key. */
static bool add_key_id(X509 *cert)
{
	_free_(ASN1_OCTET_STRING) *id = ASN1_OCTET_STRING_new();
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n;

	return id && X509_pubkey_digest(cert, EVP_sha1(), digest, &n) &&
	       ASN1_OCTET_STRING_set(id, digest, (int)n) &&
	       add(cert, NID_subject_key_identifier, id, false);
}

static bool add_issuer_id(X509 *cert, X509 *ca)
{
	_free_(AUTHORITY_KEYID) *id = AUTHORITY_KEYID_new();

	if (!id)
		return false;
	id->keyid = ASN1_OCTET_STRING_dup(X509_get0_subject_key_id(ca));
	return id->keyid && add(cert, NID_authority_key_identifier, id, false);
}

/* A name of one host: an IP address of @n bytes if @addr, else text. */
static GENERAL_NAME *general_name(const void *bytes, size_t n, bool addr)
{
	ASN1_STRING *value = ASN1_STRING_type_new(addr ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
	GENERAL_NAME *name = GENERAL_NAME_new();

	if (name && value && ASN1_STRING_set(value, bytes, (int)n)) {
		GENERAL_NAME_set0_value(name, addr ? GEN_IPADD : GEN_DNS, value);
		return name;
	}
	ASN1_STRING_free(value);
	GENERAL_NAME_free(name);
	return NULL;
}

static struct str addr_bytes(const struct addr *addr)
{
	size_t n = addr_is_v4(addr) ? 4 : sizeof(addr->b);

	return (struct str){ (const char *)addr->b + sizeof(addr->b) - n, n };
}

static bool add_subtree(STACK_OF(GENERAL_SUBTREE) * *list, GENERAL_NAME *base)
{
	GENERAL_SUBTREE *subtree = GENERAL_SUBTREE_new();

	if (!*list)
		*list = sk_GENERAL_SUBTREE_new_null();
	if (!subtree || !base || !*list || !sk_GENERAL_SUBTREE_push(*list, subtree)) {
		GENERAL_SUBTREE_free(subtree);
		GENERAL_NAME_free(base);
		return false;
	}
	GENERAL_NAME_free(subtree->base);
	subtree->base = base;
	return true;
}

/* An address and a mask of all ones. */
static bool permit_addr(NAME_CONSTRAINTS *names, const struct addr *addr)
{
	struct str bytes = addr_bytes(addr);
	unsigned char both[2 * sizeof(addr->b)];

	memcpy(both, bytes.p, bytes.n);
	memset(both + bytes.n, 0xff, bytes.n);
	return add_subtree(&names->permittedSubtrees, general_name(both, 2 * bytes.n, true));
}

static bool exclude_kind(NAME_CONSTRAINTS *names, size_t n, bool addr)
{
	static const unsigned char zeros[32];

	return add_subtree(&names->excludedSubtrees, general_name(zeros, n, addr));
}

static bool add_constraints(X509 *ca, const struct mint_terms *terms)
{
	_free_(NAME_CONSTRAINTS) *names = NAME_CONSTRAINTS_new();
	bool ok = names, host = false, v4 = false, v6 = false;

	for (size_t i = 0; ok && i < terms->n_permitted; i++) {
		const struct rule *rule = terms->permitted[i];

		if (rule->host) {
			host = true;
			ok = add_subtree(&names->permittedSubtrees,
					 general_name(rule->host, strlen(rule->host), false));
			continue;
		}
		*(addr_is_v4(&rule->addr) ? &v4 : &v6) = true;
		ok = permit_addr(names, &rule->addr);
	}
	ok = ok && (host || exclude_kind(names, 0, false));
	ok = ok && (v4 || exclude_kind(names, 8, true));
	ok = ok && (v6 || exclude_kind(names, 32, true));
	return ok && add(ca, NID_name_constraints, names, true);
}

static bool set_serial(X509 *cert)
{
	unsigned char bytes[(SERIAL_BITS + 1) / 8];
	BIGNUM *number = NULL;
	bool ok = RAND_bytes(bytes, sizeof(bytes)) == 1;

	bytes[0] &= 0x7f; /* RFC 5280, 4.1.2.2: positive */
	if (ok)
		number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	ok = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
	BN_free(number);
	return ok;
}

/* What CA and leaf have in common, but for the signature. */
static X509 *blank(EVP_PKEY *key, const X509_NAME *issuer)
{
	X509 *cert = X509_new();

	if (cert && X509_set_version(cert, V3) && set_serial(cert) && X509_set_pubkey(cert, key) &&
	    (!issuer || X509_set_issuer_name(cert, issuer)))
		return cert;
	X509_free(cert);
	return NULL;
}

/* Two tasks at once must not have authorities of one name. */
static bool name_ca(X509 *ca)
{
	unsigned char random[NAME_BYTES];
	char space[64];
	struct buf text = BUF(space);
	X509_NAME *name = X509_get_subject_name(ca);

	if (RAND_bytes(random, sizeof(random)) != 1)
		return false;
	buf_puts(&text, "agentbox task ");
	for (size_t i = 0; i < sizeof(random); i++)
		buf_printf(&text, "%02x", random[i]);
	return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC,
					  (const unsigned char *)"agentbox", -1, -1, 0) &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)text.p,
					  (int)text.n, -1, 0) &&
	       X509_set_issuer_name(ca, name);
}

static bool set_life(X509 *ca, const struct mint_terms *terms)
{
	uint64_t seconds = terms->seconds ? terms->seconds : MINT_LIFE;
	time_t from = terms->now - MINT_EARLY;
	time_t to = terms->now + (time_t)(seconds < MINT_LIFE ? seconds : MINT_LIFE) + MINT_SLACK;

	return ASN1_TIME_set(X509_getm_notBefore(ca), from) &&
	       ASN1_TIME_set(X509_getm_notAfter(ca), to);
}

static X509 *make_ca(EVP_PKEY *key, const struct mint_terms *terms)
{
	static const int usage[] = { 5, 6 }; /* keyCertSign, cRLSign: RFC 5280, 4.2.1.3 */
	_free_(BASIC_CONSTRAINTS) *basic = BASIC_CONSTRAINTS_new();
	_free_(X509) *ca = blank(key, NULL);
	X509 *made;

	if (!ca || !basic)
		return NULL;
	basic->ca = 0xff; /* TRUE in DER */
	basic->pathlen = ASN1_INTEGER_new();
	if (!basic->pathlen || !ASN1_INTEGER_set(basic->pathlen, 0) || !name_ca(ca) ||
	    !set_life(ca, terms) || !add(ca, NID_basic_constraints, basic, true) ||
	    !add_usage(ca, usage, LEN(usage)) || !add_key_id(ca) || !add_constraints(ca, terms) ||
	    !X509_sign(ca, key, EVP_sha256()))
		return NULL;
	made = ca;
	ca = NULL;
	return made;
}

int mint_init(struct mint *m, const struct mint_terms *terms, struct err *e)
{
	struct buf hash = BUF(m->hash);

	*m = (struct mint){ .ca_key = EVP_EC_gen("P-256"), .leaf_key = EVP_EC_gen("P-256") };
	if (m->ca_key && m->leaf_key)
		m->ca = make_ca(m->ca_key, terms);
	if (!m->ca)
		return err_say(e, -EIO, "make the certificate authority of the task: %s",
			       ERR_reason_error_string(ERR_peek_last_error()));
	buf_printf(&hash, "%08lx",
		   X509_NAME_hash_ex(X509_get_subject_name(m->ca), NULL, NULL, NULL));
	return 0;
}

void mint_fini(struct mint *m)
{
	X509_free(m->ca);
	EVP_PKEY_free(m->ca_key);
	EVP_PKEY_free(m->leaf_key);
	*m = (struct mint){ 0 };
}

/* The name it is for, and nothing else. Critical, because the subject is empty. */
static bool add_name(X509 *leaf, const char *host, const struct addr *addr)
{
	_free_(GENERAL_NAMES) *names = GENERAL_NAMES_new();
	struct str bytes = host ? str_of(host) : addr_bytes(addr);
	GENERAL_NAME *name = general_name(bytes.p, bytes.n, !host);

	if (!names || !name || !sk_GENERAL_NAME_push(names, name)) {
		GENERAL_NAME_free(name);
		return false;
	}
	return add(leaf, NID_subject_alt_name, names, true);
}

static bool add_purpose(X509 *leaf)
{
	_free_(EXTENDED_KEY_USAGE) *purpose = EXTENDED_KEY_USAGE_new();

	return purpose && sk_ASN1_OBJECT_push(purpose, OBJ_nid2obj(NID_server_auth)) &&
	       add(leaf, NID_ext_key_usage, purpose, false);
}

X509 *mint_leaf(const struct mint *m, const char *host, const struct addr *addr)
{
	static const int usage[] = { 0 }; /* digitalSignature */
	_free_(X509) *leaf = blank(m->leaf_key, X509_get_subject_name(m->ca));
	X509 *made;

	if (!leaf || !X509_set1_notBefore(leaf, X509_get0_notBefore(m->ca)) ||
	    !X509_set1_notAfter(leaf, X509_get0_notAfter(m->ca)) || !add_name(leaf, host, addr) ||
	    !add_usage(leaf, usage, LEN(usage)) || !add_purpose(leaf) || !add_key_id(leaf) ||
	    !add_issuer_id(leaf, m->ca) || !X509_sign(leaf, m->ca_key, EVP_sha256()))
		return NULL;
	made = leaf;
	leaf = NULL;
	return made;
}

void mint_write_ca(const struct mint *m, struct buf *out)
{
	_free_(BIO) *bio = BIO_new(BIO_s_mem());
	char *text;
	long n;

	if (!bio || !PEM_write_bio_X509(bio, m->ca)) {
		out->full = true;
		return;
	}
	n = BIO_get_mem_data(bio, &text);
	buf_add(out, text, (size_t)n);
}
