/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/tar.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* A header block: POSIX.1-2008, pax, "ustar Interchange Format". */
struct block {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type,
		target[100], magic[6], version[2], user[32], group[32], major[8], minor[8],
		prefix[155], rest[12];
};
static_assert(sizeof(struct block) == TAR_BLOCK, "a block");

enum { TYPE_FILE = '0', TYPE_LINK = '2', TYPE_PAX = 'x' };

static void octal(char *field, size_t n, uint64_t value)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "%0*llo", (int)n - 1, (unsigned long long)value);
	memcpy(field, digits, n - 1); /* terminated by what was there */
}

static unsigned checksum(const struct block *block)
{
	const unsigned char *p = (const void *)block;
	unsigned sum = 0;

	for (size_t i = 0; i < sizeof(*block); i++)
		sum += i >= offsetof(struct block, checksum) && i < offsetof(struct block, type)
			       ? (unsigned char)' '
			       : p[i];
	return sum;
}

static void put_text(char *field, size_t n, struct str text)
{
	if (text.n)
		memcpy(field, text.p, text.n < n ? text.n : n);
}

static void add_block(const struct tar_entry *entry, char type, struct buf *out)
{
	struct block block = { .type = type, .magic = "ustar", .version = { '0', '0' } };

	put_text(block.name, sizeof(block.name), entry->path);
	put_text(block.target, sizeof(block.target), entry->target);
	octal(block.mode, sizeof(block.mode), entry->mode & 07777);
	octal(block.uid, sizeof(block.uid), 0);
	octal(block.gid, sizeof(block.gid), 0);
	octal(block.size, sizeof(block.size), entry->size);
	octal(block.mtime, sizeof(block.mtime), entry->mtime);
	octal(block.checksum, sizeof(block.checksum) - 1, checksum(&block));
	block.checksum[sizeof(block.checksum) - 1] = ' ';
	buf_add(out, &block, sizeof(block));
}

/* "LENGTH path=VALUE\n", where LENGTH counts itself. */
static void add_record(const char *key, struct str value, struct buf *out)
{
	const size_t without = strlen(key) + value.n + 3;
	size_t length = without + 1;

	while (length < without + (size_t)snprintf(NULL, 0, "%zu", length))
		length++;
	buf_printf(out, "%zu %s=", length, key);
	buf_str(out, value);
	buf_puts(out, "\n");
}

static void add_zeros(size_t n, struct buf *out)
{
	static const char zeros[TAR_BLOCK];

	buf_add(out, zeros, n);
}

void tar_head(const struct tar_entry *entry, struct buf *out)
{
	const struct block *block = NULL;
	char space[2 * TAR_PATH_MAX + 64];
	struct buf records = BUF(space);

	if (entry->path.n > sizeof(block->name))
		add_record("path", entry->path, &records);
	if (entry->target.n > sizeof(block->target))
		add_record("linkpath", entry->target, &records);
	if (records.full)
		out->full = true;
	if (records.n) {
		const struct tar_entry extended = { .path = STR("pax"),
						    .mode = 0600,
						    .size = records.n };

		add_block(&extended, TYPE_PAX, out);
		buf_add(out, records.p, records.n);
		add_zeros(tar_padding(records.n), out);
	}
	add_block(entry, entry->target.n ? TYPE_LINK : TYPE_FILE, out);
}

static struct str field_text(const char *field, size_t n)
{
	return (struct str){ field, strnlen(field, n) };
}

static int read_octal(const char *field, size_t n, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < n - 1; i++) {
		if (field[i] < '0' || field[i] > '7')
			return TAR_E_BAD;
		*value = *value << 3 | (uint64_t)(field[i] - '0');
	}
	return 0;
}

static struct str take(struct str *rest, size_t n)
{
	struct str taken = { rest->p, n };

	*rest = (struct str){ rest->p + n, rest->n - n };
	return taken;
}

static int read_content(struct str *rest, uint64_t size, struct str *content)
{
	if (size > rest->n || tar_padding(size) > rest->n - size)
		return TAR_E_END;
	*content = take(rest, size);
	take(rest, tar_padding(size));
	return 0;
}

static int read_records(struct str records, struct tar_entry *entry)
{
	while (records.n) {
		struct str number, rest, key, value;
		unsigned long length;

		if (!str_cut(records, ' ', &number, &rest) ||
		    str_to_ulong(number, records.n, &length) < 0 || length < number.n + 3)
			return TAR_E_BAD;
		rest = take(&records, length);
		take(&rest, number.n + 1);
		rest.n--;
		if (rest.p[rest.n] != '\n' || !str_cut(rest, '=', &key, &value))
			return TAR_E_BAD;
		if (str_is(key, "path"))
			entry->path = value;
		else if (str_is(key, "linkpath"))
			entry->target = value;
		else
			return TAR_E_BAD;
	}
	return 0;
}

static int read_block(struct str bytes, struct tar_entry *entry, char *type)
{
	const struct block *block = (const void *)bytes.p;
	uint64_t mode, sum;

	if (read_octal(block->mode, sizeof(block->mode), &mode) ||
	    read_octal(block->size, sizeof(block->size), &entry->size) ||
	    read_octal(block->mtime, sizeof(block->mtime), &entry->mtime) ||
	    read_octal(block->checksum, sizeof(block->checksum) - 1, &sum) ||
	    sum != checksum(block))
		return TAR_E_BAD;
	*type = block->type;
	entry->mode = (unsigned)mode;
	if (!entry->path.n)
		entry->path = field_text(block->name, sizeof(block->name));
	if (!entry->target.n)
		entry->target = field_text(block->target, sizeof(block->target));
	return entry->path.n ? 0 : TAR_E_BAD;
}

int tar_next(struct str *rest, struct tar_entry *entry, struct str *content)
{
	char type = TYPE_PAX;
	int r = 0;

	*entry = (struct tar_entry){ 0 };
	for (bool extended = false; type == TYPE_PAX && r == 0; extended = true) {
		struct tar_entry head = extended ? *entry : (struct tar_entry){ 0 };

		if (rest->n < TAR_BLOCK || rest->p[0] == '\0')
			return TAR_E_END;
		r = read_block(take(rest, TAR_BLOCK), &head, &type);
		if (r == 0 && type == TYPE_PAX && extended)
			return TAR_E_BAD;
		if (r == 0)
			r = read_content(rest, head.size, content);
		if (r == 0 && type == TYPE_PAX)
			r = read_records(*content, entry);
		else
			*entry = head;
	}
	if (r == 0 && type != TYPE_FILE && type != TYPE_LINK)
		return TAR_E_BAD;
	if (r == 0 && (type == TYPE_LINK) != (entry->target.n > 0))
		return TAR_E_BAD;
	return r;
}
