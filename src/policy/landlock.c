/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/landlock.h"

#include "base/mem.h"

struct landlock_abi landlock_known(int abi)
{
	enum { SCOPES = LANDLOCK_ABSTRACT_SOCKET | LANDLOCK_SIGNAL };
	/*
	 * From Linux 5.13, 5.19, 6.2, 6.7 (TCP ports), 6.10, 6.12 on; 7 and 8 bring nothing here.
	 */
	static const struct landlock_abi abis[] = {
		{ 0, 0 },	    { 0x1fff, 0 },	 { 0x3fff, 0 },	     { 0x7fff, 0 },
		{ 0x7fff, 0 },	    { 0xffff, 0 },	 { 0xffff, SCOPES }, { 0xffff, SCOPES },
		{ 0xffff, SCOPES }, { 0x1ffff, SCOPES },
	};

	if (abi < 0)
		abi = 0;
	return abis[abi < (int)LEN(abis) ? abi : (int)LEN(abis) - 1];
}
