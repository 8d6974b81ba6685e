/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sink/channel.h"
#include "sink/form.h"
#include "supervise/delivery.h"
#include "supervise/record.h"

/* A log on its way to a sink. */
struct forward {
	struct record record;
	int changes; /* inotify(7): the file has grown, or its writer has closed it; -1: not told */
	int state;   /* file of @delivery */
	struct delivery delivery;
	struct channel channel;
	const struct form *form;
	struct origin origin;
	struct batch batch;
	char host[256];
	bool over; /* nothing will be added to the log */
};

/* For channel.stuck. */
void forward_stuck(struct channel *c);

/* Sends the rest of the log until the task is over. Returns 0, or a negative errno: it gave up. */
int forward_run(struct forward *f, struct err *e);
