/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/task.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/outside.h"
#include "os/probe.h"
#include "os/sys.h"
#include "policy/sink.h"
#include "policy/value.h"
#include "wire/quote.h"

const char *task_take_variable(void *of, const char *text)
{
	const struct value_type *type = strchr(text, '=') ? &value_assignment : &value_variable;
	struct task_setup *setup = of;
	struct value value;
	const char *wrong;

	if (!text[0] || quote_unseen(str_of(text)))
		return "NAME or NAME=VALUE: what can be seen, and in one line";
	arena_push(&setup->arena, setup->variables.item, setup->variables.n)->text = text;
	wrong = value_read(type, str_of(text), &setup->arena, &value);
	return wrong ? arena_printf(&setup->arena, "NAME or NAME=VALUE: %s", wrong) : NULL;
}

int task_parse(struct task_setup *setup, const struct verb *verb, const struct verb_option *options,
	       char **argv)
{
	int r = options_read(verb, options, &argv);

	if (r == 0 && !argv[0])
		r = verb_misused(verb, "%s needs a command", verb->name);
	setup->argv = argv;
	return r;
}

/* Variables of the command line count as lines of the profile: they show in its canonical text. */
static int add_variables(const struct task_setup *setup, struct policy *policy, struct err *e)
{
	for (size_t i = 0; i < setup->variables.n; i++) {
		const char *text = setup->variables.item[i].text;
		const char *wrong =
			policy_add(policy, "environment", strchr(text, '=') ? "set" : "pass", text,
				   (struct where){ "--env", 0 });

		if (wrong)
			return err_say(e, -EINVAL,
				       "--env %.*s: %s; export it and give its name alone",
				       (int)strcspn(text, "="), text, wrong);
	}
	return 0;
}

/* The log lies nowhere that the box can reach. */
static int check_place(struct task_setup *setup, const char *place, struct err *e)
{
	const struct host *host = &setup->host;
	const char *real = path_real(place, &setup->arena);
	const char *in = path_is_below(real, host->workspace) ? host->workspace : NULL;

	for (size_t i = 0; i < host->n_grants && !in; i++)
		if (path_is_below(real, host->grants[i].path) ||
		    path_is_below(host->grants[i].path, real))
			in = host->grants[i].path;
	if (strstr(real, "/../"))
		return err_say(e, -EINVAL, "the log goes to %s: .. leads up from nothing", place);
	return in ? err_say(e, -EINVAL,
			    "the log goes to %s, and the box could reach it in %s; set "
			    "XDG_STATE_HOME or [audit] to another place",
			    place, in)
		  : 0;
}

static int check_state(struct task_setup *setup, struct err *e)
{
	const char *log = setup->policy.audit_file;
	struct sink sink;
	int r = check_place(setup, setup->state_dir, e);

	if (r == 0 && log)
		r = check_place(setup, log, e);
	for (size_t i = 0; i < setup->policy.sinks.n && r == 0; i++) {
		sink_parse(str_of(setup->policy.sinks.item[i].text), &sink);
		if (sink.way == SINK_UNIX)
			r = check_place(setup, sink.path, e);
	}
	return r;
}

/*
 * A file that the egress is given must not be one that the box sees; or, if @readable, can write.
 */
static int check_outside(const struct plan *plan, const char *file, bool readable, struct err *e)
{
	char path[PATH_MAX];

	if (!realpath(file, path))
		return 0; /* it is complained of when it is read */
	for (size_t i = 0; i < plan->n; i++) {
		const struct step *step = &plan->step[i];

		if (step->kind == STEP_BIND && path_is_below(path, step->src) &&
		    !(readable && step->flags & STEP_READONLY))
			return err_say(e, -EINVAL,
				       "%s lies in %s, which the box can %s: keep it elsewhere",
				       file, step->src, readable ? "write" : "read");
	}
	return 0;
}

