/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/plan.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "policy/environment.h"
#include "policy/plan_steps.h"
#include "policy/value.h"

/*
 * Theory of operation
 *
 * The box is described from the outside in: who it is (ids, host name), what it reaches (loopback,
 * listeners), what it sees (a root on a tmpfs: system, /etc, /dev, /tmp, home, workspace), and
 * what it may do (limits, capabilities, system calls). Each function below adds the steps of one of
 * these and reads only the policy and the facts about the host; none looks at the machine.
 *
 * Order carries meaning. Later mounts cover earlier ones, so the private home and /tmp come before
 * what the box sees of the host, which often lies in one of them. After STEP_PIVOT nothing of the
 * host can be mounted any more; after STEP_DROP nothing can be mounted at all.
 */

enum { PAGE = 4096, INODES_MIN = 64 };

static const char path_of_system[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static const char hidden_dir[] = "/run/hidden-directory", hidden_file[] = "/run/hidden-file";

bool plan_has(const struct plan *plan, enum step_kind kind)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->step[i].kind == kind)
			return true;
	return false;
}

const char *plan_cover(enum path_kind kind)
{
	return kind == PATH_DIR ? hidden_dir : hidden_file;
}

/* Read-only in the box when the host has them; a link becomes the same link. */
static const char *const system_paths[] = {
	"/usr",
	"/bin",
	"/sbin",
	"/lib",
	"/lib32",
	"/lib64",
	"/libx32",
	"/etc/alternatives",
	"/etc/ca-certificates",
	"/etc/crypto-policies",
	"/etc/fonts",
	"/etc/gitconfig",
	/*
	 * Debian's and Fedora's JDKs are links to there in parts; no program of theirs starts
	 * without.
	 */
	"/etc/java",
	"/etc/java-8-openjdk",
	"/etc/java-11-openjdk",
	"/etc/java-17-openjdk",
	"/etc/java-21-openjdk",
	"/etc/java-25-openjdk",
	"/etc/ld.so.cache",
	"/etc/localtime",
	"/etc/os-release",
	"/etc/pki",
	"/etc/protocols",
	"/etc/services",
	"/etc/ssl",
	"/var/lib/ca-certificates",
};

static const char *const devices[] = {
	"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty",
};

size_t plan_asks(struct host *host, const struct policy *policy, const char ***paths)
{
	const char **list = NULL;
	size_t n = 0;

	for (size_t i = 0; i < LEN(system_paths); i++)
		*arena_push(&host->arena, list, n) = system_paths[i];
	plan_parts_asks(host, &list, &n);
	plan_trust_asks(host, policy, &list, &n);
	*paths = list;
	return n;
}

struct step *plan_add(struct plan *plan, enum step_kind kind, const char *why)
{
	struct step *step = arena_push(&plan->arena, plan->step, plan->n);

	*step = (struct step){ .kind = kind, .why = why };
	return step;
}

void plan_add_dir(struct plan *plan, const char *dst, unsigned mode, const char *why)
{
	struct step *step = plan_add(plan, STEP_DIR, why);

	step->dst = dst;
	step->mode = mode;
}

static void add_file(struct plan *plan, const char *dst, const char *text, const char *why)
{
	struct step *step = plan_add(plan, STEP_FILE, why);

	step->dst = dst;
	step->text = text;
	step->mode = 0644;
}

struct step *plan_add_link(struct plan *plan, const char *dst, const char *target, const char *why)
{
	struct step *step = plan_add(plan, STEP_LINK, why);

	step->dst = dst;
	step->text = target;
	return step;
}

/*
 * What is stored counts as memory. An inode takes about 1 KiB of the kernel's, which is not
 * counted: there are as many as pages.
 */
struct step *plan_add_tmpfs(struct plan *plan, const char *dst, unsigned mode, const char *why)
{
	struct step *step = plan_add(plan, STEP_TMPFS, why);
	const uint64_t memory = plan->policy->memory;

	step->dst = dst;
	step->mode = mode;
	step->n = plan->policy->tmp;
	if (memory && (step->n == 0 || memory < step->n))
		step->n = memory;
	if (step->n)
		step->m = step->n / PAGE > INODES_MIN ? step->n / PAGE : INODES_MIN;
	return step;
}

void plan_lacks(struct plan *plan, const char *text)
{
	plan->missing =
		plan->missing ? arena_printf(&plan->arena, "%s; %s", plan->missing, text) : text;
}

