/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What holds of enum fact (policy/cause.h) for this process, as a set. Looked up after a refusal.
 */
unsigned facts_read(void);
