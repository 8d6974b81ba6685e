/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/landlock.h"
#include "os/sys.h"

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

/*
 * What the caller opened for writing and handed in is opened again by its name in /proc whenever a
 * script writes to /dev/stderr. Pipes and sockets have no path, and need no rule (EBADFD).
 */
static int allow_standard(int rules, uint32_t rights, struct err *e)
{
	for (int fd = 0; fd <= 2 && rights; fd++) {
		int flags = fcntl(fd, F_GETFL);
		int r = flags < 0 || (flags & O_ACCMODE) == O_RDONLY || flags & O_PATH
				? 0
				: landlock_allow(rules, fd, rights);

		if (r < 0 && r != -EBADFD)
			return err_set(e, r, "allow descriptor %d in Landlock", fd);
	}
	return 0;
}

/* What is opened here is closed by the exec that follows. */
static int allow_paths(int rules, const struct landlock *landlock, struct err *e)
{
	for (size_t i = 0; i < landlock->n; i++) {
		const struct landlock_rule *rule = &landlock->rule[i];
		int fd = open(rule->path, O_PATH | O_CLOEXEC);
		int r = fd < 0 ? -errno : landlock_allow(rules, fd, rule->rights);

		if (r < 0)
			return err_set(e, r, "allow %s in Landlock", rule->path);
	}
	return 0;
}

int confine_landlock(const struct landlock *landlock, struct err *e)
{
	const uint32_t files = landlock->rights & (LANDLOCK_WRITE_FILE | LANDLOCK_IOCTL_DEV);
	_cleanup_fd_ int rules = landlock_open(landlock->rights, landlock->scopes);
	int r;

	if (rules < 0)
		return err_set(e, rules, "make rules of Landlock");
	r = allow_paths(rules, landlock, e);
	if (r == 0)
		r = allow_standard(rules, files, e);
	if (r < 0)
		return r;
	r = landlock_enforce(rules);
	return r < 0 ? err_set(e, r, "enforce the rules of Landlock") : 0;
}

int confine_seccomp(const struct filter *filter, struct err *e)
{
	struct sock_fprog program = { .len = (unsigned short)filter->n, .filter = filter->insn };

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return err_set(e, -errno, "load the seccomp filter");
	return 0;
}
