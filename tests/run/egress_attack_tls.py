# SPDX-License-Identifier: Apache-2.0
"""Attempts on ports of TLS that is relayed: names, and hellos in every shape."""

import socket
import ssl
import struct

from egress_client import (ALERT, alerted, case, connect, everything, hello, http, in_records,
                           refused_with, request, tls_try, with_extension, with_extensions)

SNI = b"\0\0\0\x0e\0\x0c\0\0\x09good.test"


@case
def tls_of_an_allowed_name_goes_through():
    assert tls_try("good.test", 443, hello("good.test"))[:1] == b"\x16"


@case
def tls_name_in_capitals_is_the_same_name():
    message = hello("good.test").replace(b"good.test", b"GOOD.teST")
    assert tls_try("good.test", 443, message)[:1] == b"\x16"


@case
def tls_wrong_name():
    refused_with("access_denied", "good.test", 443, hello("other.test"))


@case
def tls_name_of_an_allowed_sibling():
    refused_with("access_denied", "good.test", 443, hello("www.good.test"))


@case
def tls_no_name():
    refused_with("access_denied", "good.test", 443, hello(None))


@case
def tls_names_that_are_none():
    """A longer name that a C string, a suffix or a reader of addresses would take for the right one."""
    for name in (b"good.test\0", b"good.test\0.evil.test", b"\0good.test", b" good.test", b"good.test ",
                 b"good.test:443", b"xgood.test", b"good.test.evil.test", b"93.184.216.34",
                 b"[::ffff:5db8:d822]", b"*.test", b"good.test,other.test", b"good_test", b"."):
        stand_in = b"x" * len(name)
        message = hello(stand_in.decode()).replace(stand_in, name)
        assert message.count(name) >= 1
        data = tls_try("good.test", 9001, message)  # which echoes what it gets
        assert alerted(data) in (ALERT["access_denied"], ALERT["unrecognized_name"]), (name, data)


@case
def tls_name_to_an_address():
    refused_with("access_denied", "10.99.0.1", 8080, hello("good.test"))


@case
def tls_name_with_a_dot_at_its_end_is_the_same_or_none():
    message = hello("x" * 10).replace(b"x" * 10, b"good.test.")
    assert tls_try("good.test", 443, message)[:1] in (b"\x16", b"\x15")
    message = hello("x" * 11).replace(b"x" * 11, b"other.test.")
    assert alerted(tls_try("good.test", 443, message)) in ALERT.values()


@case
def tls_wrong_name_on_another_port():
    refused_with("access_denied", "good.test", 8443, hello("other.test"))


@case
def tls_right_name_on_another_port():
    assert tls_try("good.test", 8443, hello("good.test"))[:1] == b"\x16"


@case
def tls_on_port_80_is_judged_as_tls():
    refused_with("access_denied", "good.test", 80, hello("other.test"))


@case
def tls_denied_host():
    refused_with("access_denied", "other.test", 443, hello("other.test"))


@case
def tls_denied_host_with_the_name_of_an_allowed_one():
    refused_with("access_denied", "bad.test", 443, hello("good.test"))


@case
def tls_encrypted_client_hello():
    message = with_extension(hello("good.test"), 0xFE0D, b"\0" * 64)
    assert alerted(tls_try("good.test", 443, message)) in ALERT.values()


@case
def tls_one_byte_at_a_time():
    message = hello("good.test")
    assert tls_try("good.test", 443, *(message[i:i + 1] for i in range(len(message))),
                   pause=0.001)[:1] == b"\x16"


@case
def tls_one_byte_a_record_is_no_way_around():
    data = tls_try("good.test", 443, in_records(hello("other.test"), 1))
    assert data[:1] == b"\x15", data[:20]


@case
def tls_in_several_records():
    data = tls_try("good.test", 443, in_records(hello("good.test"), 100))
    assert data[:1] == b"\x16", data[:20]


@case
def tls_in_several_records_and_segments():
    message = in_records(hello("good.test"), 150)
    data = tls_try("good.test", 443, message[:7], message[7:161], message[161:], pause=0.02)
    assert data[:1] == b"\x16", data[:20]


@case
def tls_large_hello():
    message = with_extension(hello("good.test"), 0xFE00, b"\0" * 12000)
    assert tls_try("good.test", 443, message)[:1] == b"\x16"


@case
def tls_hello_that_is_too_large():
    message = with_extension(hello("good.test"), 0xFE00, b"\0" * 40000)
    data = tls_try("good.test", 443, in_records(message, 16000))
    assert data[:1] == b"\x15", data[:20]


