/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

struct gate;
struct http_request;
struct shelved;

/*
 * Has the metadata read that says what the artifact of @gate is: with a client of our own, whose
 * connection is a flow like those of the box. shelf_answered() is called when it is over. @req: the
 * request that waits for it. False: there is nowhere to ask, or no room.
 */
bool fetch_begin(struct gate *gate, const struct http_request *req, struct shelved *about);
