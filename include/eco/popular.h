/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/mem.h"

/*
 * The popular package that @name, of the ecosystem @type, can be mistaken for, or NULL: it is
 * popular itself, or like none. @name is as a package URL has it.
 */
const char *popular_like(struct str type, struct str name);
