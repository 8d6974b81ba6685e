/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/cause.h"

#include <errno.h>

#include "suite.h"

/* What each kind of machine answers, and a word of the cause that has to be named. */
static const struct {
	enum stage stage;
	int error;
	unsigned facts;
	const char *cause, *remedy; /* NULL: nobody refused */
} cases[] = {
	/* Docker's default profile */
	{ STAGE_USER_NAMESPACE, -EPERM, FACT_FILTERED, "seccomp filter", "seccomp=unconfined" },
	/* ... on Ubuntu, which changes nothing */
	{ STAGE_USER_NAMESPACE, -EPERM, FACT_FILTERED | FACT_APPARMOR_USERNS, "seccomp filter",
	  "seccomp=unconfined" },
	/* ... with seccomp=unconfined: docker-default of AppArmor */
	{ STAGE_ROOT, -EACCES, FACT_CONFINED, "AppArmor profile forbids mounts",
	  "apparmor=unconfined" },
	/* ... with apparmor=unconfined, too */
	{ STAGE_PROC, -EPERM, 0, "covered by mounts", "systempaths=unconfined" },
	{ STAGE_PROC, -EPERM, FACT_NESTED | FACT_FILTERED | FACT_APPARMOR_USERNS,
	  "covered by mounts", "systempaths=unconfined" },
	/* Ubuntu since 23.10 */
	{ STAGE_IDS, -EPERM, FACT_APPARMOR_USERNS, "Ubuntu", "apparmor_restrict" },
	{ STAGE_IDS, -EACCES, FACT_APPARMOR_USERNS, "Ubuntu", "apparmor_restrict" },
	{ STAGE_HOSTNAME, -EPERM, FACT_APPARMOR_USERNS, "Ubuntu", "apparmor_restrict" },
	{ STAGE_LOOPBACK, -EPERM, FACT_APPARMOR_USERNS, "Ubuntu", "apparmor_restrict" },
	{ STAGE_ROOT, -EACCES, FACT_APPARMOR_USERNS | FACT_CONFINED, "Ubuntu",
	  "apparmor_restrict" },
	{ STAGE_LOOPBACK, -EPERM, 0, "security module", "exception" },
	{ STAGE_NAMESPACE, -EPERM, FACT_APPARMOR_USERNS, "Ubuntu", "apparmor_restrict" },
	{ STAGE_USER_NAMESPACE, -EPERM, FACT_CONFINED, "AppArmor profile", "apparmor=unconfined" },
	{ STAGE_USER_NAMESPACE, -EPERM, FACT_CONFINED | FACT_FILTERED, "seccomp filter",
	  "seccomp=unconfined" },
	/* Debian before 11, hardened kernels */
	{ STAGE_USER_NAMESPACE, -EPERM, FACT_CLONE_OFF, "unprivileged_userns_clone is 0",
	  "unprivileged_userns_clone=1" },
	{ STAGE_USER_NAMESPACE, -EPERM, 0, "chroot", "outside" },
	{ STAGE_USER_NAMESPACE, -ENOSPC, FACT_NONE_ALLOWED, "max_user_namespaces is 0",
	  "max_user_namespaces=" },
	{ STAGE_USER_NAMESPACE, -ENOSPC, FACT_NONE_ALLOWED | FACT_NESTED, "sandbox or container",
	  "outside" },
	{ STAGE_USER_NAMESPACE, -ENOSPC, 0, "limit", "/proc/sys/user" },
	{ STAGE_NAMESPACE, -ENOSPC, 0, "limit", "/proc/sys/user" },
	{ STAGE_NAMESPACE, -EINVAL, 0, "built without", "CONFIG_USER_NS" },
	{ STAGE_USER_NAMESPACE, -EUSERS, 0, "nested", "outside" },
	{ STAGE_BIND, -ENOSYS, 0, "too old", "Linux 5.12" },
	{ STAGE_BIND, -ENOSYS, FACT_FILTERED, "filter hides", "open_tree" },
	{ STAGE_ROOT, -EPERM, FACT_FILTERED, "filter", "mount" },
	{ STAGE_PIVOT, -EINVAL, 0, "initial ramfs", "switch_root" },
	{ STAGE_WATCH, -EAFNOSUPPORT, 0, "packet sockets", "CONFIG_PACKET" },
	{ STAGE_SECCOMP, -EINVAL, 0, "without filters", "CONFIG_SECCOMP_FILTER" },
	{ STAGE_LANDLOCK, -EOPNOTSUPP, 0, "switched off", "lsm=" },
	{ STAGE_LANDLOCK, -ENOSYS, 0, "no Landlock", "CONFIG_SECURITY_LANDLOCK" },
	{ STAGE_LANDLOCK, -ENOSYS, FACT_FILTERED, "filter hides", "landlock_create_ruleset" },
	{ STAGE_EGRESS, -ENOENT, 0, "not installed", "agentbox-egress" },
	{ STAGE_EGRESS, -ETIMEDOUT, 0, "cannot serve", "message" },
	{ STAGE_CGROUP, -EBUSY, 0, "other processes", "systemd-run" },
	{ STAGE_CGROUP, -EACCES, 0, "delegated", "systemd-run" },
	{ STAGE_NOTIFY, -EBUSY, 0, "listens already", "" },

	/* Faults of a task or of its files, which no setting of the machine mends. */
	{ STAGE_NONE, -EPERM, FACT_FILTERED, NULL, NULL },
	{ STAGE_BIND, -ENOENT, FACT_FILTERED | FACT_APPARMOR_USERNS, NULL, NULL },
	{ STAGE_ROOT, -ENOMEM, 0, NULL, NULL },
	{ STAGE_LISTEN, -EADDRINUSE, 0, NULL, NULL },
	{ STAGE_USER_NAMESPACE, -EAGAIN, 0, NULL, NULL },
	{ STAGE_USER_NAMESPACE, -ENOMEM, FACT_NONE_ALLOWED, NULL, NULL },
};

START_TEST(test_find)
{
	const struct cause *cause = cause_find(cases[_i].stage, cases[_i].error, cases[_i].facts);

	ck_assert_int_eq(cause != NULL, cases[_i].cause != NULL);
	if (!cause)
		return;
	ck_assert_msg(strstr(cause->text, cases[_i].cause) != NULL, "%s", cause->text);
	ck_assert_msg(strstr(cause->remedy, cases[_i].remedy) != NULL, "%s", cause->remedy);
}
END_TEST

/* What only some machines refuse has a stage, so that the table can speak of it. */
START_TEST(test_stages)
{
	const struct step listener = { .kind = STEP_LISTEN, .m = LISTENER_TCP };
	const struct step watch = { .kind = STEP_LISTEN, .m = LISTENER_WATCH };
	const struct step file = { .kind = STEP_FILE }, exec = { .kind = STEP_EXEC };

	ck_assert_int_eq(stage_of(&listener), STAGE_LISTEN);
	ck_assert_int_eq(stage_of(&watch), STAGE_WATCH);
	ck_assert_int_eq(stage_of(&file), STAGE_NONE);
	ck_assert_int_eq(stage_of(&exec), STAGE_NONE);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_find, 0, LEN(cases));
	tcase_add_test(tc, test_stages);
}

int main(void)
{
	return suite_run("cause", add);
}
