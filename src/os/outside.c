/* SPDX-License-Identifier: Apache-2.0 */
#include "os/outside.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "os/sys.h"
#include "wire/base64.h"
#include "wire/http_fields.h"
#include "wire/pem.h"

enum { CA_MAX = 1 << 20, CREDENTIALS_MAX = 512 };

/* As a complaint about a profile looks. */
static int complain(struct err *e, int code, struct where where, const char *key, const char *value,
		    const char *wrong)
{
	return err_say(e, code, "%s:%u: error: %s = %s: %s", where.file ? where.file : "policy",
		       where.line, key, value, wrong);
}

/* The path is that of a regular file that is not changed by strangers while it is read. */
static const char *open_file(const char *path, bool secret, int *out)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "it is not a file";
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return "it belongs to another user than root and you";
	if (secret && st.st_mode & (S_IRWXG | S_IRWXO))
		return "others can read it (chmod go= takes that away)";
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return "other users can write it (chmod go-w takes that away)";
	*out = fd_steal(&fd);
	return NULL;
}

static const char *read_file(const char *path, size_t max, bool secret, struct arena *arena,
			     struct str *text)
{
	_cleanup_fd_ int fd = -1;
	const char *wrong = open_file(path, secret, &fd);
	int r;

	if (wrong)
		return wrong;
	r = read_whole(fd, max, arena, text);
	return r == -EFBIG ? "it is too large" : r < 0 ? strerror(-r) : NULL;
}

static int read_ca(const struct item *item, struct arena *arena, struct str *pem, struct err *e)
{
	struct str text = { 0 };
	const char *wrong = read_file(item->text, CA_MAX, false, arena, &text);

	if (!wrong)
		wrong = pem_check(text);
	if (wrong)
		return complain(e, -EINVAL, item->where, "ca", item->text, wrong);
	*pem = str_lines((struct str[]){ *pem, text }, 2, arena);
	return 0;
}

int outside_read_ca(const struct policy *policy, struct arena *arena, struct str *pem,
		    struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < policy->ca.n && r == 0; i++)
		r = read_ca(&policy->ca.item[i], arena, pem, e);
	return r;
}

int outside_read_registry_ca(const struct policy *policy, struct arena *arena, struct str *pem,
			     struct err *e)
{
	const struct items *names = &policy->registries.ecosystem, *ca = &policy->registries.ca;
	int r = 0;

	for (size_t i = 0; i < names->n; i++) {
		const char *mark = arena_printf(arena, OUTSIDE_REGISTRY "%s", names->item[i].of);

		*pem = str_lines((struct str[]){ *pem, str_of(mark) }, 2, arena);
		for (size_t j = 0; j < ca->n && r == 0; j++)
			if (!strcmp(ca->item[j].of, names->item[i].of))
				r = read_ca(&ca->item[j], arena, pem, e);
	}
	return r;
}

int outside_open_advisories(const struct policy *policy, int *fd, struct err *e)
{
	static const char key[] = "advisories";
	const char *path = policy->packages.terms.advisories, *wrong;

	*fd = -1;
	if (!path)
		return 0;
	wrong = open_file(path, false, fd);
	return wrong ? complain(e, -EINVAL, policy_where(policy, "packages", key), key, path, wrong)
		     : 0;
}

/* RFC 7617, 2: the name has no colon, and neither has a control character. */
static const char *write_basic(struct str text, struct buf *out)
{
	struct str line, rest, user, password;

	str_cut(text, '\n', &line, &rest);
	line = str_trim(line);
	if (str_trim(rest).n || !str_cut(line, ':', &user, &password) || user.n == 0 ||
	    !http_value_valid(line))
		return "it has not the form USER:PASSWORD, in one line";
	buf_puts(out, "Basic ");
	base64_write(line, out);
	return NULL;
}

int outside_read_credentials(const struct policy *policy, struct arena *arena, struct str *value,
			     struct err *e)
{
	static const char key[] = "upstream-proxy-auth";
	const char *path = policy_upstream_auth(policy), *wrong;
	const size_t cap = 2 * CREDENTIALS_MAX;
	struct buf out = buf_over(arena_alloc(arena, cap), cap);
	struct str text = { 0 };

	*value = STR("");
	if (!path)
		return 0;
	wrong = read_file(path, CREDENTIALS_MAX, true, arena, &text);
	if (!wrong)
		wrong = write_basic(text, &out);
	if (wrong)
		return complain(e, -EACCES, policy_where(policy, "egress", key), key,
				policy->upstream_auth, wrong);
	*value = (struct str){ out.p, out.n };
	return 0;
}

static bool is_own(struct str name)
{
	static const char *const own[] = {
		"Host",		  "User-Agent",	      "Content-Type",
		"Content-Length", "Content-Encoding", "Transfer-Encoding",
		"Connection",	  "Expect",	      "Upgrade"
	};

	for (size_t i = 0; i < LEN(own); i++)
		if (str_eq_nocase(name, str_of(own[i])))
			return true;
	return false;
}

/* Those that say what the request is are not the file's to set. */
static const char *write_headers(struct str text, struct buf *out)
{
	struct str line, name, value;

	while (text.n) {
		str_cut(text, '\n', &line, &text);
		line.n -= str_ends(line, "\r");
		line = str_trim(line);
		if (line.n == 0)
			continue;
		if (!str_cut(line, ':', &name, &value) || !http_name_valid(name) ||
		    !str_trim(value).n || !http_value_valid(str_trim(value)))
			return "it has not the form NAME: VALUE, a line for each";
		if (is_own(name))
			return "it sets a header that the request has already";
		buf_str(out, name);
		buf_puts(out, ": ");
		buf_str(out, str_trim(value));
		buf_puts(out, "\r\n");
	}
	return out->n ? NULL : "it has no header";
}

const char *outside_read_headers(const char *path, struct arena *arena, struct str *lines)
{
	const size_t cap = 2 * OUTSIDE_HEADERS_MAX;
	struct buf out = buf_over(arena_alloc(arena, cap), cap);
	struct str text = { 0 };
	const char *wrong = read_file(path, OUTSIDE_HEADERS_MAX, true, arena, &text);

	if (!wrong)
		wrong = write_headers(text, &out);
	*lines = (struct str){ out.p, wrong ? 0 : out.n };
	return wrong;
}
