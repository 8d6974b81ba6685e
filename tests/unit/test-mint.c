/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/mint.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "suite.h"

enum { NOW = 1800000000, HOUR = 3600 };

/* Hosts that rules name, as "example.com", "*.example.com" or an address. */
static void permit(const char *const *texts, struct rule rules[8], const struct rule *list[8],
		   struct mint_terms *terms)
{
	static struct arena arena;

	*terms = (struct mint_terms){ .now = NOW, .seconds = HOUR, .permitted = list };
	for (; texts[terms->n_permitted]; terms->n_permitted++) {
		size_t i = terms->n_permitted;

		ck_assert_ptr_null(rule_parse(str_of(texts[i]), &arena, &rules[i]));
		list[i] = &rules[i];
	}
}

static void make(struct mint *m, const char *const *texts)
{
	struct rule rules[8];
	const struct rule *list[8];
	struct mint_terms terms;
	struct err e = { 0 };

	permit(texts, rules, list, &terms);
	ck_assert_msg(mint_init(m, &terms, &e) == 0, "%s", e.text);
}

/* As the strictest clients verify: X509_V_OK or an X509_V_ERR_*. */
static int verify(const struct mint *m, X509 *leaf, const char *host, time_t at)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	int error;

	X509_STORE_add_cert(store, m->ca);
	ck_assert_int_eq(X509_STORE_CTX_init(ctx, store, leaf, NULL), 1);
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
	X509_VERIFY_PARAM_set_time(param, at);
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
	if (X509_VERIFY_PARAM_set1_ip_asc(param, host) != 1)
		X509_VERIFY_PARAM_set1_host(param, host, 0);
	X509_verify_cert(ctx);
	error = X509_STORE_CTX_get_error(ctx);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return error;
}

static X509 *leaf_for(const struct mint *m, const char *name)
{
	struct addr addr;
	bool literal = addr_parse(str_of(name), &addr) == 0;

	return mint_leaf(m, literal ? NULL : name, &addr);
}

static const struct {
	const char *permitted[3];
	const char *leaf, *asked;
	time_t at;
	int want;
} chains[] = {
	{ { "a.example" }, "a.example", "a.example", NOW, X509_V_OK },
	{ { "a.example" }, "a.example", "b.example", NOW, X509_V_ERR_HOSTNAME_MISMATCH },
	{ { "a.example" }, "a.example", "x.a.example", NOW, X509_V_ERR_HOSTNAME_MISMATCH },
	{ { "a.example" },
	  "a.example",
	  "a.example",
	  NOW - 2 * MINT_EARLY,
	  X509_V_ERR_CERT_NOT_YET_VALID },
	{ { "a.example" }, "a.example", "a.example", NOW + HOUR, X509_V_OK },
	{ { "a.example" },
	  "a.example",
	  "a.example",
	  NOW + HOUR + 2 * MINT_SLACK,
	  X509_V_ERR_CERT_HAS_EXPIRED },
	/* it cannot vouch for what the profile does not have opened */
	{ { "a.example" }, "b.example", "b.example", NOW, X509_V_ERR_PERMITTED_VIOLATION },
	{ { "a.example" }, "nota.example", "nota.example", NOW, X509_V_ERR_PERMITTED_VIOLATION },
	{ { "a.example" }, "192.0.2.7", "192.0.2.7", NOW, X509_V_ERR_EXCLUDED_VIOLATION },
	{ { "a.example" }, "2001:db8::7", "2001:db8::7", NOW, X509_V_ERR_EXCLUDED_VIOLATION },
	{ { "*.a.example" }, "deep.er.a.example", "deep.er.a.example", NOW, X509_V_OK },
	{ { "a.example", "b.example" }, "b.example", "b.example", NOW, X509_V_OK },
	{ { "192.0.2.7" }, "192.0.2.7", "192.0.2.7", NOW, X509_V_OK },
	{ { "192.0.2.7" }, "192.0.2.8", "192.0.2.8", NOW, X509_V_ERR_PERMITTED_VIOLATION },
	{ { "192.0.2.7" }, "2001:db8::7", "2001:db8::7", NOW, X509_V_ERR_PERMITTED_VIOLATION },
	{ { "192.0.2.7" }, "a.example", "a.example", NOW, X509_V_ERR_EXCLUDED_VIOLATION },
	{ { "[2001:db8::7]" }, "2001:db8::7", "2001:db8::7", NOW, X509_V_OK },
	{ { NULL }, "a.example", "a.example", NOW, X509_V_ERR_EXCLUDED_VIOLATION },
	/* longer than a common name may be */
	{ { "example" },
	  "a-host-name-that-is-longer-than-the-sixty-four-bytes-of-a.common-name.example",
	  "a-host-name-that-is-longer-than-the-sixty-four-bytes-of-a.common-name.example",
	  NOW,
	  X509_V_OK },
};

