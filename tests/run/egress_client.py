# SPDX-License-Identifier: Apache-2.0
"""What attempts on the network are made with, and how they are run: see egress_attack.py.

An attempt is a function, which fails by its assertions; each prints a line: "ok NAME" or
"not ok NAME: WHY".
"""

import socket
import ssl
import struct
import time

CASES = []
ALERT = {"access_denied": 49, "illegal_parameter": 47, "decode_error": 50,
         "unexpected_message": 10, "record_overflow": 22, "handshake_failure": 40,
         "protocol_version": 70, "internal_error": 80, "unrecognized_name": 112}


def case(function):
    CASES.append(function)
    return function


def plain(host, port, timeout=5):
    return socket.create_connection((host, port), timeout=timeout)


way = plain  # tls_attack.py puts another in its place


def connect(*where):
    return way(*where)


def everything(sock):
    """All that comes, and how it ended: "end" or "reset"."""
    data = bytearray()  # which grows in place, by 20 MB for one
    while True:
        try:
            more = sock.recv(65536)
        except ConnectionResetError:
            return bytes(data), "reset"
        if not more:
            return bytes(data), "end"
        data += more


def hello(name, **more):
    """The bytes of a ClientHello for @name, as OpenSSL writes it."""
    context = ssl.create_default_context()
    if not name:
        context.check_hostname = False
    if "alpn" in more:
        context.set_alpn_protocols(more["alpn"])
    if "minimum" in more:
        context.minimum_version = context.maximum_version = more["minimum"]
    out = ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), out, server_hostname=name).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


def with_extensions(message, change):
    """A ClientHello in one record, its extensions changed by a function."""
    at = 9 + 2 + 32
    at += 1 + message[at]
    at += 2 + struct.unpack(">H", message[at:at + 2])[0]
    at += 1 + message[at]
    extensions = change(message[at + 2:])
    inner = message[9:at] + struct.pack(">H", len(extensions)) + extensions
    handshake = b"\1" + struct.pack(">I", len(inner))[1:] + inner
    return message[:3] + struct.pack(">H", len(handshake)) + handshake


def with_extension(message, number, body):
    return with_extensions(message, lambda had: had + struct.pack(">HH", number, len(body)) + body)


def in_records(message, size):
    inner = message[5:]
    return b"".join(message[:3] + struct.pack(">H", len(inner[i:i + size])) + inner[i:i + size]
                    for i in range(0, len(inner), size))


def alerted(data):
    assert data[:1] == b"\x15" and len(data) == 7 and data[5] == 2, data[:80]
    return data[6]


def tls_try(host, port, *parts, pause=0.0):
    """Sends the parts and returns what came back."""
    with connect(host, port) as sock:
        for part in parts:
            sock.sendall(part)
            if pause:
                time.sleep(pause)
        sock.settimeout(5)
        first = sock.recv(65536)
        if first[:1] == b"\x16":
            return first
        rest, _ = everything(sock)
        return first + rest


def refused_with(alert, *arguments, **keywords):
    got = alerted(tls_try(*arguments, **keywords))
    assert got == ALERT[alert], got


def http(request, host="good.test", port=80, **keywords):
    with connect(host, port) as sock:
        sock.sendall(request)
        if keywords.get("half_close"):
            sock.shutdown(socket.SHUT_WR)
        return everything(sock)


def request(path="/ok", host="good.test", *fields, method="GET", body=b""):
    head = [f"{method} {path} HTTP/1.1", f"Host: {host}", *fields]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def hostile(path, *fields, method="GET", body=b"", close=True):
    if close:
        fields += ("Connection: close",)
    return http(request(path, "good.test:9000", *fields, method=method, body=body), port=9000)


def served():
    data, how = http(request("/a", "good.test", "Connection: close"))
    assert data.endswith(b"hello from good.test/a\n") and how == "end", data


def others_are_served_beside(held):
    start = time.monotonic()
    served()
    assert time.monotonic() - start < 2
    for sock in held:
        sock.close()


def reset_at_once(host, port):
    start = time.monotonic()
    try:
        with connect(host, port) as sock:
            data, how = everything(sock)
        assert (data, how) == (b"", "reset"), (data, how)
    except OSError as e:
        assert isinstance(e, ConnectionRefusedError), e
    assert time.monotonic() - start < 1


def run(cases, wanted):
    socket.setdefaulttimeout(10)
    for function in cases:
        name = function.__name__.replace("_", " ")
        if wanted and function.__name__ not in wanted:
            continue
        try:
            function()
            print(f"ok {name}", flush=True)
        except Exception as e:  # whatever it is, this attempt did not end as it must
            text = f"{type(e).__name__}: {e}".replace("\n", " ")
            print(f"not ok {name}: {text[:300]}", flush=True)
    print("end")

