/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdio.h>

/* Version, libraries and paths that this program was built with. */
void version_print(FILE *out);
