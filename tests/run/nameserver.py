# SPDX-License-Identifier: Apache-2.0
"""A name server that answers as the first label of a name in names.test says; all else does not exist.

Every question is told to @record, so that a test can show that a name did not get out.
"""

import socket
import socketserver
import struct

PUBLIC, PRIVATE = "93.184.216.34", "10.99.0.1"
A, CNAME, AAAA = 1, 5, 28

# Addresses by the first label of a name.
ZONE = {
    "public": [PUBLIC],
    "private": [PRIVATE],
    "mixed": [PUBLIC, PRIVATE],
    "six": ["2606:2800:220:1::34"],
    "mapped": ["::ffff:" + PRIVATE],
    "nat64": ["64:ff9b::a63:1"],
    "sixtofour": ["2002:a63:1::1"],
    "local6": ["fe80::1"],
    "unique6": ["fd12::1"],
    "metadata6": ["fd00:ec2::254"],
    "metadata": ["169.254.169.254"],
    "carrier": ["100.64.0.1"],
    "zero": ["0.0.0.0"],
    "loopback": ["127.0.0.53"],
    "benchmark": ["198.18.0.5"],
    "multicast": ["224.0.0.1"],
    "broadcast": ["255.255.255.255"],
    "none": [],
    "many": [f"93.184.217.{i}" for i in range(1, 101)],
}


def wire(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"


def resource(kind, data):
    return struct.pack(">HHHIH", 0xC00C, kind, 1, 0, len(data)) + data


class Zone:
    def __init__(self, record):
        self.record = record
        self.asked = {}

    def addresses(self, label, name):
        """What is asked for as "rebindN" is public once, and private from then on."""
        if not label.startswith("rebind"):
            return ZONE.get(label)
        self.asked[name] = self.asked.get(name, 0) + 1
        return [PUBLIC] if self.asked[name] == 1 else [PRIVATE]

    def answers(self, name, kind):
        label = name.partition(".")[0]
        if label == "alias" and name.endswith(".names.test"):
            target = wire("private.names.test")
            address = target + struct.pack(">HHIH", A, 1, 0, 4) + socket.inet_aton(PRIVATE)
            return [resource(CNAME, target)] + ([address] if kind == A else [])
        if kind == AAAA and label.startswith("rebind"):
            return []
        known = self.addresses(label, name) if name.endswith(".names.test") else None
        if known is None:
            return None
        return [resource(AAAA if ":" in address else A,
                         socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET,
                                          address))
                for address in known if (kind == AAAA) == (":" in address) and kind in (A, AAAA)]

    def reply(self, message, limit):
        labels, at = [], 12
        while message[at]:
            labels.append(message[at + 1:at + 1 + message[at]].decode("latin-1").lower())
            at += 1 + message[at]
        question = message[12:at + 5]
        kind = struct.unpack(">H", message[at + 1:at + 3])[0]
        name = ".".join(labels)
        self.record("DNS", kind, name)
        answers = self.answers(name, kind)
        flags = 0x8180 | (3 if answers is None else 0)
        body = b"".join(answers or [])
        if 12 + len(question) + len(body) > limit:
            flags, answers, body = flags | 0x200, [], b""
        return message[:2] + struct.pack(">HHHHH", flags, 1, len(answers or []), 0, 0) + question + body


def handlers(record):
    """For UDP and for TCP."""
    zone = Zone(record)

    class OverUdp(socketserver.BaseRequestHandler):
        def handle(self):
            self.request[1].sendto(zone.reply(self.request[0], 512), self.client_address)

    class OverTcp(socketserver.StreamRequestHandler):
        def handle(self):
            while size := self.rfile.read(2):
                answer = zone.reply(self.rfile.read(struct.unpack(">H", size)[0]), 65535)
                self.wfile.write(struct.pack(">H", len(answer)) + answer)

    return OverUdp, OverTcp
