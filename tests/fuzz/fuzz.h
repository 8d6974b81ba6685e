/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * What each target defines. It asserts what must hold for any input: a finding is an assertion, or
 * what a sanitizer says. Called by libFuzzer (-Dfuzz=true), else by replay.c.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
