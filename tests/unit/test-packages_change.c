/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "policy/policy.h"
#define ECOSYSTEMS "ecosystem = npm\necosystem = pypi\n"
#include "packages.h"

/* What a package would change of what lock files name; and the order of all checks. */

enum { HOUR = 3600 * 1000 };

static const int64_t now = (int64_t)1800000000 * 1000;

static const char list[] = "agentbox locked 1\n"
			   "pkg:npm/locked@1.0.0\n"
			   "pkg:npm/locked@3.0.0\n"
			   "pkg:pypi/loose@\n"
			   "end 0\n";

struct state {
	bool unknown; /* nobody knows what lock files name */
	bool counted;
	uint64_t added;
	bool young;
};

#define ALLOWED VERDICT_ALLOW, "ecosystem", ""

static const struct row {
	const char *lines;
	const char *name, *version; /* version: "" is a request for metadata without facts */
	enum verdict verdict;
	const char *line, *reason;
	struct state state;
} rows[] = {
	{ "", "new", "1.0.0", ALLOWED },
	{ "", "new", "1.0.0", ALLOWED, { .unknown = true } },
	{ "add = deny", "new", "", VERDICT_DENY, "add", "no lock file named it" },
	{ "add = deny", "new", "1.0.0", VERDICT_DENY, "add", "no lock file named it" },
	{ "add = ask", "new", "", VERDICT_ASK, "add", "; nobody has been asked yet" },
	{ "add = deny", "locked", "", ALLOWED },
	{ "add = deny", "locked", "1.0.0", ALLOWED },
	{ "add = deny", "locked", "2.0.0", ALLOWED },
	{ "add = deny", "Locked", "1.0.0", VERDICT_DENY, "add", "" },
	{ "upgrade = deny", "new", "1.0.0", ALLOWED },
	{ "upgrade = deny", "locked", "", ALLOWED },
	{ "upgrade = deny", "locked", "1.0.0", ALLOWED },
	{ "upgrade = deny", "locked", "0.9.0", ALLOWED },
	{ "upgrade = deny", "locked", "3.0.1", VERDICT_DENY, "upgrade", "newer" },
	/* between two that are named, it is an upgrade and a downgrade */
	{ "upgrade = deny", "locked", "2.0.0", VERDICT_DENY, "upgrade", "newer" },
	{ "downgrade = deny", "locked", "2.0.0", VERDICT_DENY, "downgrade", "older" },
	{ "downgrade = deny", "locked", "0.9.0", VERDICT_DENY, "downgrade", "older" },
	{ "downgrade = deny", "locked", "3.0.1", ALLOWED },
	{ "downgrade = ask", "locked", "0.9.0", VERDICT_ASK, "downgrade", "nobody" },
	{ "locked = deny", "locked", "1.0.0", VERDICT_DENY, "locked", "" },
	{ "locked = deny", "locked", "2.0.0", ALLOWED },
	{ "add = deny", "locked", "1.0.0", VERDICT_DENY, NULL, "not known", { .unknown = true } },
	{ "max-add = 2", "locked", "1.0.0", VERDICT_DENY, NULL, "not known", { .unknown = true } },

	{ "max-add = 2", "new", "1.0.0", ALLOWED, { .added = 1 } },
	{ "max-add = 2", "new", "1.0.0", VERDICT_DENY, "max-add", "as it may", { .added = 2 } },
	{ "max-add = 2", "new", "", VERDICT_DENY, "max-add", "as it may", { .added = 2 } },
	{ "max-add = 2", "new", "1.0.0", ALLOWED, { .added = 2, .counted = true } },
	{ "max-add = 2", "locked", "9.0.0", ALLOWED, { .added = 2 } },

	{ "min-age = 72h", "locked", "1.0.0", VERDICT_DENY, "min-age", "", { .young = true } },
	{ "min-age = 72h\nmin-age-exempt = locked", "locked", "1.0.0", ALLOWED, { .young = true } },
	{ "min-age = 72h\nmin-age-exempt = locked",
	  "locked",
	  "2.0.0",
	  VERDICT_DENY,
	  "min-age",
	  "",
	  { .young = true } },
	{ "min-age = 72h\nmin-age-exempt = locked",
	  "locked",
	  "1.0.0",
	  VERDICT_DENY,
	  "min-age",
	  "",
	  { .young = true, .unknown = true } },
	{ "min-age = 72h\nmin-age-exempt = locked",
	  "new",
	  "1.0.0",
	  VERDICT_DENY,
	  "min-age",
	  "",
	  { .young = true } },
};

