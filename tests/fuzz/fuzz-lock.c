/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readers of lock files: the first byte chooses the format, the rest is the file. What was read
 * lies in the input or is terminated nowhere near it; a file differs from itself in nothing; and
 * what differs between it and nothing are all its packages.
 */
#include "eco/change.h"

#include "fuzz.h"
#include "wire/tar.h"

static size_t touch(struct str s)
{
	size_t sum = 0;

	for (size_t i = 0; i < s.n; i++)
		sum += (unsigned char)s.p[i];
	return sum;
}

static size_t touch_all(const struct lock *lock)
{
	size_t sum = 0;

	for (size_t i = 0; i < lock->n; i++) {
		const struct lock_entry *e = &lock->entry[i];

		assert(e->type && e->source < N_LOCK_SOURCES);
		assert(!!(e->flags & LOCK_ALIAS) >= (e->as.n > 0));
		sum += touch(e->name) + touch(e->version) + touch(e->as) + touch(e->url) +
		       touch(e->integrity) + touch(lock_host(e->url)) + touch(lock_scheme(e->url));
	}
	for (size_t i = 0; i < lock->n_remarks; i++)
		sum += touch(lock->remark[i].what);
	return sum;
}

static void compare(const struct lock *lock, struct arena *arena)
{
	const struct lock none = { 0 };
	struct changes same = { 0 }, added = { 0 };

	change_find(lock, lock, arena, &same);
	assert(same.n == 0);
	change_find(&none, lock, arena, &added);
	assert(added.n <= lock->n && (added.n > 0) == (lock->n > 0));
	for (size_t i = 0; i < added.n; i++)
		assert(added.change[i].kind == CHANGE_ADD && added.change[i].to);
}

static void read_tar(struct str text)
{
	struct tar_entry entry;
	struct str content;

	while (tar_next(&text, &entry, &content) == 0) {
		assert(entry.path.n && content.n == entry.size);
		touch(entry.path);
		touch(entry.target);
		touch(content);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct lock lock = { .arena = &arena };
	struct str text;

	if (size == 0)
		return 0;
	text = (struct str){ (const char *)data + 1, size - 1 };
	if (data[0] % N_LOCK_FORMATS == LOCK_NONE)
		read_tar(text);
	else if (!lock_read((enum lock_format)(data[0] % N_LOCK_FORMATS), text, &lock))
		compare(&lock, &arena);
	touch_all(&lock);
	arena_fini(&arena);
	return 0;
}
