/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/packages.h"

#include <stdio.h>

#include "policy/policy.h"
#include "packages.h"

enum { HOUR = 3600 * 1000 };

static const int64_t now = (int64_t)1800000000 * 1000;

/* What is asked for, and what its facts say; a version of NULL: there are none. */
struct row {
	const char *profile; /* lines of [packages] */
	enum package_kind kind;
	const char *name, *version;
	struct package_facts facts;
	enum verdict verdict;
	const char *line, *reason; /* key of the line that decided, or NULL; part of the reason */
};

#define NO_FACTS                                                                                   \
	{                                                                                          \
		.time = TIME_NONE                                                                  \
	}
#define OLD .time = TIME_SERVER, .published = now - 1000 * (int64_t)HOUR
#define FRESH .time = TIME_SERVER, .published = now - 3 * HOUR

static const struct row rows[] = {
	{ "", PACKAGE_UNKNOWN, "", NULL, NO_FACTS, VERDICT_DENY, "ecosystem", "no request that" },
	{ "", PACKAGE_INDEX, "", NULL, NO_FACTS, VERDICT_ALLOW, "ecosystem", "" },
	{ "", PACKAGE_SEARCH, "", NULL, NO_FACTS, VERDICT_DENY, "search", "searches" },
	{ "search = allow", PACKAGE_SEARCH, "", NULL, NO_FACTS, VERDICT_ALLOW, "ecosystem", "" },
	{ "", PACKAGE_AUDIT, "", NULL, NO_FACTS, VERDICT_DENY, "audit", "in use" },
	{ "audit = ask", PACKAGE_AUDIT, "", NULL, NO_FACTS, VERDICT_ASK, "audit",
	  "nobody has been" },
	{ "", PACKAGE_AUTH, "", NULL, NO_FACTS, VERDICT_DENY, "publish", "log in" },
	{ "", PACKAGE_PUBLISH, "a", NULL, NO_FACTS, VERDICT_DENY, "publish", "may publish" },

	/* a name alone */
	{ "", PACKAGE_METADATA, "a", NULL, NO_FACTS, VERDICT_ALLOW, "ecosystem", "" },
	{ "deny = pkg:npm/a", PACKAGE_METADATA, "a", NULL, NO_FACTS, VERDICT_DENY, "deny",
	  "denies" },
	{ "deny = pkg:npm/b", PACKAGE_METADATA, "a", NULL, NO_FACTS, VERDICT_ALLOW, "ecosystem",
	  "" },
	{ "deny = pkg:npm/a@1.0.0", PACKAGE_METADATA, "a", NULL, NO_FACTS, VERDICT_ALLOW,
	  "ecosystem", "" },
	{ "deny = pkg:npm/a@1.0.0",
	  PACKAGE_ARTIFACT,
	  "a",
	  "1.0.0",
	  { OLD },
	  VERDICT_DENY,
	  "deny",
	  "" },
	{ "deny = pkg:npm/a@1.0.0",
	  PACKAGE_ARTIFACT,
	  "a",
	  "1.0.1",
	  { OLD },
	  VERDICT_ALLOW,
	  "ecosystem",
	  "" },
	{ "allow = pkg:npm/a\ndeny = pkg:npm/a", PACKAGE_METADATA, "a", NULL, NO_FACTS,
	  VERDICT_DENY, "deny", "" },
	{ "allow = pkg:npm/b", PACKAGE_METADATA, "a", NULL, NO_FACTS, VERDICT_DENY, NULL,
	  "no line of" },
	{ "allow = pkg:npm/b", PACKAGE_METADATA, "b", NULL, NO_FACTS, VERDICT_ALLOW, "ecosystem",
	  "" },
	{ "allow = pkg:pypi/b", PACKAGE_METADATA, "a", NULL, NO_FACTS, VERDICT_ALLOW, "ecosystem",
	  "" },
	{ "allow = pkg:npm/a@1.*", PACKAGE_METADATA, "a", NULL, NO_FACTS, VERDICT_ALLOW,
	  "ecosystem", "" },
	{ "allow = pkg:npm/a@1.*",
	  PACKAGE_ARTIFACT,
	  "a",
	  "2.0.0",
	  { OLD },
	  VERDICT_DENY,
	  NULL,
	  "no line" },
	{ "internal = pkg:npm/@corp/**", PACKAGE_METADATA, "@corp/x", NULL, NO_FACTS, VERDICT_DENY,
	  "internal", "public registry" },
	{ "internal = pkg:npm/@corp/**", PACKAGE_METADATA, "@corpse/x", NULL, NO_FACTS,
	  VERDICT_ALLOW, "ecosystem", "" },

	/* facts */
	{ "min-age = 72h",
	  PACKAGE_ARTIFACT,
	  "a",
	  "1.0.0",
	  { OLD },
	  VERDICT_ALLOW,
	  "ecosystem",
	  "" },
	{ "min-age = 72h",
	  PACKAGE_ARTIFACT,
	  "a",
	  "1.0.0",
	  { FRESH },
	  VERDICT_DENY,
	  "min-age",
	  "published 3 hours ago, and has to be 3 days old" },
	{ "min-age = 3h",
	  PACKAGE_ARTIFACT,
	  "a",
	  "1.0.0",
	  { FRESH },
	  VERDICT_ALLOW,
	  "ecosystem",
	  "" },
	{ "min-age = 72h",
	  PACKAGE_ARTIFACT,
	  "a",
	  "1.0.0",
	  { .time = TIME_SERVER, .published = now + HOUR },
	  VERDICT_DENY,
	  "min-age",
	  "0 seconds" },
	{ "min-age = 72h",
	  PACKAGE_ARTIFACT,
	  "a",
	  "1.0.0",
	  { .time = TIME_NONE },
	  VERDICT_DENY,
	  "min-age-missing",
	  "nobody says" },
	{ "min-age = 72h\nmin-age-missing = allow",
	  PACKAGE_ARTIFACT,
	  "a",
	  "1.0.0",
	  { .time = TIME_NONE },
	  VERDICT_ALLOW,
	  "ecosystem",
	  "" },
	{ "min-age = 72h",
	  PACKAGE_ARTIFACT,
	  "a",
	  "1.0.0",
	  { .time = TIME_AUTHOR, .published = now - 1000 * (int64_t)HOUR },
	  VERDICT_DENY,
	  "min-age-missing",
	  "only its author" },
	{ "min-age = 72h\ntime-source = any",
	  PACKAGE_ARTIFACT,
	  "a",
	  "1.0.0",
	  { .time = TIME_AUTHOR, .published = now - 1000 * (int64_t)HOUR },
	  VERDICT_ALLOW,
	  "ecosystem",
	  "" },
	{ "min-age = 72h",
	  PACKAGE_METADATA,
	  "a",
	  "1.0.0",
	  { .time = TIME_LATER },
	  VERDICT_ALLOW,
	  "ecosystem",
	  "" },
	{ "min-age = 72h\nmin-age-exempt = pkg:npm/a",
	  PACKAGE_ARTIFACT,
	  "a",
	  "1.0.0",
	  { FRESH },
	  VERDICT_ALLOW,
	  "ecosystem",
	  "" },
	{ "",
	  PACKAGE_ARTIFACT,
	  "a",
	  "1.0.0",
	  { OLD, .foreign = true },
	  VERDICT_DENY,
	  "sources",
	  "elsewhere" },
	{ "sources = any",
	  PACKAGE_ARTIFACT,
	  "a",
	  "1.0.0",
	  { OLD, .foreign = true },
	  VERDICT_ALLOW,
	  "ecosystem",
	  "" },
	{ "",
	  PACKAGE_ARTIFACT,
	  "a",
	  "1.0.0",
	  { OLD, .scripts = true },
	  VERDICT_ALLOW,
	  "ecosystem",
	  "" },
	{ "scripts = deny",
	  PACKAGE_ARTIFACT,
	  "a",
	  "1.0.0",
	  { OLD, .scripts = true },
	  VERDICT_DENY,
	  "scripts",
	  "scripts" },
	{ "",
	  PACKAGE_ARTIFACT,
	  "a",
	  "1.0.0",
	  { OLD, .yanked = true },
	  VERDICT_DENY,
	  "yanked",
	  "withdrawn" },
	{ "prerelease = ask",
	  PACKAGE_ARTIFACT,
	  "a",
	  "1.0.0-1",
	  { OLD, .prerelease = true },
	  VERDICT_ASK,
	  "prerelease",
	  "prerelease; nobody" },

	/* the order: what stands first is told */
	{ "deny = pkg:npm/a\nmin-age = 72h\nscripts = deny",
	  PACKAGE_ARTIFACT,
	  "a",
	  "1.0.0",
	  { FRESH, .scripts = true, .yanked = true },
	  VERDICT_DENY,
	  "deny",
	  "" },
	{ "allow = pkg:npm/b\nmin-age = 72h",
	  PACKAGE_ARTIFACT,
	  "a",
	  "1.0.0",
	  { FRESH },
	  VERDICT_DENY,
	  NULL,
	  "no line" },
	{ "min-age = 72h\nscripts = deny",
	  PACKAGE_ARTIFACT,
	  "a",
	  "1.0.0",
	  { FRESH, .scripts = true, .foreign = true },
	  VERDICT_DENY,
	  "min-age",
	  "" },
	{ "scripts = deny",
	  PACKAGE_ARTIFACT,
	  "a",
	  "1.0.0",
	  { OLD, .scripts = true, .foreign = true, .yanked = true },
	  VERDICT_DENY,
	  "sources",
	  "" },
};

