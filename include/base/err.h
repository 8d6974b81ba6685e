/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An error that a person will read: a code for the caller and a sentence. It has no pointers, so
 * a process can send it up to another one as it is.
 */
struct err {
	int code;
	char text[1020];
};

int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int err_say(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
