/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "policy/plan.h"
#include "sandbox/spaces.h"

/* A box as its supervisor holds it. */
struct box {
	pid_t pid;    /* of init, in the host's pid namespace; 0: none */
	int channel;  /* SOCK_SEQPACKET: struct box_report comes up, one byte goes down */
	int terminal; /* master of the box's terminal, once it is ready; -1: it has none */
	int root;   /* of the box, O_PATH, once it is ready, if STEP_MEMORY is in the plan; or -1 */
	int net;    /* its network namespace, once it is ready, if STEP_PUBLISH is; or -1 */
	int search; /* see os/ends.h, in its network, once it is ready, if STEP_LISTEN is; or -1 */
	int user, mnt; /* two more of its namespaces, once they were asked for; or -1 */
};

#define BOX_NONE                                                                                   \
	((struct box){ .channel = -1,                                                              \
		       .terminal = -1,                                                             \
		       .root = -1,                                                                 \
		       .net = -1,                                                                  \
		       .search = -1,                                                               \
		       .user = -1,                                                                 \
		       .mnt = -1 })

enum box_message {
	BOX_NOTHING,
	BOX_READY,  /* the box is built; the command waits for BOX_GO; status: what is handed */
	BOX_FAILED, /* err: step number status of the plan failed, or, at -1, before any; nothing
		       was run */
	BOX_EXEC_FAILED, /* err: the command could not be executed */
	BOX_STOPPED,	 /* the command was stopped: SIGCONT to init lets it go on */
	BOX_NAMESPACES,	 /* what BOX_ASK wants */
	BOX_WANTED,	 /* somebody waits for the task's authority */
	BOX_EXITED, /* status: of the command, as waitpid(2) has it; of the box only init is left */
};

/* Descriptors that come with a message, in this order: those whose bit is in its status. */
enum box_handed { BOX_TERMINAL, BOX_ROOT, BOX_NET, BOX_SEARCH, BOX_USER, BOX_MNT, N_BOX_HANDED };

struct box_report {
	enum box_message message;
	int status;
	struct err err;
};

/*
 * Forks with @flags, a set of CLONE_NEW* and CLONE_PARENT, into the cgroup whose directory @cgroup
 * is, unless it is -1. Returns as fork(2) does, or a negative errno; with @pidfd, which may be
 * NULL, a descriptor of the child that is the caller's. A child that wants PR_SET_PDEATHSIG is
 * forked from the main thread of a program that has no other: the signal comes when the thread ends
 * that forked (prctl(2)).
 */
pid_t box_fork(uint64_t flags, int cgroup, int *pidfd);

/* What init has to do with the egress process. */
struct box_egress {
	int listeners;	    /* the socket on which it hands its listeners over, or -1 */
	int trust;	    /* where it hears of the task's authority (os/trust.h), or -1 */
	struct str machine; /* the authorities beside that one, PEM */
};

#define BOX_EGRESS_NONE ((struct box_egress){ .listeners = -1, .trust = -1 })

/*
 * Starts init in @spaces and, unless @cgroup is -1, in that cgroup to carry out @plan. The spaces
 * can be ended once it has reported; they are begun here if that was not done. All descriptors
 * remain the caller's. Returns 0, or a negative errno: -EPERM, -ENOSPC and -EINVAL of clone(2) mean
 * that this machine does not let an ordinary user make a box.
 */
int box_launch(struct box *box, struct plan *plan, struct spaces *spaces,
	       const struct box_egress *egress, int cgroup, struct err *e);

/*
 * What init is told: the first two, which it waits for, at any time; the others while the command
 * runs.
 */
enum box_word {
	BOX_HELD, /* all placeholders are made; it waits before the first STEP_PLACEHOLDER */
	BOX_GO,	  /* the command may run, once the box is built */
	BOX_ASK, /* for BOX_NAMESPACES; a box whose namespaces somebody holds takes longer to end */
	BOX_FREEZE, /* stops every process of the box but init */
	BOX_THAW,
};

/* Returns 0 or -errno. */
int box_say(const struct box *box, enum box_word word);

/* Returns 1 with a report, 0 at the end, or a negative errno. */
int box_receive(struct box *box, struct box_report *report);

/* Kills everything in the box, waits until it is gone, and frees the descriptors. */
void box_end(struct box *box);
