/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/plan_steps.h"

/*
 * Parts of the system and of /proc that are read-only in the box, or not to be seen at all. As root
 * it has no capability, but it owns these files still, and for most of them the kernel asks for no
 * more.
 */
enum { HIDE = 1, FOR_ROOT = 2 };

static const struct part {
	const char *path;
	unsigned flags;
} parts[] = {
	/* Private keys, readable also to the groups that the caller may be in. */
	{ "/etc/pki/CA/private", HIDE },
	{ "/etc/pki/consumer", HIDE },
	{ "/etc/pki/entitlement", HIDE },
	{ "/etc/pki/tls/private", HIDE },
	{ "/etc/ssl/private", HIDE },
	/* The caller's keyrings: a namespace has its own, but the session's is inherited. */
	{ "/proc/keys", HIDE },
	/* Settings and devices. */
	{ "/proc/sys", 0 },
	{ "/proc/acpi", FOR_ROOT },
	{ "/proc/asound", FOR_ROOT },
	{ "/proc/bus", FOR_ROOT },
	{ "/proc/driver", FOR_ROOT },
	{ "/proc/dynamic_debug", FOR_ROOT },
	{ "/proc/fs", FOR_ROOT },
	{ "/proc/irq", FOR_ROOT },
	{ "/proc/mtrr", FOR_ROOT },
	{ "/proc/scsi", FOR_ROOT },
	{ "/proc/sysrq-trigger", FOR_ROOT },
	/* Memory, processes and addresses of the whole machine. */
	{ "/proc/allocinfo", HIDE | FOR_ROOT },
	{ "/proc/kcore", HIDE | FOR_ROOT },
	{ "/proc/kpagecgroup", HIDE | FOR_ROOT },
	{ "/proc/kpagecount", HIDE | FOR_ROOT },
	{ "/proc/kpageflags", HIDE | FOR_ROOT },
	{ "/proc/latency_stats", HIDE | FOR_ROOT },
	{ "/proc/pagetypeinfo", HIDE | FOR_ROOT },
	{ "/proc/sched_debug", HIDE | FOR_ROOT },
	{ "/proc/slabinfo", HIDE | FOR_ROOT },
	{ "/proc/timer_list", HIDE | FOR_ROOT },
	{ "/proc/vmallocinfo", HIDE | FOR_ROOT },
};

static bool concerns(const struct part *part, const struct host *host)
{
	return host->uid == 0 || !(part->flags & FOR_ROOT);
}

/* What of /proc there is, the box sees for itself: its own, which nobody has covered in parts. */
static bool in_proc(const struct part *part)
{
	return path_is_below(part->path, "/proc");
}

void plan_parts_asks(struct host *host, const char ***paths, size_t *n)
{
	for (size_t i = 0; i < LEN(parts); i++)
		if (!in_proc(&parts[i]))
			*arena_push(&host->arena, *paths, *n) = parts[i].path;
}

static void add_part(struct plan *plan, const struct part *part, enum path_kind kind)
{
	struct step *step = part->flags & HIDE
				    ? plan_add_hide(plan, part->path, kind, "of the host alone")
				    : plan_add_protect(plan, part->path, "kernel settings");

	step->flags |= STEP_SYSTEM | (in_proc(part) ? STEP_IF_PRESENT : 0U);
}

void plan_parts(struct plan *plan, const struct host *host)
{
	for (size_t i = 0; i < LEN(parts); i++) {
		const struct host_path *found = host_find(host, parts[i].path);

		if (in_proc(&parts[i]) && concerns(&parts[i], host))
			add_part(plan, &parts[i], PATH_FILE);
		else if (found && found->kind != PATH_LINK)
			add_part(plan, &parts[i], found->kind);
	}
}
