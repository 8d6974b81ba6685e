/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Attempts nest a few deep and each is short: what does not fit is cut, never overrun. */
static void append(struct err *e, const char *text)
{
	size_t n = strlen(e->text);

	snprintf(e->text + n, sizeof(e->text) - n, "%s", text);
}

/*
 * Says what was attempted and, from the negative errno in @code, why it failed:
 * err_set(e, -ENOENT, "open %s", path) reads "open /x: No such file or directory".
 * Returns @code, so that a failing function can end with `return err_set(...)`.
 */
int err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	append(e, ": ");
	append(e, strerror(-code));
	return code;
}

/* The same for an error whose sentence says it all. Returns @code. */
int err_say(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return code;
}

/*
 * Puts what was attempted on the left as the error rises: "profile node: " + text. Returns e->code.
 */
int err_wrap(struct err *e, const char *fmt, ...)
{
	char inner[sizeof(e->text)];
	va_list ap;

	memcpy(inner, e->text, sizeof(inner));
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	append(e, ": ");
	append(e, inner);
	return e->code;
}
