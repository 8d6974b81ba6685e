/* SPDX-License-Identifier: Apache-2.0 */
#include "os/probe_grants.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "os/mounts.h"
#include "policy/grant.h"

static int refuse(const struct host_grant *grant, const char *named, int code, const char *why,
		  struct err *e)
{
	return err_say(e, code, "%s:%u: %s = %s: %s", grant->where.file, grant->where.line,
		       grant->write ? "write" : "read", named, why);
}

/* Names of a grant differ when the profile's leads through a link. */
static int refuse_place(const struct host_grant *grant, const char *why, struct host *host,
			struct err *e)
{
	return refuse(grant, grant->link ? grant->link : grant->path, -EPERM,
		      arena_printf(&host->arena, "%s %s", grant->path, why), e);
}

static int add(struct host *host, const struct item *item, bool write, struct err *e)
{
	const char *named = str_starts(str_of(item->text), "~/")
				    ? arena_printf(&host->arena, "%s%s", host->home, item->text + 1)
				    : item->text;
	_cleanup_free_ char *real = realpath(named, NULL);
	struct host_grant grant = { .write = write, .where = item->where };
	const char *why;
	struct stat st;

	if (!real && !write && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (!real || lstat(real, &st) < 0)
		return refuse(&grant, named, -errno, strerror(errno), e);
	grant.path = arena_strdup(&host->arena, real);
	grant.link = strcmp(real, named) != 0 ? named : NULL;
	grant.kind = S_ISDIR(st.st_mode) ? PATH_DIR : PATH_FILE;
	why = grant_refused(&grant, host, &host->arena);
	if (why)
		return refuse_place(&grant, why, host, e);
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return refuse_place(&grant, "is neither a directory nor a regular file", host, e);
	*arena_push(&host->arena, host->grants, host->n_grants) = grant;
	return 0;
}

/* Another name of the home, the workspace or its git directory would go around what guards them. */
static int check_names(struct host *host, struct err *e)
{
	const char *const guarded[] = { host->workspace, host->home, host->gitdir,
					host->commondir };
	struct mounts mounts;
	int r = mounts_read(&mounts, &host->arena, e);

	for (size_t i = 0; i < host->n_grants && r == 0; i++)
		for (size_t j = 0; j < LEN(guarded) && r == 0; j++)
			if (guarded[j] &&
			    mounts_overlap(&mounts, guarded[j], host->grants[i].path, &host->arena))
				r = refuse_place(&host->grants[i],
						 arena_printf(&host->arena,
							      "is or holds, under another name, "
							      "a part of %s",
							      guarded[j]),
						 host, e);
	return r;
}

/* What the box has written, in this task or an earlier one, must not choose what a box gets. */
static int check_links(struct host *host, struct err *e)
{
	for (size_t i = 0; i < host->n_grants; i++) {
		const struct host_grant *grant = &host->grants[i];
		const char *in = NULL;

		if (!grant->link)
			continue;
		if (path_is_below(grant->link, host->workspace))
			in = host->workspace;
		for (size_t j = 0; j < host->n_grants && !in; j++)
			if (host->grants[j].write && j != i &&
			    path_is_below(grant->link, host->grants[j].path))
				in = host->grants[j].path;
		if (in)
			return refuse(grant, grant->link, -ELOOP,
				      arena_printf(&host->arena,
						   "leads through a link to %s, and what is in %s "
						   "may have been made in a box",
						   grant->path, in),
				      e);
	}
	return 0;
}

static int by_path(const void *a, const void *b)
{
	const struct host_grant *x = a, *y = b;

	return path_compare(x->path, y->path);
}

static int refuse_seed(const struct policy *policy, const char *named, int code, const char *why,
		       struct err *e)
{
	const struct where where = policy_where(policy, "filesystem", "cache");

	return err_say(e, code, "%s:%u: cache = seed:%s: %s", where.file, where.line, named, why);
}

/*
 * What the box could write would be a seed of the next task's, and what belongs to somebody else
 * cannot be changed in an overlay.
 */
static int probe_seed(struct host *host, const struct policy *policy, struct err *e)
{
	const char *named = policy_seed(policy), *why = NULL;
	struct host_grant grant = { .kind = PATH_DIR };
	_cleanup_free_ char *real = NULL;
	struct stat st;

	if (!named)
		return 0;
	if (str_starts(str_of(named), "~/"))
		named = arena_printf(&host->arena, "%s%s", host->home, named + 1);
	real = realpath(named, NULL);
	if (!real || lstat(real, &st) < 0)
		return refuse_seed(policy, named, -errno, strerror(errno), e);
	grant.path = arena_strdup(&host->arena, real);
	why = grant_refused(&grant, host, &host->arena);
	if (!S_ISDIR(st.st_mode))
		why = "it is not a directory";
	else if (st.st_uid != host->uid)
		why = "it belongs to somebody else";
	else if (path_is_below(real, host->workspace) || path_is_below(host->workspace, real))
		why = "it is, or is in, what the box may write";
	for (size_t i = 0; i < host->n_grants && !why; i++)
		if (host->grants[i].write && (path_is_below(real, host->grants[i].path) ||
					      path_is_below(host->grants[i].path, real)))
			why = "it is, or is in, what the box may write";
	if (why)
		return refuse_seed(policy, named, -EPERM, why, e);
	host->seed = grant.path;
	return 0;
}

int probe_grants(struct host *host, const struct policy *policy, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < policy->read.n && r == 0; i++)
		r = add(host, &policy->read.item[i], false, e);
	for (size_t i = 0; i < policy->write.n && r == 0; i++)
		r = add(host, &policy->write.item[i], true, e);
	if (r == 0)
		r = probe_seed(host, policy, e);
	if (r < 0 || host->n_grants == 0)
		return r;
	qsort(host->grants, host->n_grants, sizeof(*host->grants), by_path);
	r = check_links(host, e);
	return r < 0 ? r : check_names(host, e);
}
