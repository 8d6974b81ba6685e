# SPDX-License-Identifier: Apache-2.0
"""Attempts by sheer number, or slowness."""

import resource
import socket
import struct
import time

from egress_client import case, connect, hello, others_are_served_beside, request, served


@case
def reset_storm():
    for i in range(1500):
        sock = connect("good.test", (443, 80, 9001)[i % 3])
        if i % 2:
            sock.sendall(b"G" if i % 3 == 1 else b"\x16")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
    served()


@case
def thousands_that_say_nothing():
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    address = socket.gethostbyname("good.test")
    held = []
    for i in range(3000):
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex((address, (443, 80, 9001, 53)[i % 4]))
        held.append(sock)
    others_are_served_beside(held)


@case
def resets_while_an_answer_comes():
    for i in range(200):
        with connect("good.test", 80) as sock:
            sock.sendall(request("/bytes/5000000", "good.test"))
            assert len(sock.recv(100 if i % 2 else 65536))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    served()


@case
def slow_clients_do_not_keep_others_waiting():
    held = []
    for i in range(128):
        sock = connect("good.test", 80 if i % 2 else 443)
        sock.sendall(b"GET / HT" if i % 2 else hello("good.test")[:50])
        held.append(sock)
    others_are_served_beside(held)


@case
def a_client_that_does_not_read():
    held = []
    for _ in range(8):
        sock = connect("good.test", 80)
        sock.sendall(request("/bytes/5000000", "good.test"))
        held.append(sock)
    time.sleep(0.2)
    served()
    total = 0
    while total < 5000000:
        total += len(held[0].recv(65536))
    for sock in held:
        sock.close()
