/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "policy/cause.h"

/*
 * A trial does one of the things that make a box, in a child of its own that is thrown away. What a
 * box cannot do without is @needed. @run returns 0, a negative errno with a sentence, or 1: it was
 * not tried, because of something else. A sentence that comes with 0 is a remark.
 */
struct trial {
	const char *name;
	enum stage stage;
	bool needed;
	bool here;		  /* @run starts its children itself */
	uint64_t namespaces;	  /* CLONE_NEW*: of the child in which @run is called */
	const struct step *steps; /* of a plan that is carried out instead, up to STEP_NONE */
	int (*run)(struct err *e);
};

extern const struct trial trials[];
extern const size_t n_trials;

enum trial_result {
	TRIAL_FAILED,
	TRIAL_OK,
	TRIAL_UNTRIED, /* something else that it needs did not work */
	N_TRIAL_RESULTS
};

struct trial_report {
	enum trial_result result;
	struct err err; /* negative errno and sentence of a trial that failed, or 0 and a remark */
};

void trial_run(const struct trial *trial, struct trial_report *report);
