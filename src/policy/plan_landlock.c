/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/plan_steps.h"

#include <string.h>

#include "policy/syscalls_tables.h"

/*
 * Theory of operation
 *
 * Landlock stands behind the mounts: what they show read-only, it refuses to write, by rules that
 * follow from what the plan mounts writable. A mount that went wrong, or a hole in the kernel's
 * code for them, then leads nowhere by itself. Behind the namespaces it refuses signals and
 * abstract sockets to whoever is not in the box.
 *
 * Only writing is refused. A right to read costs every open of a file a walk up to the root, 1.3 to
 * 1.5 times the time of the call (tests/bench/landlock.c), and so does LANDLOCK_TRUNCATE: the
 * kernel looks it up whenever a file is opened, for a later ftruncate(2). Without it open(2) with
 * O_TRUNC is refused still, as writing; truncate(2) of a path, and O_TRUNC of a file opened for
 * reading, are left to the mounts.
 *
 * Its rules can only allow, so what lies read-only or hidden inside of a writable tree is left to
 * the mounts, too: what protect= and hide= name, and a workspace that is only read, when it lies in
 * the private home.
 *
 * With @mount the mounts are no wall around what protect= names: a mount point is kept from being
 * removed only in mount namespaces that have the mount (rename(2), unlink(2): EBUSY), and a program
 * can make one that has not.
 */

enum {
	LOOKED_UP_AT_OPEN =
		LANDLOCK_READ_FILE | LANDLOCK_READ_DIR | LANDLOCK_EXECUTE | LANDLOCK_TRUNCATE,
	/* Nobody in a box makes devices, or has to do with sockets that are not the box's. */
	NOWHERE = LANDLOCK_MAKE_CHAR | LANDLOCK_MAKE_BLOCK | LANDLOCK_RESOLVE_UNIX,
	FILES = LANDLOCK_WRITE_FILE | LANDLOCK_IOCTL_DEV,
	/* Before LANDLOCK_REFER a file cannot be moved to another directory under any rule. */
	OLDEST_ABI = 2,
	SCOPES_ABI = 6,
};

/* In a Landlock domain that has rules for files, nothing can be mounted (landlock(7)). */
static bool allows_mounts(const struct policy *policy)
{
	struct arena arena = { 0 };
	struct judgement j;
	bool allows = false;
	struct err e;

	if (policy->syscalls_allow.n == 0)
		return false;
	if (syscalls_judge(&j, policy, &arena, &e) == 0)
		for (size_t i = 0; i < n_syscall_names; i++)
			allows |= j.call[i].group && j.call[i].error == 0 &&
				  !strcmp(j.call[i].group->name, "@mount");
	arena_fini(&arena);
	return allows;
}

/* Adds a rule, unless what is above @path allows as much. */
static void allow(struct plan *plan, const char *path, uint32_t rights)
{
	struct landlock *l = &plan->landlock;

	rights &= l->rights;
	for (size_t i = 0; i < l->n; i++)
		if (path_is_below(path, l->rule[i].path) && (l->rule[i].rights & rights) == rights)
			return;
	*arena_push(&plan->arena, l->rule, l->n) = (struct landlock_rule){ path, rights };
}

static void allow_step(struct plan *plan, const struct step *step)
{
	const uint32_t trees = plan->landlock.rights & ~(uint32_t)NOWHERE;

	if (step->kind == STEP_TMPFS || step->kind == STEP_OVERLAY)
		allow(plan, step->dst, trees);
	else if (step->kind == STEP_PROC)
		allow(plan, step->dst, LANDLOCK_WRITE_FILE);
	else if (step->kind == STEP_BIND && step->flags & STEP_DEVICE)
		allow(plan, "/dev", FILES);
	else if (step->kind == STEP_BIND && !(step->flags & STEP_READONLY))
		allow(plan, step->dst, step->flags & STEP_NO_DIR ? (uint32_t)FILES : trees);
}

static const char *missing(const struct landlock *l, const struct host *host)
{
	if (host->landlock < OLDEST_ABI)
		return "Landlock";
	if (!l->rights)
		return "Landlock for files, under which the profile's @mount could not work";
	if (host->landlock < SCOPES_ABI)
		return "Landlock for signals and abstract sockets";
	return NULL;
}

void plan_landlock(struct plan *plan, const struct policy *policy, const struct host *host)
{
	struct landlock_abi known = landlock_known(host->landlock);
	struct landlock *l = &plan->landlock;
	const bool mounts = allows_mounts(policy);
	const char *lacking;

	if (host->landlock >= OLDEST_ABI) {
		l->rights = mounts ? 0 : known.rights & ~(uint32_t)LOOKED_UP_AT_OPEN;
		l->scopes = known.scopes;
	}
	lacking = missing(l, host);
	if (lacking)
		plan_lacks(plan, lacking);
	if (mounts && policy->access == ACCESS_WRITE && policy->protect.n)
		plan_lacks(plan, "protect= against mount namespaces, which the profile's @mount "
				 "allows");
	if (!l->rights && !l->scopes)
		return;
	for (size_t i = 0; l->rights && i < plan->n; i++)
		allow_step(plan, &plan->step[i]);
	plan_add(plan, STEP_LANDLOCK, "a second wall behind mounts and namespaces")->n =
		(uint64_t)host->landlock;
}
