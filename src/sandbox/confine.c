/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int confine_limit(const struct step *step, struct err *e)
{
	struct rlimit now, limit = { step->m, step->m };
	int resource = (int)step->n;

	/* A hard limit that is lower already stays: nobody asked for more than the caller has. */
	if (getrlimit((__rlimit_resource_t)resource, &now) < 0)
		return err_set(e, -errno, "read resource limit %d", resource);
	if (now.rlim_max < limit.rlim_max)
		limit.rlim_cur = limit.rlim_max = now.rlim_max;
	if (setrlimit((__rlimit_resource_t)resource, &limit) < 0)
		return err_set(e, -errno, "set resource limit %d", resource);
	return 0;
}

/*
 * Securebits first: without SECBIT_NOROOT an exec by uid 0 regains what the bounding set allows
 * (capabilities(7)). The bounding set is emptied as well, for whoever reads /proc/self/status.
 * capset(2) is called directly: that libcap is loaded and looks around would cost more than all
 * this.
 */
int confine_drop(struct err *e)
{
	const unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
				   SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
				   SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	if (prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) < 0)
		return err_set(e, -errno, "set securebits");
	for (int cap = 0; prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0; cap++)
		;
	if (errno != EINVAL) /* past the last capability that this kernel knows */
		return err_set(e, -errno, "empty the bounding set");
	if (syscall(SYS_capset, &header, none) < 0)
		return err_set(e, -errno, "drop capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(e, -errno, "set no_new_privs");
	return 0;
}

int confine_seccomp(const struct filter *filter, struct err *e)
{
	struct sock_fprog program = { .len = (unsigned short)filter->n, .filter = filter->insn };

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return err_set(e, -errno, "load the seccomp filter");
	return 0;
}
