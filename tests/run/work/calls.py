# SPDX-License-Identifier: Apache-2.0
"""Prints what system calls of every kind answer: a value, or the name of the error."""
import ctypes
import errno
import fcntl
import mmap
import os
import resource
import signal
import socket
import struct
import threading
import time
from multiprocessing import shared_memory

libc = ctypes.CDLL(None, use_errno=True)
CALLS = []


def call(function):
    CALLS.append(function)
    return function


def c(name, *arguments):
    result = getattr(libc, name)(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


# --- files ---

@call
def extended_attributes():
    os.setxattr("file", "user.color", b"blue")
    return os.getxattr("file", "user.color"), os.listxattr("file")


@call
def unnamed():
    fd = os.open(".", os.O_TMPFILE | os.O_RDWR, 0o640)
    os.write(fd, b"unnamed")
    os.link(f"/proc/self/fd/{fd}", "named", follow_symlinks=True)
    return read("named")


@call
def unnamed_by_descriptor():
    fd = os.open(".", os.O_TMPFILE | os.O_RDWR, 0o640)
    return c("linkat", fd, b"", -100, b"empty-path", 0x1000)  # AT_EMPTY_PATH


@call
def mapped():
    with open("mapped", "w+b") as file:
        file.truncate(1 << 20)
        with mmap.mmap(file.fileno(), 0) as memory:
            memory[4096:4100] = b"here"
            pid = os.fork()
            if not pid:
                memory[8192:8196] = b"fork"
                os._exit(0)
            os.waitpid(pid, 0)
            memory.flush()
            return memory[8192:8196], read("mapped")[4096:4100]


@call
def large():
    with open("large", "wb") as file:
        file.seek(5 << 30)
        file.write(b"end")
    size = os.stat("large").st_size
    os.unlink("large")
    return size


@call
def allocated():
    with open("allocated", "wb") as file:
        os.posix_fallocate(file.fileno(), 0, 1 << 20)
        c("fallocate", file.fileno(), 3, ctypes.c_long(0), ctypes.c_long(4096))  # punches a hole
    return os.stat("allocated").st_size


@call
def locked():
    with open("file", "r+b") as one, open("file", "r+b") as two:
        fcntl.flock(one, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(two, fcntl.LOCK_EX | fcntl.LOCK_NB)


@call
def range_locked():
    with open("file", "r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 5)
        pid = os.fork()
        if not pid:
            try:
                with open("file", "r+b") as other:
                    fcntl.lockf(other, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 5)
            except OSError:
                os._exit(7)
            os._exit(0)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@call
def watched():
    fd = c("inotify_init1", 0)
    c("inotify_add_watch", fd, b".", 0x100 | 0x200 | 0x40 | 0x80)  # made, removed, moved
    write("watched", b"")
    os.rename("watched", "renamed")
    os.unlink("renamed")
    events, seen = os.read(fd, 4096), []
    while events:
        _, mask, _, n = struct.unpack_from("iIII", events)
        seen.append((hex(mask), events[16:16 + n].rstrip(b"\0")))
        events = events[16 + n:]
    return seen


@call
def many_watched():
    fd = c("inotify_init1", 0)
    for i in range(2000):
        os.makedirs(f"watch/{i}")
        c("inotify_add_watch", fd, f"watch/{i}".encode(), 2)


@call
def exchanged():
    write("a", b"a")
    write("b", b"b")
    c("renameat2", -100, b"a", -100, b"b", 2)  # RENAME_EXCHANGE
    return read("a")


@call
def copied():
    write("source", bytes(300000))
    with open("source", "rb") as source, open("target", "wb") as target:
        while os.copy_file_range(source.fileno(), target.fileno(), 1 << 20):
            pass
        source.seek(0)
        os.sendfile(target.fileno(), source.fileno(), 0, 300000)
    return read("target") == 2 * read("source")


@call
def times():
    os.utime("file", ns=(1, 2))
    return os.stat("file").st_atime_ns, os.stat("file").st_mtime_ns


@call
def owned():
    os.chown("file", os.getuid(), os.getgid())
    os.chown("file", -1, -1)
    return os.stat("file").st_uid == os.getuid()


@call
def moded():
    modes = []
    for mode in 0o1755, 0o1644, 0o644: # no set-user-ID bit: the filter refuses it
        os.chmod("file", mode)
        modes.append(oct(os.stat("file").st_mode))
    return modes


@call
def linked():
    os.symlink("file", "soft")
    os.link("file", "hard")
    os.symlink("/etc/passwd", "system")
    return read("soft")[:3], os.stat("hard").st_nlink, b"root" in read("system")


@call
def synced():
    os.sync()
    os.fsync(os.open(".", os.O_RDONLY))
    return os.statvfs(".").f_bsize


# --- processes and memory ---

@call
def sealed():
    fd = c("memfd_create", b"m", 3)
    os.write(fd, b"#!/bin/sh\nexit 0\n")
    return fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)


@call
def by_pidfd():
    fd = os.pidfd_open(os.spawnvp(os.P_NOWAIT, "sleep", ["sleep", "100"]))
    signal.pidfd_send_signal(fd, signal.SIGTERM)
    return os.waitid(os.P_PIDFD, fd, os.WEXITED).si_status


@call
def scheduled():
    os.sched_setaffinity(0, os.sched_getaffinity(0))
    return os.nice(1) - os.nice(0), os.cpu_count(), len(os.sched_getaffinity(0))


@call
def shared():
    one = shared_memory.SharedMemory(create=True, size=4096)
    one.buf[:4] = b"here"
    two = shared_memory.SharedMemory(one.name)
    got = bytes(two.buf[:4])
    two.close()
    one.close()
    one.unlink()
    return got


@call
def system_v():
    memory, semaphore = c("shmget", 0, 4096, 0o1600), c("semget", 0, 1, 0o1600)
    c("shmctl", memory, 0, None)
    c("semctl", semaphore, 0, 0)
    return c("msgctl", c("msgget", 0, 0o1600), 0, None)


@call
def mlocked():
    return libc.mlock(ctypes.create_string_buffer(10), 10)


@call
def limited():
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    return [resource.getrlimit(what) for what in (resource.RLIMIT_STACK, resource.RLIMIT_NOFILE,
                                                  resource.RLIMIT_AS, resource.RLIMIT_FSIZE)]


@call
def assorted():
    signal.setitimer(signal.ITIMER_REAL, 0)
    threading.Thread(target=int).start()
    return (os.eventfd_read(os.eventfd(3)), len(os.getrandom(10)), os.umask(0o22), os.getcwd(),
            os.getuid(), os.getgid(), os.geteuid(), time.tzname, len(os.getloadavg()))


@call
def terminal():
    master, slave = os.openpty()
    os.write(master, b"typed\n")
    return os.read(slave, 10), os.isatty(slave)


# --- sockets ---

def pass_descriptor(path):
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(path)
        server.listen()
        client.connect(path)
        peer = server.accept()[0]
        out, into = os.pipe()
        socket.send_fds(client, [b"fd"], [into])
        os.write(socket.recv_fds(peer, 10, 1)[1][0], b"passed")
        pid, uid, gid = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return os.read(out, 10), pid == os.getpid(), uid == os.getuid(), gid == os.getgid()


@call
def unix_in_the_workspace():
    return pass_descriptor("socket")


@call
def unix_abstract():
    return pass_descriptor("\0agentbox-test")


@call
def datagrams():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as two:
        one.bind(("127.0.0.1", 0))
        two.sendto(b"datagram", one.getsockname())
        return one.recv(10)


@call
def version_6():
    with socket.socket(socket.AF_INET6) as one:
        one.bind(("::1", 0))


@call
def bound_twice():
    with socket.socket() as one, socket.socket() as two:
        for each in one, two:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        one.bind(("127.0.0.1", 0))
        two.bind(one.getsockname())


write("file", b"0123456789" * 3)
for function in CALLS:
    try:
        print(function.__name__, function())
    except OSError as e:
        print(function.__name__, errno.errorcode[e.errno])
for name in "source", "target":
    os.unlink(name)
os.utime("file", ns=(10**18, 10**18))