@case
def tls_two_names():
    names = b"\0\0\x09good.test\0\0\x0aother.test"
    two = struct.pack(">HHH", 0, len(names) + 2, len(names)) + names
    message = hello("good.test")
    assert SNI in message
    data = tls_try("good.test", 443, with_extensions(message, lambda had: had.replace(SNI, two)))
    assert data[:1] == b"\x15", data[:20]


@case
def tls_lists_of_names_that_do_not_add_up():
    """None, one of another kind, one and a rest, lengths that lie: readers disagree about each."""
    for body in (b"", b"\0\0", b"\0\x03\0\0\0", b"\0\x0c\1\0\x09good.test", b"\0\x0d\0\0\x09good.test\0",
                 b"\0\x0d\0\0\x09good.test", b"\0\x0b\0\0\x09good.test", b"\0\x0c\0\0\x0agood.test",
                 b"\0\x0c\0\0\x04good.test", b"\0\x18\0\0\x09good.test\1\0\x09good.test",
                 b"\0\x18\1\0\x09good.test\0\0\x09good.test", b"\0\x0e\0\0\x09good.test\0\0"):
        extension = struct.pack(">HH", 0, len(body)) + body
        message = with_extensions(hello("good.test"), lambda had: had.replace(SNI, extension))
        assert SNI not in message
        assert alerted(tls_try("good.test", 9001, message)) in (ALERT["decode_error"], ALERT["unrecognized_name"]), body


@case
def tls_name_in_two_extensions():
    for other in (SNI[4:], SNI[4:].replace(b"good.test", b"evil.test")):
        refused_with("illegal_parameter", "good.test", 9001, with_extension(hello("good.test"), 0, other))


@case
def tls_hello_with_something_else_between_its_records():
    parts = in_records(hello("good.test"), 100)
    for other in (b"\x14\3\3\0\1\1", b"\x15\3\3\0\2\1\0", b"\x17\3\3\0\1x", b"\x16\3\1\0\0", b"\x18\3\1\0\1x",
                  b"GET / HTTP/1.1\r\n", b"\x16\2\0\0\1x", b"\x80\x2e\1\0\2"):
        refused_with("unexpected_message", "good.test", 9001, parts[:105] + other + parts[105:])


@case
def tls_two_hellos_in_one_record():
    one, two = hello("good.test"), hello("other.test")
    both = one[:3] + struct.pack(">H", len(one) + len(two) - 10) + one[5:] + two[5:]
    refused_with("unexpected_message", "good.test", 9001, both)


@case
def tls_hello_that_announces_more_than_anybody_needs():
    for announced in (b"\xff\xff\xff", b"\1\0\0", b"\0\xff\xff"):
        message = hello("good.test")
        refused_with("illegal_parameter", "good.test", 9001, message[:6] + announced + message[9:50])
    refused_with("record_overflow", "good.test", 9001, b"\x16\3\1\x40\1" + hello("good.test")[5:])


@case
def tls_hello_whose_parts_do_not_add_up():
    message = hello("good.test")
    session = 9 + 2 + 32
    ciphers = session + 1 + message[session]
    compressions = ciphers + 2 + struct.unpack(">H", message[ciphers:ciphers + 2])[0]
    extensions = compressions + 1 + message[compressions]
    for at, value in ((session, 33), (session, 255), (ciphers, 255), (ciphers + 1, 1), (compressions, 0),
                      (compressions, 255), (extensions, 255), (extensions + 1, message[extensions + 1] ^ 1),
                      (extensions + 4, 255)):
        refused_with("decode_error", "good.test", 9001, message[:at] + bytes([value]) + message[at + 1:])


@case
def tls_cut_off():
    with connect("good.test", 443) as sock:
        sock.sendall(hello("good.test")[:100])
        sock.shutdown(socket.SHUT_WR)
        data, _ = everything(sock)
    assert alerted(data) == ALERT["decode_error"]


@case
def tls_old_version():
    message = bytearray(hello("good.test", minimum=ssl.TLSVersion.TLSv1_2))
    data = tls_try("good.test", 443, bytes(message))
    assert data[:1] in (b"\x16", b"\x15")


@case
def port_443_speaks_only_tls():
    data, _ = http(request(), port=443)
    assert data.startswith(b"HTTP/1.1 403 ") and b"only TLS" in data, data


@case
def garbage_on_port_443():
    for garbage in (b"\0" * 100, b"SSH-2.0-x\r\n", b"\x80\x2e\x01\0\x02" + b"\0" * 60, b"\xff"):
        with connect("good.test", 443) as sock:
            sock.sendall(garbage)
            data, how = everything(sock)
        assert (data, how) == (b"", "reset") or data[:1] == b"\x15", (garbage, data, how)


@case
def silence_is_no_harm():
    with connect("good.test", 443):
        pass
    with connect("bad.test", 443):
        pass
