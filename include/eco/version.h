/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/mem.h"

/*
 * Compares two versions of a package of the ecosystem @type (of a package URL). Returns 0 with
 * *@order less than, equal to or greater than 0 as @a is older, equal or newer; or -1: nobody can
 * say, because one of them is no version.
 */
int version_order(const char *type, struct str a, struct str b, int *order);
