/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "policy/policy.h"
#include "packages.h"

/* What is known of packages beside the metadata of their registry, and what where there is none. */

enum { HOUR = 3600 * 1000 };

static const int64_t now = (int64_t)1800000000 * 1000;

/* What a database of advisories says, before anything else is looked for. */
START_TEST(test_advisories)
{
	static const char text[] = "agentbox advisories 1 2027-01-15T07:00:00.000Z\n"
				   "pkg:npm/a\tmalware\tMAL-1\t=1.0.0\n"
				   "pkg:npm/b\tvulnerable\tGHSA-1\t*\n";
	static const struct {
		const char *lines, *name, *version;
		bool mapped;
		enum verdict verdict;
		const char *reason;
	} cases[] = {
		{ "", "a", "1.0.0", true, VERDICT_ALLOW, "" },
		{ "", "a", "1.0.1", true, VERDICT_ALLOW, "" },
		{ "advisories = /db", "a", "1.0.1", true, VERDICT_ALLOW, "" },
		{ "advisories = /db", "a", "1.0.0", true, VERDICT_DENY, "malware: MAL-1" },
		{ "advisories = /db", "a", "", true, VERDICT_ALLOW, "" },
		{ "advisories = /db\nmin-age-exempt = pkg:npm/a\nallow = pkg:npm/a", "a", "1.0.0",
		  true, VERDICT_DENY, "malware: MAL-1" },
		{ "advisories = /db", "b", "1.0.0", true, VERDICT_ALLOW, "" },
		{ "advisories = /db\nvulnerable = deny", "b", "1.0.0", true, VERDICT_DENY,
		  "vulnerable: GHSA-1" },
		{ "advisories = /db\nvulnerable = deny", "b", "", true, VERDICT_DENY,
		  "vulnerable: GHSA-1" },
		{ "advisories = /db", "c", "1.0.0", false, VERDICT_DENY, "not there" },
		{ "advisories = /db\nadvisories-max-age = 1h", "c", "1.0.0", true, VERDICT_ALLOW,
		  "" },
		{ "advisories = /db\nadvisories-max-age = 59m", "c", "1.0.0", true, VERDICT_DENY,
		  "too old" },
		{ "advisories = /db\nadvisories-max-age = 59m\nadvisories-stale = allow", "c",
		  "1.0.0", true, VERDICT_ALLOW, "" },
		{ "advisories = /db\nadvisories-max-age = 59m\nadvisories-stale = allow", "a",
		  "1.0.0", true, VERDICT_DENY, "malware: MAL-1" },
		{ "advisories = /db\nadvisories-max-age = 59m\nadvisories-stale = ask", "c",
		  "1.0.0", true, VERDICT_ASK, "too old; nobody" },
	};

	for (size_t i = 0; i < LEN(cases); i++) {
		struct package_request request = { .kind = PACKAGE_ARTIFACT };
		struct package_facts facts = { .time = TIME_SERVER,
					       .published = now - 1000 * (int64_t)HOUR };
		struct package_question q = { .request = &request, .facts = &facts, .now = now };
		struct package_decision d;
		struct advisories db;
		struct policy p = { 0 };

		load(&p, cases[i].lines);
		ck_assert_ptr_null(advisories_open(STR(text), &db));
		p.packages.known = cases[i].mapped ? &db : NULL;
		q.registry = &p.packages.registry[0];
		snprintf(request.name, sizeof(request.name), "%s", cases[i].name);
		facts.version = str_of(cases[i].version);
		d = package_decide(&p.packages, &q);
		ck_assert_msg(d.verdict == cases[i].verdict && strstr(d.reason, cases[i].reason),
			      "%s, %s@%s: %s", cases[i].lines, cases[i].name, cases[i].version,
			      d.reason);
		policy_fini(&p);
	}
}
END_TEST

/* Of an ecosystem whose metadata is not read, nobody says when something was published. */
START_TEST(test_no_metadata)
{
	static const struct {
		const char *lines;
		enum verdict verdict;
	} cases[] = {
		{ "", VERDICT_ALLOW },
		{ "min-age = 1h", VERDICT_DENY },
		{ "min-age = 1h\nmin-age-missing = allow", VERDICT_ALLOW },
		{ "min-age = 1h\nmin-age-exempt = pkg:maven/org.example/*", VERDICT_ALLOW },
		{ "deny = pkg:maven/org.example/a@1.0", VERDICT_DENY },
	};
	struct package_request request = { .kind = PACKAGE_ARTIFACT,
					   .name = "org.example:a",
					   .version = "1.0" };

	for (size_t i = 0; i < LEN(cases); i++) {
		struct package_question q = { .request = &request, .now = now };
		struct package_decision d;
		struct policy p = { 0 };
		char lines[300];

		snprintf(lines, sizeof(lines), "registry = maven https://m.example.test\n%s",
			 cases[i].lines);
		load(&p, lines);
		q.registry = &p.packages.registry[p.packages.n_registries - 1];
		ck_assert_str_eq(q.registry->ecosystem->name, "maven");
		d = package_decide(&p.packages, &q);
		ck_assert_msg(d.verdict == cases[i].verdict && !d.undecided, "%s", d.reason);
		policy_fini(&p);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_advisories);
	tcase_add_test(tc, test_no_metadata);
}

int main(void)
{
	return suite_run("packages_known", add);
}
