/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/plan.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "policy/environment.h"

/*
 * Theory of operation
 *
 * The box is described from the outside in: who it is (ids, host name), what it reaches (loopback,
 * listeners), what it sees (a root on a tmpfs: system, /etc, /dev, /tmp, home, workspace), and
 * what it may do (limits, capabilities, system calls). Each function below adds the steps of one of
 * these and reads only the policy and the facts about the host; none looks at the machine.
 *
 * Order carries meaning. Later mounts cover earlier ones, so the private home and /tmp come before
 * the workspace, which often lies in one of them, and the workspace before what is protected in it.
 * After STEP_PIVOT nothing of the host can be mounted any more; after STEP_DROP nothing can be
 * mounted at all.
 *
 * A mount point made read-only does not keep its parent from being renamed, which would move the
 * protection away: so every directory between the workspace and a protected path is bound onto
 * itself first, and a mount point cannot be renamed (rename(2), EBUSY).
 */

enum { DNS_PORT = 53 };

static const char path_of_system[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

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
	"/etc/crypto-policies",
	"/etc/gitconfig",
	"/etc/ld.so.cache",
	"/etc/localtime",
	"/etc/os-release",
	"/etc/pki",
	"/etc/protocols",
	"/etc/services",
	"/etc/ssl",
};

static const char *const devices[] = {
	"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty",
};

/* What hidden things are covered with. */
static const char hidden_dir[] = "/run/hidden-directory", hidden_file[] = "/run/hidden-file";

/*
 * Settings of the kernel as seen in /proc. Only for root they are more than belt and braces: in the
 * box it has no capability, but it owns these files still.
 */
static const char *const proc_readonly[] = {
	"/proc/sys",
	"/proc/sysrq-trigger",
	"/proc/irq",
	"/proc/bus",
};
enum { PROC_READONLY_OTHERS = 1 };

static size_t n_proc_readonly(const struct host *host)
{
	return host->uid == 0 ? LEN(proc_readonly) : PROC_READONLY_OTHERS;
}

/* Of a git directory outside the workspace: what git runs or obeys, and what refers to it. */
static const char *const git_protected[] = { "config", "config.worktree", "hooks",
					     "info/attributes" };

/* Where git keeps its things when they are not in the workspace: a worktree's lie in its
 * repository's. */
static const char *git_dir(const struct host *host)
{
	return host->commondir ? host->commondir : host->gitdir;
}

size_t plan_asks(struct host *host, const char ***paths)
{
	const char **list = NULL;
	size_t n = 0;

	for (size_t i = 0; i < LEN(system_paths); i++)
		*arena_push(&host->arena, list, n) = system_paths[i];
	for (size_t i = 0; i < n_proc_readonly(host); i++)
		*arena_push(&host->arena, list, n) = proc_readonly[i];
	for (size_t i = 0; git_dir(host) && i < LEN(git_protected); i++)
		*arena_push(&host->arena, list, n) =
			arena_printf(&host->arena, "%s/%s", git_dir(host), git_protected[i]);
	*paths = list;
	return n;
}

static struct step *add(struct plan *plan, enum step_kind kind, const char *why)
{
	struct step *step = arena_push(&plan->arena, plan->step, plan->n);

	*step = (struct step){ .kind = kind, .why = why };
	return step;
}

static void add_dir(struct plan *plan, const char *dst, unsigned mode, const char *why)
{
	struct step *step = add(plan, STEP_DIR, why);

	step->dst = dst;
	step->mode = mode;
}

static void add_file(struct plan *plan, const char *dst, const char *text, const char *why)
{
	struct step *step = add(plan, STEP_FILE, why);

	step->dst = dst;
	step->text = text;
	step->mode = 0644;
}

static void add_link(struct plan *plan, const char *dst, const char *target, const char *why)
{
	struct step *step = add(plan, STEP_LINK, why);

	step->dst = dst;
	step->text = target;
}