/* A release may publish what no metadata has yet. */
START_TEST(test_publish)
{
	static const char text[] = "[task]\nintent = release\n[packages]\necosystem = npm\n"
				   "publish = allow\nmin-age = 72h\ndeny = pkg:npm/b\n";
	struct package_request request = { .kind = PACKAGE_PUBLISH,
					   .what = "publish",
					   .name = "a" };
	struct package_question q = { .request = &request, .now = now };
	struct complaints c = { .text = { 0 } };
	struct policy p = { 0 };
	struct package_decision d;

	ck_assert_int_eq(policy_parse(&p, STR(text), &c), 0);
	q.registry = &p.packages.registry[0];
	d = package_decide(&p.packages, &q);
	ck_assert_msg(d.verdict == VERDICT_ALLOW && !d.undecided, "%s", d.reason);
	request.name[0] = 'b';
	ck_assert_int_eq(package_decide(&p.packages, &q).verdict, VERDICT_DENY);
	policy_fini(&p);
}
END_TEST

static void check(const struct row *row, const struct policy *p, struct package_decision d)
{
	ck_assert_msg(d.verdict == row->verdict, "%s: %s", verdict_name(d.verdict), d.reason);
	ck_assert(!d.undecided);
	ck_assert_msg(strstr(d.reason, row->reason) != NULL, "%s", d.reason);
	if (row->line)
		ck_assert_str_eq(p->packages.line[d.line].key, row->line);
	else
		ck_assert_int_eq(d.line, PACKAGE_LINE_NONE);
}

