/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/*
 * The part of classic BPF that seccomp accepts (seccomp_check_filter() of the kernel) and that
 * filters here use, so that a filter for any architecture can be tested on any machine.
 */

struct bpf_result {
	uint32_t value;
	unsigned steps;
	bool reads_arguments; /* then the kernel does not cache the verdict */
};

/* Whether the kernel would load it: known operations, jumps and loads within bounds, ends in RET.
 */
static inline bool bpf_valid(const struct sock_filter *insn, size_t n)
{
	if (n == 0 || n > BPF_MAXINSNS || BPF_CLASS(insn[n - 1].code) != BPF_RET)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct sock_filter *f = &insn[i];

		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (f->k % 4 || f->k >= sizeof(struct seccomp_data))
				return false;
			break;
		case BPF_JMP | BPF_JA:
			if (f->k >= n - i - 1)
				return false;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
		case BPF_JMP | BPF_JGE | BPF_K:
		case BPF_JMP | BPF_JGT | BPF_K:
		case BPF_JMP | BPF_JSET | BPF_K:
			if (f->jt >= n - i - 1 || f->jf >= n - i - 1)
				return false;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
		case BPF_RET | BPF_K:
			break;
		default:
			return false;
		}
	}
	return true;
}

/* Runs a valid filter. */
static inline struct bpf_result bpf_run(const struct sock_filter *insn,
					const struct seccomp_data *data)
{
	struct bpf_result r = { 0 };
	uint32_t a = 0;

	for (const struct sock_filter *f = insn;; f++) {
		bool yes = false;

		r.steps++;
		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&a, (const char *)data + f->k, sizeof(a));
			r.reads_arguments |= f->k >= offsetof(struct seccomp_data, args);
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= f->k;
			continue;
		case BPF_JMP | BPF_JA:
			f += f->k;
			continue;
		case BPF_RET | BPF_K:
			r.value = f->k;
			return r;
		case BPF_JMP | BPF_JEQ | BPF_K:
			yes = a == f->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			yes = a >= f->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			yes = a > f->k;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			yes = (a & f->k) != 0;
			break;
		}
		f += yes ? f->jt : f->jf;
	}
}