static struct package_decision decide(const struct policy *p, const struct row *row)
{
	struct package_request request = { .kind = *row->version ? PACKAGE_ARTIFACT
								 : PACKAGE_METADATA };
	struct package_facts facts = { .version = str_of(row->version), .time = TIME_SERVER };
	struct package_question q = { .request = &request, .now = now };
	struct locked locked;

	ck_assert_ptr_null(locked_open(STR(list), &locked));
	facts.published = now - (row->state.young ? 1 : 1000) * (int64_t)HOUR;
	snprintf(request.name, sizeof(request.name), "%s", row->name);
	snprintf(request.version, sizeof(request.version), "%s", row->version);
	q.facts = *row->version ? &facts : NULL;
	q.locked = row->state.unknown ? NULL : &locked;
	q.used.added = row->state.added;
	q.counted = row->state.counted;
	q.registry = &p->packages.registry[0];
	return package_decide(&p->packages, &q);
}

START_TEST(test_change)
{
	const struct row *row = &rows[_i];
	struct policy p = { 0 };
	struct package_decision d;

	load(&p, row->lines);
	d = decide(&p, row);
	ck_assert_msg(d.verdict == row->verdict && strstr(d.reason, row->reason), "%s, %s@%s: %s",
		      row->lines, row->name, row->version, d.reason);
	if (row->line)
		ck_assert_str_eq(p.packages.line[d.line].key, row->line);
	else
		ck_assert_int_eq(d.line, PACKAGE_LINE_NONE);
	policy_fini(&p);
}
END_TEST

/* What the log says of it. */
START_TEST(test_word)
{
	static const struct {
		struct row row;
		const char *change;
	} words[] = {
		{ { .name = "new", .version = "1.0.0" }, "add" },
		{ { .name = "locked", .version = "1.0.0" }, "locked" },
		{ { .name = "locked", .version = "4.0.0" }, "upgrade" },
		{ { .name = "locked", .version = "0.1.0" }, "downgrade" },
	};

	for (size_t i = 0; i < LEN(words); i++) {
		struct policy p = { 0 };

		load(&p, "max-add = 1000");
		ck_assert_str_eq(decide(&p, &words[i].row).change, words[i].change);
		policy_fini(&p);
	}
}
END_TEST

/*
 * Each line denies the same artifact, and the first of them is told. Taken away from the top, they
 * name all checks in their order.
 */
static const struct {
	const char *denies, *away; /* what takes a default away */
} order[] = {
	{ "deny = pkg:npm/lodahs", "" },
	{ "vulnerable = deny", "" },
	{ "internal = pkg:npm/lodahs", "" },
	{ "max-denied = 1", "" },
	{ "max-bytes = 1K", "" },
	{ "typosquat = deny", "" },
	{ "add = deny", "" },
	{ "max-add = 1", "" },
	{ "min-age = 72h", "" },
	{ "sources = registry", "sources = any" },
	{ "scripts = deny", "" },
	{ "yanked = deny", "yanked = allow" },
	{ "prerelease = deny", "" },
};