START_TEST(test_decide)
{
	const struct row *row = &rows[_i];
	struct package_request request = { .kind = row->kind, .what = "log in" };
	struct package_facts facts = row->facts;
	struct package_question q = { .request = &request, .now = now };
	struct policy p = { 0 };

	load(&p, row->profile);
	q.registry = &p.packages.registry[0];
	snprintf(request.name, sizeof(request.name), "%s", row->name);
	if (row->version) {
		snprintf(request.version, sizeof(request.version), "%s", row->version);
		facts.version = str_of(row->version);
		q.facts = &facts;
	}
	check(row, &p, package_decide(&p.packages, &q));
	policy_fini(&p);
}
END_TEST

START_TEST(test_used)
{
	struct package_request request = { .kind = PACKAGE_METADATA, .name = "a" };
	struct package_question q = { .request = &request, .now = now };
	struct package_decision d;
	struct policy p = { 0 };

	load(&p, "max-denied = 3\nmax-bytes = 1K");
	q.registry = &p.packages.registry[0];
	q.used = (struct package_use){ .denied = 2, .bytes = 1023 };
	ck_assert_int_eq(package_decide(&p.packages, &q).verdict, VERDICT_ALLOW);
	q.used.denied = 3;
	d = package_decide(&p.packages, &q);
	ck_assert_str_eq(p.packages.line[d.line].key, "max-denied");
	q.used = (struct package_use){ .bytes = 1024 };
	d = package_decide(&p.packages, &q);
	ck_assert_int_eq(d.verdict, VERDICT_DENY);
	ck_assert_str_eq(p.packages.line[d.line].key, "max-bytes");
	policy_fini(&p);
}
END_TEST

/* Without facts the question stays open until they were looked for. */
START_TEST(test_undecided)
{
	struct package_request request = { .kind = PACKAGE_ARTIFACT, .name = "a", .version = "1" };
	struct package_question q = { .request = &request, .now = now };
	struct package_decision d;
	struct policy p = { 0 };

	load(&p, "");
	q.registry = &p.packages.registry[0];
	d = package_decide(&p.packages, &q);
	ck_assert(d.verdict == VERDICT_ALLOW && d.undecided);
	q.sought = true;
	d = package_decide(&p.packages, &q);
	ck_assert(d.verdict == VERDICT_DENY && !d.undecided);
	policy_fini(&p);
}
END_TEST

