/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "policy/environment.h"
#include "policy/plan_steps.h"

/*
 * Where TLS ends in the egress process, programs of the box have to trust the task's own authority,
 * and only there: it is in files of the box that end with it. Programs find their authorities in
 * four places: a bundle, which each distribution keeps elsewhere, a directory with a link for each
 * by the hash of its name, Java's key store, or what a variable names. The first and the third are
 * covered where they are; the rest is told by variables, those that replace what a program trusts
 * naming everything, and those that add to it only what is new.
 *
 * What is in the files is known only when the authority has been made, which takes as long as all
 * else together: until then they are empty, and who opens one waits (sandbox/later.c).
 */

#define DIR "/run/agentbox"

static const char ca[] = DIR "/ca.pem", bundle[] = DIR "/bundle.pem", store[] = DIR "/cacerts",
		  hashed[] = DIR "/certs/HASH.0";

/* Files, where they are there; what is a link leads to another one of these. */
static const struct {
	const char *path, *with;
} covered[] = {
	{ "/etc/ssl/certs/ca-certificates.crt", bundle },
	{ "/etc/ca-certificates/extracted/tls-ca-bundle.pem", bundle },
	{ "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", bundle },
	{ "/etc/pki/tls/certs/ca-bundle.crt", bundle },
	{ "/etc/ssl/ca-bundle.pem", bundle },
	{ "/etc/ssl/cert.pem", bundle },
	{ "/usr/lib/ssl/cert.pem", bundle },
	{ "/var/lib/ca-certificates/ca-bundle.pem", bundle },
	{ "/etc/ssl/certs/java/cacerts", store },
	{ "/etc/ca-certificates/extracted/java-cacerts.jks", store },
	{ "/etc/pki/ca-trust/extracted/java/cacerts", store },
	{ "/var/lib/ca-certificates/java-cacerts", store },
};

/* A program that reads no variable of its own reads one of OpenSSL's. */
static const struct {
	const char *name, *value;
} variables[] = {
	{ "AWS_CA_BUNDLE", bundle },
	{ "CARGO_HTTP_CAINFO", bundle },
	{ "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", bundle },
	{ "CURL_CA_BUNDLE", bundle },
	{ "DENO_CERT", ca },
	{ "GIT_SSL_CAINFO", bundle },
	{ "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", bundle },
	{ "HEX_CACERTS_PATH", bundle },
	{ "HTTPLIB2_CA_CERTS", bundle },
	{ "NIX_SSL_CERT_FILE", bundle },
	{ "NODE_EXTRA_CA_CERTS", ca },
	{ "PERL_LWP_SSL_CA_FILE", bundle },
	{ "PIP_CERT", bundle },
	{ "REQUESTS_CA_BUNDLE", bundle },
	{ "SSL_CERT_DIR", DIR "/certs:/etc/ssl/certs" },
	{ "SSL_CERT_FILE", bundle },
	{ "YARN_HTTPS_CA_FILE_PATH", bundle },
	{ "npm_config_cafile", bundle }, /* also of pnpm, and of Yarn 1 */
};

static const char node_extra[] = "NODE_EXTRA_CA_CERTS";

void plan_trust_asks(struct host *host, const struct policy *policy, const char ***paths, size_t *n)
{
	if (!rules_open_tls(&policy->rules))
		return;
	for (size_t i = 0; i < LEN(covered); i++)
		*arena_push(&host->arena, *paths, *n) = covered[i].path;
}

static void add_file(struct plan *plan, const char *dst, const char *why)
{
	struct step *step = plan_add(plan, STEP_FILE, why);

	step->dst = dst;
	step->text = "";
	step->mode = 0444;
	step->flags = STEP_LATER;
}

static bool in_box(const struct host *host, const char *path)
{
	const struct host_path *found = host_find(host, path);

	return found && found->kind == PATH_FILE;
}

void plan_trust(struct plan *plan, const struct policy *policy, const struct host *host)
{
	struct step *step;

	if (!rules_open_tls(&policy->rules))
		return;
	plan_add_dir(plan, DIR, 0755, NULL);
	plan_add_dir(plan, DIR "/certs", 0755, NULL);
	add_file(plan, ca, "the authority of the task alone");
	add_file(plan, hashed, "the same, as OpenSSL looks for it");
	add_file(plan, bundle, "with those of the host");
	add_file(plan, store, "the same for Java");
	for (size_t i = 0; i < LEN(covered); i++) {
		if (!in_box(host, covered[i].path))
			continue;
		step = plan_add(plan, STEP_COVER, "the host's authorities and that of the task");
		step->dst = covered[i].path;
		step->src = covered[i].with;
		step->flags = STEP_READONLY | STEP_SYSTEM;
	}
}

static bool has_variable(char *const *environment, const char *name)
{
	size_t n = strlen(name);

	for (; environment && *environment; environment++)
		if (!strncmp(*environment, name, n) && (*environment)[n] == '=')
			return true;
	return false;
}

/* Java has its key store where it was installed; without one of the system there is no telling. */
static bool has_store(const struct host *host)
{
	for (size_t i = 0; i < LEN(covered); i++)
		if (covered[i].with == store && in_box(host, covered[i].path))
			return true;
	return false;
}

/* Whom the caller had Node trust beyond its own list, the box's Node has to trust as well. */
void plan_trust_variables(struct environment *env, const struct policy *policy,
			  const struct host *host)
{
	if (!rules_open_tls(&policy->rules))
		return;
	for (size_t i = 0; i < LEN(variables); i++)
		environment_set(env, variables[i].name, variables[i].value);
	if (has_variable(host->environment, node_extra))
		environment_set(env, node_extra, bundle);
	if (!has_store(host))
		environment_set(env, "JAVA_TOOL_OPTIONS",
				"-Djavax.net.ssl.trustStore=" DIR "/cacerts "
				"-Djavax.net.ssl.trustStorePassword=changeit");
}

static void fill(struct plan *plan, const char *dst, struct str content)
{
	for (size_t i = 0; i < plan->n; i++) {
		struct step *step = &plan->step[i];

		if (step->kind != STEP_FILE || strcmp(step->dst, dst) != 0)
			continue;
		step->text = content.p;
		step->n = content.n;
		return;
	}
	assert(false);
}

void plan_trust_fill(struct plan *plan, const struct plan_trust *trust)
{
	char *all = arena_alloc(&plan->arena, trust->machine.n + trust->ca.n + 2);
	size_t n = trust->machine.n;

	if (n)
		memcpy(all, trust->machine.p, n);
	all[n] = '\n';
	memcpy(all + n + 1, trust->ca.p, trust->ca.n);
	fill(plan, ca, trust->ca);
	fill(plan, bundle, (struct str){ all, n + 1 + trust->ca.n });
	fill(plan, store, trust->jks);
	fill(plan, hashed, trust->ca);
	for (size_t i = 0; i < plan->n; i++) {
		struct step *step = &plan->step[i];

		if (step->dst != hashed)
			continue;
		step->src = hashed;
		step->dst = arena_printf(&plan->arena, DIR "/certs/%s.0", trust->hash);
	}
}
