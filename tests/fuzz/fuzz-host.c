/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/host.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "fuzz.h"

/* A name is its own canonical form, and nobody takes it for an address. */
static void check_name(const char *name)
{
	char again[HOST_MAX + 1];
	struct in_addr v4;
	struct addr a;

	assert(strlen(name) > 0 && strlen(name) <= HOST_MAX);
	assert(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == strlen(name));
	assert(host_canon(str_of(name), again) == 0 && strcmp(again, name) == 0);
	assert(addr_parse(str_of(name), &a) < 0);
	assert(inet_aton(name, &v4) == 0);
}

/* Its text means the same to us and to libc; what it carries inside is judged as by itself. */
static void check_addr(const struct addr *a)
{
	static const char nat64[12] = { 0, 0x64, (char)0xff, (char)0x9b };
	struct addr again, inside;
	char text[ADDR_TEXT_MAX], name[HOST_MAX + 1];
	uint8_t bytes[16];

	addr_text(a, text);
	assert(addr_parse(str_of(text), &again) == 0 && memcmp(&again, a, sizeof(*a)) == 0);
	assert(host_canon(str_of(text), name) < 0);
	if (!addr_is_v4(a)) {
		assert(inet_pton(AF_INET6, text, bytes) == 1 && memcmp(bytes, a->b, 16) == 0);
		addr_special(a);
		return;
	}
	assert(inet_pton(AF_INET, text, bytes) == 1 && memcmp(bytes, a->b + 12, 4) == 0);
	inside = *a;
	memcpy(inside.b, nat64, sizeof(nat64));
	assert(addr_special(a) == addr_special(&inside));
}

/* inet_pton() is as strict as we are: each accepts what the other one does. */
static void check_literal(struct str in)
{
	char text[128] = { 0 };
	uint8_t bytes[16];
	struct addr a;
	bool ours = addr_parse(in, &a) == 0, theirs;

	if (ours)
		check_addr(&a);
	if (in.n >= sizeof(text) || (in.n && memchr(in.p, '\0', in.n)))
		return;
	if (in.n)
		memcpy(text, in.p, in.n);
	if (in.n && in.p[0] == '[')
		return;
	theirs = inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
	assert(ours == theirs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = { (const char *)data, size };
	char name[HOST_MAX + 1];
	struct addr a;

	if (host_canon(in, name) == 0)
		check_name(name);
	check_literal(in);
	if (size == sizeof(a.b)) {
		memcpy(a.b, data, size);
		check_addr(&a);
	}
	return 0;
}