static void add_tmpfs(struct plan *plan, const char *dst, unsigned mode, uint64_t size,
		      const char *why)
{
	struct step *step = add(plan, STEP_TMPFS, why);

	step->dst = dst;
	step->mode = mode;
	step->n = size;
}

static struct step *add_bind(struct plan *plan, const char *path, unsigned flags, const char *why)
{
	struct step *step = add(plan, STEP_BIND, why);

	step->src = step->dst = path;
	step->flags = flags;
	return step;
}

static void protect(struct plan *plan, const char *path, const char *why, struct where where)
{
	struct step *step = add(plan, STEP_PROTECT, why);

	step->dst = path;
	step->flags = STEP_READONLY;
	step->where = where;
}

static const struct host_path *host_find(const struct host *host, const char *path)
{
	for (size_t i = 0; i < host->n_paths; i++)
		if (!strcmp(host->paths[i].path, path))
			return &host->paths[i];
	return NULL;
}

static void plan_identity(struct plan *plan, const struct host *host)
{
	struct step *step = add(plan, STEP_ID_MAP, "the caller's ids, each mapped to itself");

	step->n = host->uid;
	step->m = host->gid;
	add(plan, STEP_HOSTNAME, "own uts namespace")->text = host->hostname;
}

static void add_listener(struct plan *plan, enum listener_kind kind, uint16_t port, const char *why)
{
	struct step *step = add(plan, STEP_LISTEN, why);

	step->n = port;
	step->m = kind;
}

static int plan_network(struct plan *plan, const struct policy *policy, struct err *e)
{
	uint16_t ports[LISTEN_PORTS_MAX];
	struct step *step = add(plan, STEP_LOOPBACK, "own network namespace");
	size_t n;

	if (!policy_has_egress(policy)) {
		step->why = "own network namespace, no way out";
		return 0;
	}
	step->n = 1;
	n = rules_ports(&policy->rules, ports, LEN(ports));
	if (n > LEN(ports))
		return err_say(e, -E2BIG,
			       "the rules of [egress] name %zu ports; at most %zu are served", n,
			       LEN(ports));
	add_listener(plan, LISTENER_DNS_UDP, DNS_PORT, "names are answered from outside");
	add_listener(plan, LISTENER_DNS_TCP, DNS_PORT, "names are answered from outside");
	for (size_t i = 0; i < n; i++)
		if (ports[i] != DNS_PORT)
			add_listener(plan, LISTENER_TCP, ports[i],
				     "served by agentbox-egress from outside");
	add_listener(plan, LISTENER_WATCH, 0, "attempts at other ports are recorded");
	return 0;
}

/* No mount point may lie behind a link of ours: until STEP_PIVOT it would lead to the host's. */
static bool lies_in(const struct host *host, const char *dir)
{
	return path_is_below(host->home, dir) || path_is_below(host->workspace, dir) ||
	       (git_dir(host) && path_is_below(git_dir(host), dir));
}

static void plan_system(struct plan *plan, const struct policy *policy, const struct host *host)
{
	add(plan, STEP_ROOT, "private root")->n = 16 << 20;
	add_dir(plan, "/etc", 0755, NULL);
	for (size_t i = 0; i < LEN(system_paths); i++) {
		const struct host_path *found = host_find(host, system_paths[i]);

		if (!found)
			continue;
		if (found->kind == PATH_LINK)
			add_link(plan, found->path, found->target, "as on the host");
		else
			add_bind(plan, found->path,
				 STEP_READONLY | STEP_SYSTEM |
					 (found->kind == PATH_FILE ? STEP_NO_DIR : 0),
				 "system");
	}
	add_dir(plan, "/run", 0755, NULL);
	add_dir(plan, "/var", 0755, NULL);
	add_link(plan, "/var/run", "/run", NULL);
	if (lies_in(host, "/var/tmp"))
		add_tmpfs(plan, "/var/tmp", 01777, policy->tmp, "private");
	else
		add_link(plan, "/var/tmp", "/tmp", NULL);
	add_tmpfs(plan, "/tmp", 01777, policy->tmp, "private");
	add_dir(plan, hidden_dir, 0, "covers hidden directories");
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
	add_link(plan, "/etc/mtab", "/proc/self/mounts", NULL);
}

