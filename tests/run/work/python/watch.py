# SPDX-License-Identifier: Apache-2.0
"""Waits until something is moved into the directory `watched`."""
import ctypes
import os

libc = ctypes.CDLL(None)
inotify = libc.inotify_init1(0)
libc.inotify_add_watch(inotify, b"watched", 0x80)  # IN_MOVED_TO
open("ready", "w").close()
os.read(inotify, 4096)
print("changed to", open("watched/page").read().strip())
