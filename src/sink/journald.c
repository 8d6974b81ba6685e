/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The native protocol of systemd-journald (https://systemd.io/JOURNAL_NATIVE_PROTOCOL): a datagram
 * of fields, or a sealed memfd with them when it would be too long.
 */
#include "sink/form.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>

#include "os/sys.h"
#include "wire/ascii.h"

/* In the form that takes any byte: the name, a newline, the length (little endian), the value. */
static void add_bytes(const char *prefix, const char *name, struct str value, struct buf *out)
{
	char length[8];

	buf_puts(out, prefix);
	for (; *name; name++)
		buf_puts(out,
			 (char[]){ (char)(ascii_lower(*name) ? *name - 'a' + 'A' : *name), 0 });
	for (size_t i = 0; i < sizeof(length); i++)
		length[i] = (char)((uint64_t)value.n >> 8 * i);
	buf_puts(out, "\n");
	buf_add(out, length, sizeof(length));
	buf_str(out, value);
	buf_puts(out, "\n");
}

void journald_write(const struct message *m, struct buf *out)
{
	const struct entry *entry = m->event.entry;
	char space[EVENT_LINE];
	struct buf text = BUF(space);

	entry_line(entry, &text);
	add_bytes("", "message", (struct str){ text.p, text.n }, out);
	buf_printf(out, "PRIORITY=%u\nSYSLOG_FACILITY=%d\nSYSLOG_IDENTIFIER=agentbox\n",
		   form_priority(m), FORM_AUDIT);
	buf_printf(out, "AGENTBOX_EVENT=%s\nAGENTBOX_SEQ=%" PRIu64 "\n",
		   event_kind_name((enum event_kind)entry->ev.kind), entry->head.seq);
	add_bytes("AGENTBOX_", "task", entry->head.task, out);
	add_bytes("AGENTBOX_", "time", entry->head.time, out);
	for (enum field field = FIELD_NONE + 1; field < N_FIELDS; field++) {
		text.n = 0;
		if (form_field(m, field, &text))
			add_bytes("AGENTBOX_", event_field(field)->name,
				  (struct str){ text.p, text.n }, out);
	}
	add_bytes("AGENTBOX_", "line", m->line, out);
}

static int send_memfd(const struct batch *b, const struct channel *c, struct err *e)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
	_cleanup_fd_ int fd = memfd_create("agentbox", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r = fd < 0 ? -errno : write_all(fd, b->out.p, b->out.n);

	if (r == 0 && fcntl(fd, F_ADD_SEALS, seals) < 0)
		r = -errno;
	if (r == 0)
		r = fds_send(c->fd, NULL, 0, &fd, 1);
	return r < 0 ? err_set(e, r, "send a memfd") : 0;
}

static int add(const struct message *m, struct batch *b, struct channel *c, struct err *e)
{
	int r = channel_open(c, e);

	b->out.n = 0;
	journald_write(m, &b->out);
	if (r == 0)
		r = channel_send(c, (struct str){ b->out.p, b->out.n }, e);
	return r == -EMSGSIZE || r == -ENOBUFS ? send_memfd(b, c, e) : r;
}

const struct form form_journald = { add, form_drained };