START_TEST(test_order)
{
	static const char text[] = "agentbox advisories 1 2027-01-15T07:00:00.000Z\n"
				   "pkg:npm/lodahs\tvulnerable\tGHSA-1\t*\n";
	struct package_request request = { .kind = PACKAGE_ARTIFACT, .name = "lodahs" };
	struct package_facts facts = { .version = STR("1.0.0-1"),
				       .time = TIME_SERVER,
				       .published = now,
				       .prerelease = true,
				       .yanked = true,
				       .scripts = true,
				       .foreign = true };
	struct package_question q = { .request = &request, .facts = &facts, .now = now };
	char space[1000], key[64];
	struct buf lines = BUF(space);
	struct package_decision d;
	struct policy p = { 0 };
	struct advisories db;
	struct locked locked;

	ck_assert_ptr_null(locked_open(STR(list), &locked));
	ck_assert_ptr_null(advisories_open(STR(text), &db));
	if (_i <= 1)
		buf_puts(&lines, "advisories = /db\n");
	for (size_t i = 0; i < LEN(order); i++)
		buf_printf(&lines, "%s\n", i < (size_t)_i ? order[i].away : order[i].denies);
	load(&p, space);
	p.packages.known = &db;
	q.locked = &locked;
	q.used = (struct package_use){ .denied = 1, .added = 1, .bytes = 1024 };
	q.registry = &p.packages.registry[0];
	d = package_decide(&p.packages, &q);
	ck_assert_int_ne(d.verdict, VERDICT_ALLOW);
	snprintf(key, sizeof(key), "%s ", p.packages.line[d.line].key);
	ck_assert_msg(!strncmp(order[_i].denies, key, strlen(key)), "%s: %s %s", order[_i].denies,
		      key, d.reason);
	policy_fini(&p);
}
END_TEST

/* Dependency confusion: a name that belongs to one registry is asked of no other. */
static const struct {
	const char *host, *name;
	enum verdict verdict;
	const char *key; /* of the line that decides */
} bound[] = {
	{ "npm.corp.test", "@corp/a", VERDICT_ALLOW, "url" },
	{ "npm.labs.test", "@corp/a", VERDICT_DENY, "scope" },
	{ "mirror.test", "@corp/a", VERDICT_DENY, "scope" },
	{ "any.npmjs.org", "@corp/a", VERDICT_DENY, "scope" },
	{ "any.npmjs.org", "@corpse/a", VERDICT_ALLOW, "ecosystem" },
	{ "any.npmjs.org", "corp", VERDICT_ALLOW, "ecosystem" },
	{ "any.npmjs.org", "corp-a", VERDICT_DENY, "internal" },
	{ "mirror.test", "corp-a", VERDICT_DENY, "internal" },
	{ "npm.corp.test", "corp-a", VERDICT_ALLOW, "url" },
	{ "npm.corp.test", "lodash", VERDICT_ALLOW, "url" },
	/* one scope of two registries */
	{ "npm.corp.test", "@both/a", VERDICT_ALLOW, "url" },
	{ "npm.labs.test", "@both/a", VERDICT_ALLOW, "url" },
	{ "any.npmjs.org", "@both/a", VERDICT_DENY, "scope" },
	/* internal= of [packages] is about public registries */
	{ "any.npmjs.org", "secret", VERDICT_DENY, "internal" },
	{ "mirror.test", "secret", VERDICT_ALLOW, "registry" },
};

START_TEST(test_bound)
{
	const struct request to = { .host = bound[_i].host,
				    .port = 443,
				    .scheme = SCHEME_HTTPS,
				    .path = STR("/x"),
				    .method = STR("GET") };
	struct package_request request = { .kind = PACKAGE_METADATA };
	struct package_question q = { .request = &request, .now = now };
	struct package_decision d;
	struct policy p = { 0 };

	load(&p, "registry = npm https://mirror.test/\ninternal = pkg:npm/secret\n"
		 "[registry corp]\necosystem = npm\nurl = https://npm.corp.test\n"
		 "scope = @corp\nscope = @both\ninternal = pkg:npm/corp-*\n"
		 "[registry labs]\necosystem = npm\nurl = https://npm.labs.test\nscope = @both\n");
	q.registry = packages_registry(&p.packages, &to);
	ck_assert_ptr_nonnull(q.registry);
	snprintf(request.name, sizeof(request.name), "%s", bound[_i].name);
	d = package_decide(&p.packages, &q);
	ck_assert_msg(d.verdict == bound[_i].verdict, "%s", d.reason);
	ck_assert_str_eq(p.packages.line[d.line].key, bound[_i].key);
	policy_fini(&p);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_change, 0, LEN(rows));
	tcase_add_test(tc, test_word);
	tcase_add_loop_test(tc, test_bound, 0, LEN(bound));
	tcase_add_loop_test(tc, test_order, 0, LEN(order));
}

int main(void)
{
	return suite_run("packages_change", add);
}
