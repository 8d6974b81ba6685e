/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/client.h"

#include <string.h>

#include "wire/ascii.h"

/*
 * What a box calls its programs with is its own word, and may be a secret of somebody. So an
 * argument is written down only if it looks harmless: a short word, a path, a package, a URL
 * without user and query.
 */

enum { LONGEST = 100, RUN = 20 };

#define HIDDEN "***"

/* Does it name something that is not to be read, as --auth-token and NPM_TOKEN do? */
static bool is_secret_name(struct str name)
{
	static const char *const words[] = { "token",  "pass",	  "secret", "auth", "key",  "cred",
					     "cookie", "session", "header", "user", "data", "otp" };

	for (size_t at = 0; at < name.n; at++)
		for (size_t i = 0; i < LEN(words); i++)
			if (name.n - at >= strlen(words[i]) &&
			    str_eq_nocase((struct str){ name.p + at, strlen(words[i]) },
					  str_of(words[i])))
				return true;
	return false;
}

/* -u, -H, -d, -p, -b of curl, wget, mysql: what follows is a user, a header, data, a password. */
static bool is_secret_option(struct str arg)
{
	return arg.n >= 2 && arg.p[0] == '-' && strchr("uHdpb", arg.p[1]);
}

/* As keys have and words have not: letters and digits, many of them without a mark. */
static bool has_key(struct str s)
{
	size_t run = 0, digits = 0;

	for (size_t i = 0; i < s.n; i++) {
		run = ascii_alnum(s.p[i]) || s.p[i] == '_' ? run + 1 : 0;
		digits = run ? digits + ascii_digit(s.p[i]) : 0;
		if (run >= RUN && digits > 1)
			return true;
	}
	return false;
}

static bool is_harmless(struct str arg)
{
	const char *at = memmem(arg.p, arg.n, "://", 3);

	for (size_t i = 0; i < arg.n; i++)
		if (arg.p[i] <= ' ' || arg.p[i] > '~' || arg.p[i] == '?' || arg.p[i] == '"' ||
		    arg.p[i] == '\'')
			return false;
	if (at && memchr(at, '@', arg.n - (size_t)(at - arg.p)))
		return false;
	return arg.n <= LONGEST && !has_key(arg);
}

/* Adds one, which is no longer than twice LONGEST then. */
static void add(struct str arg, struct buf *out)
{
	struct str name = arg, value;
	const bool assigns = str_cut(arg, '=', &name, &value);

	if (is_secret_option(arg) && arg.n > 2)
		name = (struct str){ 0 }; /* -pPASSWORD */
	buf_str(out, name.n && is_harmless(name) ? name : STR(HIDDEN));
	if (assigns) {
		buf_puts(out, "=");
		buf_str(out, is_harmless(value) && !is_secret_name(name) ? value : STR(HIDDEN));
	}
}

/* One argument with blanks is a title, as npm gives itself one: its words stand for arguments. */
void client_argv(struct str arguments, struct buf *out)
{
	const char *between = "";
	bool secret = false;
	struct str arg;
	char end;

	while (arguments.n && !arguments.p[arguments.n - 1])
		arguments.n--;
	end = memchr(arguments.p, '\0', arguments.n) ? '\0' : ' ';
	while (arguments.n) {
		buf_puts(out, between);
		between = " ";
		if (out->cap - out->n < 2 * LONGEST + 16) {
			buf_puts(out, "...");
			return;
		}
		str_cut(arguments, end, &arg, &arguments);
		if (secret)
			buf_puts(out, HIDDEN);
		else
			add(arg, out);
		secret = !secret && !memchr(arg.p, '=', arg.n) &&
			 (is_secret_name(arg) || (is_secret_option(arg) && arg.n == 2));
	}
}