static const struct {
	const char *host, *path;
	bool https;
	int want; /* index of the registry, or -1 */
} targets[] = {
	{ "any.npmjs.org", "/a", true, 0 },
	{ "any.npmjs.org", "/a", false, 0 },
	{ "npmjs.org", "/a", true, -1 },
	{ "any.npmjs.org.evil.test", "/a", true, -1 },
	{ "registry.yarnpkg.com", "/a", true, 1 },
	{ "repo.yarnpkg.com", "/a", true, -1 },
	{ "storage.googleapis.com", "/proxy-golang-org-prod/a.zip", true, 5 },
	{ "storage.googleapis.com", "/proxy-golang-org-prod-evil/a.zip", true, -1 },
	{ "storage.googleapis.com", "/evil/a.zip", true, -1 },
	{ "npm.example.test", "/base/a", true, 6 },
	{ "npm.example.test", "/basement/a", true, -1 },
	{ "npm.example.test", "/base", true, -1 },
	{ "npm.example.test", "/a", true, -1 },
};

START_TEST(test_registry)
{
	const struct request request = {
		.host = targets[_i].host,
		.port = targets[_i].https ? 443 : 80,
		.scheme = targets[_i].https ? SCHEME_HTTPS : SCHEME_HTTP,
		.path = str_of(targets[_i].path),
		.method = STR("GET"),
	};
	struct policy p = { 0 };
	const struct registry *r;

	load(&p, "ecosystem = golang\nregistry = npm https://npm.example.test/base/");
	r = packages_registry(&p.packages, &request);
	ck_assert_int_eq(r ? (int)(r - p.packages.registry) : -1, targets[_i].want);
	if (r && targets[_i].https) {
		ck_assert_int_eq(rules_decide(&p.rules, &request).verdict, VERDICT_ALLOW);
		ck_assert(rules_inspect(&p.rules, &request));
	}
	policy_fini(&p);
}
END_TEST

/* However much of the host a rule allows, its requests are read. */
START_TEST(test_inspected)
{
	const struct request request = { .host = "any.npmjs.org",
					 .port = 443,
					 .scheme = SCHEME_HTTPS };
	struct policy p = { 0 };

	load(&p, "[egress]\nallow = *.npmjs.org\nallow = any.npmjs.org:443");
	ck_assert(rules_inspect(&p.rules, &request) && rules_open_tls(&p.rules));
	policy_fini(&p);
}
END_TEST

static const struct {
	const char *text, *wrong;
} releases[] = {
	{ "[task]\nintent = release\n[packages]\necosystem = npm\npublish = allow\n", NULL },
	{ "[packages]\necosystem = npm\npublish = allow\n", "intent = release" },
	{ "[task]\nintent = develop\n[packages]\npublish = allow\n", "intent = release" },
	{ "[task]\nintent = release\n[packages]\npublish = allow\n[workspace]\naccess = write\n",
	  "does not write the source" },
	{ "[task]\nintent = release\n[packages]\npublish = allow\n[egress]\nallow = "
	  "*.example.test\n",
	  "allows all of *.example.test" },
	{ "[task]\nintent = release\n[packages]\npublish = allow\n[egress]\nmode = audit\n",
	  "mode = enforce" },
	{ "[packages]\necosystem = npm\n[egress]\nrelay = any.npmjs.org\n",
	  "needs its TLS to be opened" },
};

START_TEST(test_release)
{
	char errors[2000];
	struct complaints c = { .text = BUF(errors) };
	struct policy p = { 0 };
	int r = policy_parse(&p, str_of(releases[_i].text), &c);

	ck_assert_msg((r == 0) == !releases[_i].wrong, "%s", errors);
	ck_assert_msg(!releases[_i].wrong || strstr(errors, releases[_i].wrong), "%s", errors);
	policy_fini(&p);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_decide, 0, LEN(rows));
	tcase_add_test(tc, test_used);
	tcase_add_test(tc, test_undecided);
	tcase_add_test(tc, test_publish);
	tcase_add_loop_test(tc, test_registry, 0, LEN(targets));
	tcase_add_test(tc, test_inspected);
	tcase_add_loop_test(tc, test_release, 0, LEN(releases));
}

int main(void)
{
	return suite_run("packages", add);
}
