/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/keys.h"

#include <stdio.h>

#include "policy/syscalls.h"
#include "suite.h"

static const struct {
	const char *section, *key, *want; /* key NULL: the section is explained */
} explained[] = {
	{ "egress", "alow", "unknown key \"alow\" in [egress]: did you mean \"allow\"?" },
	{ "egress", "allows", "unknown key \"allows\" in [egress]: did you mean \"allow\"?" },
	{ "limits", "file_size",
	  "unknown key \"file_size\" in [limits]: did you mean \"file-size\"?" },
	{ "limits", "fils", "unknown key \"fils\" in [limits]: did you mean \"files\"?" },
	{ "workspace", "deadline",
	  "unknown key \"deadline\" in [workspace]: it belongs into [task]" },
	{ "workspace", "x", "unknown key \"x\" in [workspace]" },
	{ "workspaces", NULL, "unknown section [workspaces]: did you mean [workspace]?" },
	{ "env", NULL, "unknown section [env]" },
	{ "secrets", NULL, "unknown section [secrets]" },
};

START_TEST(test_explain)
{
	char space[256];
	struct buf out = BUF(space);

	if (explained[_i].key)
		key_explain(explained[_i].section, explained[_i].key, &out);
	else
		section_explain(explained[_i].section, &out);
	ck_assert_str_eq(space, explained[_i].want);
}
END_TEST

/* The manual page, lines joined by blanks. */
static const char *manual(void)
{
	static char text[64 * 1024];
	const char *source = getenv("AGENTBOX_SOURCE");
	char path[4096];
	FILE *file;
	size_t n;

	ck_assert_msg(source != NULL, "AGENTBOX_SOURCE is not set");
	snprintf(path, sizeof(path), "%s/man/agentbox-profile.5", source);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	ck_assert_uint_lt(n, sizeof(text) - 1);
	text[n] = '\0';
	fclose(file);
	for (char *at = text; (at = strchr(at, '\n'));)
		*at = ' ';
	return text;
}

/* What the manual says of @key, in the part about its section. */
static const char *entry(const struct key *key)
{
	static char text[8192];
	char title[100], start[100];
	const char *section, *end, *at;

	snprintf(title, sizeof(title), " .Ss Section %s ", key->section);
	snprintf(start, sizeof(start), " .It Ic %s No = ", key->name);
	section = strstr(manual(), title);
	ck_assert_msg(section != NULL, "the manual has no section %s", key->section);
	at = strstr(section, start);
	ck_assert_msg(at && at < strstr(section + 1, " .S"), "the manual has no key %s in %s",
		      key->name, key->section);
	end = strstr(at + 1, " .It ");
	if (!end || end > strstr(at, " .El "))
		end = strstr(at, " .El ");
	snprintf(text, sizeof(text), "%.*s", (int)(end - at), at);
	return text;
}

START_TEST(test_manual_has_key)
{
	const struct key *key = &keys[_i];
	const char *text = entry(key);
	char first[100];

	snprintf(first, sizeof(first), " = Cm %s ", key->preset ? key->preset : "");
	ck_assert_msg(!key->preset || strstr(text, first), "no default %s in: %s", first, text);
	ck_assert_msg(!strstr(text, " ... ") != key->many, "%s", text);
}
END_TEST

START_TEST(test_manual_has_no_other_key)
{
	size_t n = 0;

	for (const char *at = manual(); (at = strstr(at, ".It Ic ")); at++)
		n++;
	ck_assert_uint_eq(n, keys_count());
}
END_TEST

/* What stands in the manual for each group; to mend it, copy what the failure prints. */
START_TEST(test_manual_has_groups)
{
	static const char *const titles[] = {
		[GROUP_NEVER] = "Refused in every profile:",
		[GROUP_DENIED] = "Refused, unless a profile allows it:",
		[GROUP_ALLOWED] = "Allowed, unless a profile denies it:",
	};
	char space[8192];
	struct buf want = BUF(space);

	buf_printf(&want, "%s .Bl -tag -width @af-netlink -compact ", titles[_i]);
	for (size_t i = 0; i < n_syscall_groups; i++) {
		const struct syscall_group *group = &syscall_groups[i];

		if (group->preset != (enum group_preset)_i)
			continue;
		buf_printf(&want, ".It Cm %s %s. ", group->name, group->text);
		if (group->preset != GROUP_NEVER)
			buf_printf(&want, "Needed by %s. ", group->users);
	}
	buf_puts(&want, ".El ");
	ck_assert(!want.full);
	ck_assert_msg(strstr(manual(), space) != NULL, "not in the manual:\n%s", space);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_explain, 0, LEN(explained));
	tcase_add_loop_test(tc, test_manual_has_key, 0, (int)keys_count());
	tcase_add_test(tc, test_manual_has_no_other_key);
	tcase_add_loop_test(tc, test_manual_has_groups, 0, GROUP_ALLOWED + 1);
}

int main(void)
{
	return suite_run("keys", add);
}