struct step *plan_add_bind(struct plan *plan, const char *path, unsigned flags, const char *why)
{
	struct step *step = plan_add(plan, STEP_BIND, why);

	step->src = step->dst = path;
	step->flags = flags;
	return step;
}

struct step *plan_add_protect(struct plan *plan, const char *path, const char *why)
{
	struct step *step = plan_add(plan, STEP_PROTECT, why);

	step->dst = path;
	step->flags = STEP_READONLY;
	return step;
}

struct step *plan_add_hide(struct plan *plan, const char *path, enum path_kind kind,
			   const char *why)
{
	struct step *step = plan_add(plan, STEP_HIDE, why);

	step->src = plan_cover(kind);
	step->dst = path;
	step->flags = STEP_READONLY | STEP_NOEXEC;
	return step;
}

static void add_published(struct plan *plan, const struct item *item)
{
	const struct published at = value_published(item->text);
	struct step *step = plan_add(plan, STEP_PUBLISH, "on the host's loopback");

	step->n = at.host_port;
	step->m = at.port;
	step->where = item->where;
}

static void plan_supervision(struct plan *plan, const struct policy *policy,
			     const struct host *host)
{
	struct step *step;

	if (policy->deadline) {
		step = plan_add(plan, STEP_DEADLINE, "from when the command starts");
		step->n = policy->deadline;
		step->where = policy_where(policy, "task", "deadline");
	}
	if (policy->memory) {
		step = plan_add(plan, STEP_MEMORY, "of all processes and of what is in a tmpfs");
		step->n = policy->memory;
		step->m = policy->processes;
		step->where = policy_where(policy, "limits", "memory");
	}
	for (size_t i = 0; i < policy->publish.n; i++)
		add_published(plan, &policy->publish.item[i]);
	if (policy->hide.n ||
	    (policy->access == ACCESS_WRITE &&
	     (policy->protect.n || policy->lockfiles_mode == LOCKFILES_DENY || host->gitdir)))
		plan_add(plan, STEP_GUARD, "what is replaced or made outside is covered, too");
}

static void plan_identity(struct plan *plan, const struct host *host)
{
	struct step *step = plan_add(plan, STEP_ID_MAP, "the caller's ids, each mapped to itself");

	step->n = host->uid;
	step->m = host->gid;
	plan_add(plan, STEP_HOSTNAME, "own uts namespace")->text = host->hostname;
}

/*
 * Whether something of the host has to appear below @dir, which then cannot be a link: until
 * STEP_PIVOT that would lead to the host's.
 */
static bool lies_in(const struct host *host, const char *dir)
{
	const char *const paths[] = { host->home, host->workspace, host->gitdir, host->commondir };

	for (size_t i = 0; i < LEN(paths); i++)
		if (paths[i] && path_is_below(paths[i], dir))
			return true;
	for (size_t i = 0; i < host->n_grants; i++)
		if (path_is_below(host->grants[i].path, dir) ||
		    (host->grants[i].link && path_is_below(host->grants[i].link, dir)))
			return true;
	return false;
}

/*
 * /proc/self/fd/0 opens the file behind it anew, for writing as well, wherever it lies. It does so
 * on the mount that the descriptor was opened on: the box gets a read-only copy of that.
 */
static void plan_files(struct plan *plan, const struct host *host)
{
	for (unsigned fd = 0; fd <= 2; fd++)
		if (host->files & 1U << fd)
			plan_add(plan, STEP_REOPEN, "a file of the caller's, to be read alone")->n =
				fd;
}

static void plan_system(struct plan *plan, const struct host *host)
{
	plan_add(plan, STEP_ROOT, "private root")->n = 16 << 20;
	plan_add_dir(plan, "/etc", 0755, NULL);
	for (size_t i = 0; i < LEN(system_paths); i++) {
		const struct host_path *found = host_find(host, system_paths[i]);

		if (!found)
			continue;
		if (found->kind == PATH_LINK)
			plan_add_link(plan, found->path, found->target, "as on the host");
		else
			plan_add_bind(plan, found->path,
				      STEP_READONLY | STEP_SYSTEM |
					      (found->kind == PATH_FILE ? STEP_NO_DIR : 0),
				      "system");
	}
	plan_add_dir(plan, "/run", 0755, NULL);
	plan_add_dir(plan, "/var", 0755, NULL);
	plan_add_link(plan, "/var/run", "/run", NULL);
	if (lies_in(host, "/var/tmp"))
		plan_add_tmpfs(plan, "/var/tmp", 01777, "private");
	else
		plan_add_link(plan, "/var/tmp", "/tmp", NULL);
	plan_add_tmpfs(plan, "/tmp", 01777, "private");
	plan_add_dir(plan, hidden_dir, 0, "covers hidden directories");
	add_file(plan, hidden_file, "", "covers hidden files");
	plan->step[plan->n - 1].mode = 0;
}

