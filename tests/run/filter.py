#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a command under a seccomp filter, as sandboxes and containers around agentbox have them.

  filter.py RULE... -- COMMAND [ARGUMENT]...

A RULE is CALL=ERRNO (mount=EPERM), or one of
  namespaces=ERRNO   clone and unshare with a CLONE_NEW flag
  sock_diag=ERRNO    sockets of NETLINK_SOCK_DIAG
  docker             what Docker's default profile refuses of what a box is made with
"""

import ctypes
import errno
import os
import struct
import sys

# x86-64, aarch64
NUMBERS = {
    "clone": (56, 220), "clone3": (435, 435), "unshare": (272, 97), "setns": (308, 268),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "open_tree_attr": (467, 467),
    "mount_setattr": (442, 442),
    "sethostname": (170, 161), "socket": (41, 198), "bind": (49, 200), "seccomp": (317, 277),
    "landlock_create_ruleset": (444, 444), "landlock_restrict_self": (446, 446),
}
AF_NETLINK, SOCK_DIAG = 16, 4
NEW = 0x7e020000  # CLONE_NEWNS, CGROUP, UTS, IPC, USER, PID and NET
DOCKER = ["namespaces=EPERM", "clone3=ENOSYS"] + [call + "=EPERM" for call in (
    "setns", "mount", "umount2", "pivot_root", "open_tree", "move_mount", "fsopen",
    "mount_setattr")]

LOAD, JUMP_EQUAL, JUMP_BITS, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, ERRNO = 0x7fff0000, 0x00050000
NUMBER, ARGUMENT = 0, 16  # offsets in struct seccomp_data


def instructions(rules):
    machine = {"x86_64": 0, "aarch64": 1}[os.uname().machine]
    for rule in rules:
        call, error = rule.split("=")
        answer = (RETURN, 0, 0, ERRNO | getattr(errno, error))
        if call == "namespaces":
            for name in ("clone", "unshare"):
                yield from ((LOAD, 0, 0, NUMBER), (JUMP_EQUAL, 0, 3, NUMBERS[name][machine]),
                            (LOAD, 0, 0, ARGUMENT), (JUMP_BITS, 0, 1, NEW), answer)
        elif call == "sock_diag":
            yield from ((LOAD, 0, 0, NUMBER), (JUMP_EQUAL, 0, 5, NUMBERS["socket"][machine]),
                        (LOAD, 0, 0, ARGUMENT), (JUMP_EQUAL, 0, 3, AF_NETLINK),
                        (LOAD, 0, 0, ARGUMENT + 16), (JUMP_EQUAL, 0, 1, SOCK_DIAG), answer)
        else:
            yield from ((LOAD, 0, 0, NUMBER), (JUMP_EQUAL, 0, 1, NUMBERS[call][machine]), answer)
    yield (RETURN, 0, 0, ALLOW)


def load(rules):
    code = b"".join(struct.pack("HBBI", *i) for i in instructions(rules))
    space = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(space))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, program, 0, 0):
        sys.exit(f"filter.py: {os.strerror(ctypes.get_errno())}")


def main():
    end = sys.argv.index("--")
    rules = [r for rule in sys.argv[1:end] for r in (DOCKER if rule == "docker" else [rule])]
    load(rules)
    os.execvp(sys.argv[end + 1], sys.argv[end + 1:])


main()