/* Nothing reads them where no TLS is opened, but what is wrong with one is an error there, too. */
static int check_authorities(struct task_setup *setup, struct err *e)
{
	struct str pem = { 0 };
	const int r = outside_read_ca(&setup->policy, &setup->arena, &pem, e);

	return r < 0 ? r : outside_read_registry_ca(&setup->policy, &setup->arena, &pem, e);
}

static int check_files(struct task_setup *setup, struct err *e)
{
	const struct policy *policy = &setup->policy;
	const char *credentials = policy_upstream_auth(policy);
	int r = credentials ? check_outside(&setup->plan, credentials, false, e) : 0;
	struct sink sink;

	for (size_t i = 0; i < policy->sinks.n && r == 0; i++) {
		sink_parse(str_of(policy->sinks.item[i].text), &sink);
		if (sink.header_file[0])
			r = check_outside(&setup->plan, sink.header_file, false, e);
	}
	for (size_t i = 0; i < policy->ca.n && r == 0; i++)
		r = check_outside(&setup->plan, policy->ca.item[i].text, true, e);
	for (size_t i = 0; i < policy->registries.ca.n && r == 0; i++)
		r = check_outside(&setup->plan, policy->registries.ca.item[i].text, true, e);
	if (r == 0 && policy->packages.terms.advisories)
		r = check_outside(&setup->plan, policy->packages.terms.advisories, true, e);
	return r < 0 ? r : check_authorities(setup, e);
}

/* What a box can write chooses no policy. */
static int check_profiles(const struct profiles *profiles, const struct host *host, struct err *e)
{
	int r = profiles_outside(profiles, host->workspace, e);

	for (size_t i = 0; i < host->n_grants && r == 0; i++)
		if (host->grants[i].write)
			r = profiles_outside(profiles, host->grants[i].path, e);
	return r;
}

static int load_policy(struct task_setup *setup)
{
	static char space[16 * 1024]; /* on the stack all of it would be cleared */
	struct complaints complaints = { .text = BUF(space) };
	struct policy_source source;
	int r;

	if (!setup->profile)
		setup->profile = "default";
	profiles_init(&setup->profiles);
	source = profiles_source(&setup->profiles);
	r = policy_load(&setup->policy, setup->profile, &source, &complaints);
	if (r < 0)
		fputs(complaints.text.p, stderr);
	return r;
}

int task_load(struct task_setup *setup, struct err *e)
{
	int r;

	if (load_policy(setup) < 0)
		return EXIT_BOX;
	audit_new_id(setup->id);
	setup->host.task = setup->id;
	r = add_variables(setup, &setup->policy, e);
	if (r == 0)
		r = audit_state_dir(setup->state_dir, e);
	setup->host.scans = arena_printf(&setup->host.arena, "%s/scans", setup->state_dir);
	if (r == 0)
		r = probe_host(&setup->host, &setup->policy, setup->workspace, e);
	if (r == 0)
		r = check_profiles(&setup->profiles, &setup->host, e);
	if (r == 0)
		r = check_state(setup, e);
	if (r == 0)
		r = plan_build(&setup->plan, &setup->policy, &setup->host, setup->argv, e);
	if (r == 0)
		r = check_files(setup, e);
	return r < 0 ? EXIT_BOX : 0;
}

int task_reload(const void *of, struct policy *out, struct err *e)
{
	const struct task_setup *setup = of;
	char space[sizeof(e->text)];
	struct complaints complaints = { .text = BUF(space) };
	struct profiles profiles;
	struct policy_source source;
	int r;

	profiles_init(&profiles);
	source = profiles_source(&profiles);
	r = policy_load(out, setup->profile, &source, &complaints);
	if (r < 0)
		err_say(e, r, "%.*s", (int)strcspn(space, "\n"), space);
	if (r == 0)
		r = add_variables(setup, out, e);
	if (r == 0)
		r = check_profiles(&profiles, &setup->host, e);
	profiles_fini(&profiles);
	return r;
}

void task_fini(struct task_setup *setup)
{
	plan_fini(&setup->plan);
	policy_fini(&setup->policy);
	profiles_fini(&setup->profiles);
	host_fini(&setup->host);
	arena_fini(&setup->arena);
}