static void plan_etc(struct plan *plan, const struct policy *policy, const struct host *host)
{
	struct arena *a = &plan->arena;
	const char *others = host->uid == 0
				     ? "nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n"
				     : "root:x:0:0::/nonexistent:/usr/sbin/nologin\n"
				       "nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n";

	add_file(plan, "/etc/passwd",
		 arena_printf(a, "%s:x:%u:%u::%s:/bin/sh\n%s", host->user, host->uid, host->gid,
			      host->home, others),
		 "the caller and nobody else");
	add_file(plan, "/etc/group",
		 arena_printf(a, "%s:x:%u:\n%snogroup:x:65534:\n", host->user, host->gid,
			      host->gid == 0 ? "" : "root:x:0:\n"),
		 NULL);
	add_file(plan, "/etc/hostname", arena_printf(a, "%s\n", host->hostname), NULL);
	add_file(plan, "/etc/hosts",
		 arena_printf(a, "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 %s\n",
			      host->hostname),
		 NULL);
	add_file(plan, "/etc/nsswitch.conf",
		 "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: "
		 "files\n",
		 "no service that answers over a socket of the host");
	add_file(plan, "/etc/resolv.conf",
		 policy_has_egress(policy) ? "nameserver 198.18.0.1\noptions timeout:2 attempts:2\n"
					   : "# no egress: no name server\n",
		 "the egress answers, whatever address is asked");
	plan_add_link(plan, "/etc/mtab", "/proc/self/mounts", NULL);
}

/*
 * RLIMIT_NPROC, set in the box's user namespace, counts the processes of the box alone: a cap that
 * nobody in it can lift. The kernel exempts root from it (fork(2), EAGAIN), but from Linux 6.14 on
 * a pid namespace has a largest pid of its own; the first 300 are not used again.
 */
static void plan_processes(struct plan *plan, const struct policy *policy, const struct host *host)
{
	enum { RESERVED_PIDS = 300 };

	if (host->uid != 0 || policy->processes == 0)
		return;
	if (host->own_pid_max)
		plan_add(plan, STEP_PID_MAX, "RLIMIT_NPROC does not bind root")->n =
			policy->processes + RESERVED_PIDS + 1;
	else
		plan_lacks(plan, "the limit of processes, from which root is exempt");
}

/*
 * The kernel counts the watches of a box as its user's, too: one that took them all would put out
 * the eyes of whoever guards it (supervise/guard.c). In its user namespace they have a limit of
 * their own (proc_sys_user(5)).
 */
static void plan_inotify(struct plan *plan, const struct host *host)
{
	struct step *step;

	if (!plan_has(plan, STEP_GUARD) || !host->inotify_instances)
		return;
	step = plan_add(plan, STEP_INOTIFY, "the rest is for who guards the box");
	step->n = host->inotify_instances * 3 / 4;
	step->m = host->inotify_watches * 3 / 4;
}

static void plan_dev_and_proc(struct plan *plan, const struct policy *policy,
			      const struct host *host)
{
	plan_add_dir(plan, "/dev", 0755, NULL);
	/* Read-only keeps root from changing their mode; they are written to all the same. */
	for (size_t i = 0; i < LEN(devices); i++)
		plan_add_bind(plan, devices[i],
			      STEP_DEVICE | STEP_READONLY | STEP_NOEXEC | STEP_SYSTEM | STEP_NO_DIR,
			      "device");
	plan_add(plan, STEP_DEVPTS, "own terminals")->dst = "/dev/pts";
	plan_add_link(plan, "/dev/ptmx", "pts/ptmx", NULL);
	plan_add_link(plan, "/dev/fd", "/proc/self/fd", NULL);
	plan_add_link(plan, "/dev/stdin", "/proc/self/fd/0", NULL);
	plan_add_link(plan, "/dev/stdout", "/proc/self/fd/1", NULL);
	plan_add_link(plan, "/dev/stderr", "/proc/self/fd/2", NULL);
	plan_add_tmpfs(plan, "/dev/shm", 01777, "private");
	plan_add(plan, STEP_PROC, "own pid namespace")->dst = "/proc";
	plan_processes(plan, policy, host);
	plan_inotify(plan, host);
}