START_TEST(test_chain)
{
	struct mint m;
	X509 *leaf;

	make(&m, chains[_i].permitted);
	leaf = leaf_for(&m, chains[_i].leaf);
	ck_assert_ptr_nonnull(leaf);
	ck_assert_str_eq(
		X509_verify_cert_error_string(verify(&m, leaf, chains[_i].asked, chains[_i].at)),
		X509_verify_cert_error_string(chains[_i].want));
	X509_free(leaf);
	mint_fini(&m);
}
END_TEST

/* What clients look for one by one. */
START_TEST(test_ca)
{
	struct mint m;
	char space[4096];
	struct buf pem = BUF(space);

	make(&m, (const char *const[]){ "a.example", NULL });
	ck_assert_int_eq(X509_check_ca(m.ca), 1);
	ck_assert_int_eq(X509_get_pathlen(m.ca), 0);
	ck_assert_uint_eq(X509_get_key_usage(m.ca), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
	for (int i = 0; i < X509_get_ext_count(m.ca); i++) {
		X509_EXTENSION *ext = X509_get_ext(m.ca, i);
		int nid = OBJ_obj2nid(X509_EXTENSION_get_object(ext));

		ck_assert_int_eq(X509_EXTENSION_get_critical(ext),
				 nid != NID_subject_key_identifier);
	}
	mint_write_ca(&m, &pem);
	ck_assert(!pem.full);
	ck_assert(str_starts((struct str){ pem.p, pem.n }, "-----BEGIN CERTIFICATE-----\n"));
	ck_assert_ptr_null(strstr(pem.p, "PRIVATE"));
	ck_assert_uint_eq(strlen(m.hash), 8);
	mint_fini(&m);
}
END_TEST

/* Nothing of one task is good in another. */
START_TEST(test_tasks_differ)
{
	struct mint a, b;
	X509 *leaf;

	make(&a, (const char *const[]){ "a.example", NULL });
	make(&b, (const char *const[]){ "a.example", NULL });
	ck_assert_int_ne(X509_NAME_cmp(X509_get_subject_name(a.ca), X509_get_subject_name(b.ca)),
			 0);
	ck_assert_int_ne(EVP_PKEY_eq(a.ca_key, b.ca_key), 1);
	ck_assert_int_ne(EVP_PKEY_eq(a.leaf_key, b.leaf_key), 1);
	ck_assert_int_ne(EVP_PKEY_eq(a.leaf_key, a.ca_key), 1);
	leaf = leaf_for(&a, "a.example");
	ck_assert_int_ne(verify(&b, leaf, "a.example", NOW), X509_V_OK);
	X509_free(leaf);
	mint_fini(&a);
	mint_fini(&b);
}
END_TEST

/* A leaf cannot sign: neither is it a CA, nor does the path have room. */
START_TEST(test_leaf_signs_nothing)
{
	struct mint m, below;
	X509 *leaf, *forged;

	make(&m, (const char *const[]){ "a.example", NULL });
	leaf = leaf_for(&m, "a.example");
	ck_assert_int_eq(X509_check_ca(leaf), 0);
	ck_assert_int_eq(X509_NAME_entry_count(X509_get_subject_name(leaf)), 0);
	below = m;
	below.ca = leaf;
	below.ca_key = m.leaf_key;
	forged = leaf_for(&below, "a.example");
	ck_assert_ptr_nonnull(forged);
	ck_assert_int_ne(verify(&m, forged, "a.example", NOW), X509_V_OK);
	X509_free(forged);
	X509_free(leaf);
	mint_fini(&m);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_chain, 0, LEN(chains));
	tcase_add_test(tc, test_ca);
	tcase_add_test(tc, test_tasks_differ);
	tcase_add_test(tc, test_leaf_signs_nothing);
}

int main(void)
{
	return suite_run("mint", add);
}
