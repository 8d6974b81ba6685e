/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/delivery.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "os/sys.h"
#include "wire/quote.h"

enum { TEXT_MAX = 4096 /* one page: a write of it is done whole or not at all */ };

int delivery_open(const char *state_dir, const char *task, unsigned n, int flags, struct err *e)
{
	char path[PATH_MAX + TASK_ID_MAX + 32];
	int fd;

	snprintf(path, sizeof(path), "%s/tasks/%s/sink.%u", state_dir, task, n);
	fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | flags, 0600);
	return fd < 0 ? err_set(e, -errno, "open %s", path) : fd;
}

static bool take_text(const json_t *json, const char *name, char *to, size_t cap)
{
	const char *text = json_string_value(json_object_get(json, name));
	struct buf out = buf_over(to, cap);

	buf_puts(&out, text ? text : "");
	return text && !out.full;
}

static bool take_number(const json_t *json, const char *name, uint64_t *to)
{
	const json_t *number = json_object_get(json, name);

	*to = (uint64_t)json_integer_value(number);
	return json_is_integer(number) && json_integer_value(number) >= 0;
}

int delivery_read(int fd, struct delivery *d)
{
	char text[TEXT_MAX];
	ssize_t n = pread(fd, text, sizeof(text), 0);
	json_t *json;
	bool good;

	*d = (struct delivery){ 0 };
	if (n <= 0)
		return n < 0 ? -errno : -ENODATA;
	json = json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
	good = json && take_text(json, "sink", d->sink, sizeof(d->sink)) &&
	       take_number(json, "done", &d->done) && take_number(json, "refused", &d->refused) &&
	       take_text(json, "failed", d->failed, sizeof(d->failed));
	json_decref(json);
	return good ? 0 : -EINVAL;
}

int delivery_write(int fd, struct delivery *d, const char *failed)
{
	const size_t n_failed = failed ? strnlen(failed, sizeof(d->failed) - 1) : 0;
	char text[TEXT_MAX];
	struct buf out = BUF(text);
	ssize_t n;

	if (failed) {
		memcpy(d->failed, failed, n_failed);
		d->failed[n_failed] = '\0';
	}
	buf_puts(&out, "{\"sink\":");
	quote_json(&out, str_of(d->sink));
	buf_printf(&out, ",\"done\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"failed\":", d->done,
		   d->refused);
	quote_json(&out, str_of(d->failed));
	buf_puts(&out, "}");
	memset(out.p + out.n, ' ', TEXT_MAX - out.n);
	text[TEXT_MAX - 1] = '\n';
	n = pwrite(fd, text, TEXT_MAX, 0);
	return n == TEXT_MAX ? 0 : n < 0 ? -errno : -EIO;
}

void delivery_tell(const struct delivery *d, uint64_t lines, struct buf *out)
{
	const uint64_t missing = lines > d->done ? lines - d->done : 0;

	if (missing + d->refused == 0)
		return;
	buf_printf(out, "%" PRIu64 " of %" PRIu64 " event%s did not reach ", missing + d->refused,
		   lines, plural(lines));
	quote_term(out, str_of(d->sink));
	buf_puts(out, d->failed[0] ? ": " : " in time");
	quote_term(out, str_of(d->failed));
}