static void add_limit(struct plan *plan, int resource, uint64_t value, const char *why)
{
	struct step *step;

	if (!value)
		return;
	step = plan_add(plan, STEP_LIMIT, why);
	step->n = (uint64_t)resource;
	step->m = value;
}

static int plan_confinement(struct plan *plan, const struct policy *policy, const struct host *host,
			    struct err *e)
{
	int r;

	plan_add(plan, STEP_PIVOT, "nothing of the host remains");
	if (host->terminal)
		plan_add(plan, STEP_TERMINAL, "own terminal, none of the caller's");
	plan_add(plan, STEP_WORKDIR, NULL)->dst = host->cwd;
	plan_add(plan, STEP_DROP, "no capability, no_new_privs");
	plan_landlock(plan, policy, host);
	add_limit(plan, RLIMIT_NPROC, policy->processes, NULL);
	add_limit(plan, RLIMIT_NOFILE, policy->files, NULL);
	add_limit(plan, RLIMIT_FSIZE, policy->file_size, NULL);
	/*
	 * 1 is the one limit that also keeps the kernel from a core_pattern that is a pipe
	 * (core(5)).
	 */
	add_limit(plan, RLIMIT_CORE, 1, "a crash starts no program of the host");
	r = syscalls_compile(policy, arch_native, &plan->arena, &plan->filter, e);
	plan_add(plan, STEP_SECCOMP, "system calls of the profile")->n = plan->filter.n;
	plan_add(plan, STEP_EXEC, NULL)->text = plan->argv[0];
	return r;
}

static void plan_environment(struct plan *plan, const struct policy *policy,
			     const struct host *host)
{
	struct environment env = { .arena = &plan->arena };
	const char *slash = strrchr(policy->name, '/');

	plan_cache_variables(&env, policy);
	plan_workspace_variables(&env, host);
	environment_pass(&env, host->environment, &policy->pass);
	environment_set(&env, "PATH", path_of_system);
	environment_set(&env, "HOME", host->home);
	environment_set(&env, "USER", host->user);
	environment_set(&env, "LOGNAME", host->user);
	environment_set(&env, "SHELL", "/bin/sh");
	plan_trust_variables(&env, policy, host);
	plan_proxy_variables(&env, policy);
	environment_set_items(&env, &policy->set);
	environment_set(&env, "PWD", host->cwd);
	environment_set(&env, "AGENTBOX", "1");
	environment_set(&env, "AGENTBOX_TASK", host->task);
	environment_set(&env, "AGENTBOX_PROFILE", slash ? slash + 1 : policy->name);
	environment_set(&env, "AGENTBOX_LEVEL", plan->level);
	plan->environment = environment_list(&env);
}

/*
 * Until the pivot, a link in the new root still leads into the host's: nothing may be made or
 * mounted beyond one. Workspace and home are canonical on the host, but the box has links of its
 * own.
 */
static int check_links(const struct plan *plan, struct err *e)
{
	for (size_t i = 0; i < plan->n; i++)
		for (size_t j = 0; j < plan->n && plan->step[i].kind == STEP_LINK; j++)
			if (i != j && plan->step[j].dst &&
			    path_is_below(plan->step[j].dst, plan->step[i].dst))
				return err_say(e, -ELOOP,
					       "%s cannot be in the box: %s is a link there",
					       plan->step[j].dst, plan->step[i].dst);
	return 0;
}

int plan_build(struct plan *plan, const struct policy *policy, const struct host *host,
	       char *const *argv, struct err *e)
{
	int r;

	*plan = (struct plan){ .policy = policy, .argv = argv, .level = "full" };
	plan_supervision(plan, policy, host);
	plan_identity(plan, host);
	plan_network(plan, policy);
	plan_files(plan, host);
	plan_system(plan, host);
	plan_trust(plan, policy, host);
	plan_etc(plan, policy, host);
	plan_dev_and_proc(plan, policy, host);
	plan_parts(plan, host);
	plan_cache(plan, policy, host);
	r = plan_workspace(plan, policy, host, e);
	if (r == 0)
		r = plan_confinement(plan, policy, host, e);
	plan_environment(plan, policy, host);
	return r < 0 ? r : check_links(plan, e);
}

void plan_fini(struct plan *plan)
{
	arena_fini(&plan->arena);
	*plan = (struct plan){ 0 };
}