static void plan_dev_and_proc(struct plan *plan, const struct policy *policy,
			      const struct host *host)
{
	add_dir(plan, "/dev", 0755, NULL);
	for (size_t i = 0; i < LEN(devices); i++)
		add_bind(plan, devices[i], STEP_DEVICE | STEP_NOEXEC | STEP_SYSTEM | STEP_NO_DIR,
			 "device");
	add(plan, STEP_DEVPTS, "own terminals")->dst = "/dev/pts";
	add_link(plan, "/dev/ptmx", "pts/ptmx", NULL);
	add_link(plan, "/dev/fd", "/proc/self/fd", NULL);
	add_link(plan, "/dev/stdin", "/proc/self/fd/0", NULL);
	add_link(plan, "/dev/stdout", "/proc/self/fd/1", NULL);
	add_link(plan, "/dev/stderr", "/proc/self/fd/2", NULL);
	add_tmpfs(plan, "/dev/shm", 01777, policy->tmp, "private");
	add(plan, STEP_PROC, "own pid namespace")->dst = "/proc";
	for (size_t i = 0; i < n_proc_readonly(host); i++)
		if (host_find(host, proc_readonly[i]))
			protect(plan, proc_readonly[i], "kernel settings", (struct where){ 0 });
}

/* Binds each directory between @top and @path onto itself, once: since step @first. */
static void pin_parents(struct plan *plan, const char *top, const char *path, size_t first)
{
	for (const char *slash = strchr(path + strlen(top) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		struct str parent = { path, (size_t)(slash - path) };
		bool pinned = false;

		for (size_t i = first; i < plan->n && !pinned; i++)
			pinned = plan->step[i].kind == STEP_PROTECT &&
				 str_is(parent, plan->step[i].dst);
		if (!pinned)
			add(plan, STEP_PROTECT, "cannot be moved")->dst =
				arena_strndup(&plan->arena, parent.p, parent.n);
	}
}

/* The real git directory of a worktree or submodule: reached, but its hooks and config are not. */
static int plan_git(struct plan *plan, const struct host *host, struct err *e)
{
	const char *dir = git_dir(host);
	size_t first = plan->n;

	if (!dir)
		return 0;
	add_bind(plan, dir, 0, "git directory of this worktree or submodule");
	for (size_t i = 0; i < LEN(git_protected); i++) {
		const char *path = arena_printf(&plan->arena, "%s/%s", dir, git_protected[i]);
		const struct host_path *found = host_find(host, path);

		if (!found)
			continue;
		if (found->kind == PATH_LINK)
			return err_say(e, -ELOOP,
				       "%s is a symbolic link, which cannot be protected; "
				       "replace it by what it points to",
				       path);
		pin_parents(plan, dir, path, first);
		protect(plan, path, "git runs or obeys it", (struct where){ 0 });
	}
	return 0;
}

static void hide(struct plan *plan, const struct host_match *match)
{
	struct step *step = add(plan, STEP_HIDE, "hidden");

	step->src = match->kind == PATH_DIR ? hidden_dir : hidden_file;
	step->dst = match->path;
	step->flags = STEP_READONLY | STEP_NOEXEC;
	step->where = match->pattern->where;
}

/*
 * Matches come sorted, a directory before what is in it. What lies in a hidden directory is gone
 * with it. A link cannot be covered: a hidden one leads to something that is hidden itself.
 */
static int plan_matches(struct plan *plan, const struct policy *policy, const struct host *host,
			struct err *e)
{
	const struct host_match *hidden = NULL, *last = NULL;
	size_t first = plan->n;

	for (size_t i = 0; i < host->n_matches; i++) {
		const struct host_match *match = &host->matches[i];
		bool same = last && !strcmp(last->path, match->path);

		last = match;
		if (same || (hidden && path_is_below(match->path, hidden->path)))
			continue;
		if (match->pattern->hide) {
			if (match->kind == PATH_LINK)
				continue;
			pin_parents(plan, host->workspace, match->path, first);
			hide(plan, match);
			hidden = match;
		} else if (match->kind == PATH_LINK) {
			return err_say(
				e, -ELOOP,
				"%s:%u: protected path %s is a symbolic link, which cannot be "
				"protected; replace it by what it points to",
				match->pattern->where.file, match->pattern->where.line,
				match->path);
		} else if (policy->access == ACCESS_WRITE) {
			pin_parents(plan, host->workspace, match->path, first);
			protect(plan, match->path, "protected", match->pattern->where);
		}
	}
	return 0;
}

static int plan_workspace(struct plan *plan, const struct policy *policy, const struct host *host,
			  struct err *e)
{
	unsigned flags = policy->access == ACCESS_READ ? STEP_READONLY : 0;
	int r;

	add_tmpfs(plan, host->home, 0700, policy->tmp, "private, empty home");
	add_bind(plan, host->workspace, flags, "workspace");
	r = plan_git(plan, host, e);
	return r < 0 ? r : plan_matches(plan, policy, host, e);
}

static void add_limit(struct plan *plan, int resource, uint64_t value)
{
	struct step *step;

	if (!value)
		return;
	step = add(plan, STEP_LIMIT, NULL);
	step->n = (uint64_t)resource;
	step->m = value;
}

static int plan_confinement(struct plan *plan, const struct policy *policy, const struct host *host,
			    struct err *e)
{
	int r;

	add(plan, STEP_PIVOT, "nothing of the host remains");
	if (host->terminal)
		add(plan, STEP_TERMINAL, "own terminal, none of the caller's");
	add(plan, STEP_WORKDIR, NULL)->dst = host->cwd;
	add(plan, STEP_DROP, "no capability, no_new_privs");
	add_limit(plan, RLIMIT_NPROC, policy->processes);
	add_limit(plan, RLIMIT_NOFILE, policy->files);
	add_limit(plan, RLIMIT_FSIZE, policy->file_size);
	r = syscalls_compile(policy, arch_native, &plan->arena, &plan->filter, e);
	add(plan, STEP_SECCOMP, "system calls of the profile")->n = plan->filter.n;
	add(plan, STEP_EXEC, NULL)->text = plan->argv[0];
	return r;
}

static void plan_environment(struct plan *plan, const struct policy *policy,
			     const struct host *host)
{
	struct environment env = { .arena = &plan->arena };
	const char *slash = strrchr(policy->name, '/');

	environment_pass(&env, host->environment, &policy->pass);
	environment_set(&env, "PATH", path_of_system);
	environment_set(&env, "HOME", host->home);
	environment_set(&env, "USER", host->user);
	environment_set(&env, "LOGNAME", host->user);
	environment_set(&env, "SHELL", "/bin/sh");
	environment_set_items(&env, &policy->set);
	environment_set(&env, "PWD", host->cwd);
	environment_set(&env, "AGENTBOX", "1");
	environment_set(&env, "AGENTBOX_TASK", host->task);
	environment_set(&env, "AGENTBOX_PROFILE", slash ? slash + 1 : policy->name);
	environment_set(&env, "AGENTBOX_LEVEL", plan->level);
	plan->environment = environment_list(&env);
}

int plan_build(struct plan *plan, const struct policy *policy, const struct host *host,
	       char *const *argv, struct err *e)
{
	int r;

	*plan = (struct plan){ .policy = policy, .argv = argv, .level = "full" };
	plan_identity(plan, host);
	r = plan_network(plan, policy, e);
	plan_system(plan, policy, host);
	plan_etc(plan, policy, host);
	plan_dev_and_proc(plan, policy, host);
	if (r == 0)
		r = plan_workspace(plan, policy, host, e);
	if (r == 0)
		r = plan_confinement(plan, policy, host, e);
	plan_environment(plan, policy, host);
	return r;
}

void plan_fini(struct plan *plan)
{
	arena_fini(&plan->arena);
	*plan = (struct plan){ 0 };
}
