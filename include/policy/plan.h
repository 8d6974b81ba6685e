/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "policy/host.h"
#include "policy/landlock.h"
#include "policy/policy.h"
#include "policy/syscalls.h"

/*
 * A plan is the list of steps that make a box, in their order. It is data: `agentbox plan` prints
 * it, golden tests compare it, and init walks it. Privilege only falls along the enum.
 */
enum step_kind {
	STEP_NONE,
	STEP_DEADLINE,	  /* n: seconds; this and the next two are kept by the supervisor */
	STEP_MEMORY,	  /* n: bytes, m: processes */
	STEP_PUBLISH,	  /* n: port of the host, m: of the box */
	STEP_GUARD,	  /* what is hidden or protected is kept so: supervise/guard.c */
	STEP_ID_MAP,	  /* n: uid, m: gid, each mapped to itself */
	STEP_HOSTNAME,	  /* text */
	STEP_LOOPBACK,	  /* lo up; n: every address leads to the listeners */
	STEP_LISTEN,	  /* n: port, m: enum listener_kind */
	STEP_REOPEN,	  /* n: a standard descriptor of a file that the caller reads */
	STEP_ROOT,	  /* n: bytes: the tmpfs that becomes the root */
	STEP_DIR,	  /* dst, mode */
	STEP_FILE,	  /* dst, mode, text: its content, of n bytes, or up to its NUL if 0 */
	STEP_LINK,	  /* dst, text: where it points */
	STEP_TMPFS,	  /* dst, mode, n: bytes, m: inodes; 0: half of the machine's memory */
	STEP_OVERLAY,	  /* a tmpfs like that, on top of src of the host, which shows through */
	STEP_BIND,	  /* src of the host at dst, with flags */
	STEP_PROTECT,	  /* dst bound onto itself, with flags: cannot be moved, or not written */
	STEP_PLACEHOLDER, /* the same with what stands at dst while the task runs; n: its kind */
	STEP_HIDE,	  /* dst covered with src, which is empty and nobody may read */
	STEP_COVER,	  /* dst covered with src of the box, with flags */
	STEP_PROC,	  /* dst */
	STEP_PID_MAX,	  /* n: the first pid that the box never gets */
	STEP_INOTIFY,	  /* n: instances, m: watches that the box gets at most */
	STEP_DEVPTS,	  /* dst */
	STEP_PIVOT,	  /* the new root becomes the only one, and read-only */
	STEP_TERMINAL,	  /* a terminal of the box's own becomes the command's */
	STEP_WORKDIR,	  /* dst */
	STEP_DROP,	  /* all capabilities, no_new_privs */
	STEP_LANDLOCK,	  /* landlock; n: version. It needs descriptors, so before limits */
	STEP_LIMIT,	  /* n: RLIMIT_*, m: its value */
	STEP_SECCOMP,	  /* filter */
	STEP_EXEC,	  /* argv, environment */
	N_STEP_KINDS
};

/* What is listened for in the box, and served from outside. */
enum listener_kind {
	LISTENER_NONE,
	LISTENER_TCP,	  /* any address, one port */
	LISTENER_DNS_UDP, /* port 53 */
	LISTENER_DNS_TCP,
	LISTENER_WATCH, /* AF_PACKET: sees what was sent to a port that nobody serves */
	LISTENER_PROXY, /* 127.0.0.1, one port: who connects says where to */
	N_LISTENER_KINDS
};

enum step_flags {
	STEP_READONLY = 1 << 0,
	STEP_NOEXEC = 1 << 1,
	STEP_DEVICE = 1 << 2,	  /* a device node: without it nodev is set */
	STEP_IF_PRESENT = 1 << 3, /* nothing is done where dst is not there */
	STEP_NO_DIR = 1 << 4,	  /* what is bound is not a directory */
	/* only root can change the way to src or dst: it may be opened by its path */
	STEP_SYSTEM = 1 << 5,
	STEP_LATER = 1 << 6, /* a file whose content is not known yet: plan_trust_fill() */
};

struct step {
	enum step_kind kind;
	unsigned flags;
	unsigned mode;
	const char *src, *dst, *text;
	uint64_t n, m;
	struct where where; /* of the profile line that asked for it, if one did */
	const char *why;    /* for `agentbox plan` */
};

struct plan {
	struct arena arena;
	struct step *step;
	size_t n;
	struct landlock landlock;
	struct filter filter;
	const struct policy *policy;
	char *const *argv;
	char **environment;
	const char *level;   /* "full" */
	const char *missing; /* what the level lacks on this machine or with this policy, or NULL */
};

bool plan_has(const struct plan *plan, enum step_kind kind);

/* What of the box covers something hidden of that kind. */
const char *plan_cover(enum path_kind kind);

/* The paths that plan_build() looks up in host->paths, in host->arena: probe_host() says what each
 * is. */
size_t plan_asks(struct host *host, const struct policy *policy, const char ***paths);

/*
 * Builds the plan for running @argv under @policy on @host. Pure. The plan borrows from all three.
 * Returns 0, or a negative errno with a sentence. plan_fini() it in either case.
 */
int plan_build(struct plan *plan, const struct policy *policy, const struct host *host,
	       char *const *argv, struct err *e);

/* What is known of the task's authority (see plan_trust.c) once it has been made. Borrowed. */
struct plan_trust {
	const char *hash;   /* of its name: 8 digits */
	struct str ca;	    /* its certificate, PEM */
	struct str jks;	    /* with those of the machine, for Java */
	struct str machine; /* those, PEM */
};

/*
 * For a plan under a policy with rules_open_tls(), once the box is built: what is STEP_LATER gets
 * its content, and one of them another name beside the one it had, its src.
 */
void plan_trust_fill(struct plan *plan, const struct plan_trust *trust);

/* What `agentbox plan` calls it. */
const char *plan_step_name(enum step_kind kind);

/* One step a line, for people, or a JSON array. @out may be NULL-less large: about 100 B a step. */
void plan_print(const struct plan *plan, struct buf *out);
void plan_json(const struct plan *plan, struct buf *out);

void plan_fini(struct plan *plan);
