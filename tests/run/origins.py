# SPDX-License-Identifier: Apache-2.0
"""The servers of the test world: origins.py WORLD.

Ports 80 and 8080 speak HTTP, 443 and 8443 HTTPS with WORLD/origin.pem, 2222 says one line and ends,
5353/udp echoes, 53 is a name server (nameserver.py), which WORLD/nsswitch.conf does not name.
WORLD/requests records what arrived, a line each, so that a test can show that something did not.
WORLD/ready appears once everything listens.
"""

import http.server
import os
import socket
import socketserver
import ssl
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import nameserver  # noqa: E402
import registry  # noqa: E402
import registry_deb  # noqa: E402
import registry_more  # noqa: E402

WORLD = sys.argv[1]
REGISTRIES = {
    "registry.test": registry.Registry("https://registry.test"),
    "pypi.test": registry_more.PyPI("https://pypi.test"),
    "crates.test": registry_more.Cargo("https://crates.test"),
    "goproxy.test": registry_more.Go(),
    "deb.test": registry_deb.Debian(),
    "gems.test": registry_more.Files(f"{WORLD}/gems"),
}
REGISTRIES["any.npmjs.org"] = registry.Registry("https://any.npmjs.org", "https://nodejs.org/dist")
for public, hosts in {
        registry_more.PyPI("https://files.pythonhosted.org"): ["pypi.org", "files.pythonhosted.org"],
        registry_more.Go("https://storage.googleapis.com/proxy-golang-org-prod"):
            ["proxy.golang.org", "storage.googleapis.com"],
        registry_more.Cargo("https://crates.io", "https://static.crates.io"):
            ["index.crates.io", "static.crates.io", "crates.io"]}.items():
    REGISTRIES |= dict.fromkeys(hosts, public)
record_lock = threading.Lock()


def record(*words):
    with record_lock, open(f"{WORLD}/requests", "a", encoding="utf-8") as out:
        print(*words, file=out)


class Origin(http.server.BaseHTTPRequestHandler):
    """/ says who it is, /bytes/N sends N bytes, /status/N that status, /headers what was sent."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or every answer waits 40 ms for an acknowledgement
    wbufsize = 1 << 16

    def do_GET(self):
        host = self.headers.get("Host", "-")
        record(self.command, self.server.server_address[1], host, self.path)
        status, headers, body = self.answer(host.partition(":")[0])
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET

    def do_POST(self):
        n = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(n)
        record(self.command, self.server.server_address[1], self.headers.get("Host"), self.path, n)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_PUT = do_DELETE = do_POST

    def answer(self, host):
        word, _, number = self.path.strip("/").partition("/")
        if host in REGISTRIES:
            return REGISTRIES[host].answer(self.path, self.headers)
        if word == "bytes":
            return 200, {"Content-Type": "application/octet-stream"}, b"x" * int(number)
        if word == "status":
            return int(number), {}, b""
        if word == "headers":
            return 200, {"Content-Type": "text/plain"}, str(self.headers).encode()
        return 200, {"Content-Type": "text/plain"}, f"hello from {host}{self.path}\n".encode()

    def log_message(self, *_):
        pass


class Banner(socketserver.BaseRequestHandler):
    def handle(self):
        record("TCP", self.server.server_address[1])
        self.request.sendall(b"220 banner.test\n")


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        record("UDP", self.server.server_address[1])
        self.request[1].sendto(self.request[0], self.client_address)


class DualStack:
    """Serves IPv4 as mapped addresses, where the kernel has IPv6 at all."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, port, handler):
        self.address_family = socket.AF_INET6 if socket.has_ipv6 and os.path.exists(
            "/proc/net/if_inet6") else socket.AF_INET
        super().__init__(("::" if self.address_family == socket.AF_INET6 else "0.0.0.0", port),
                         handler)

    def server_bind(self):
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        socketserver.TCPServer.server_bind(self)

    def handle_error(self, *_):
        pass


class Tcp(DualStack, socketserver.ThreadingTCPServer):
    pass


class Udp(DualStack, socketserver.ThreadingUDPServer):
    pass


class Tls(Tcp):
    """The handshake happens in the connection's own thread: a silent client delays nobody."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    def get_request(self):
        raw, address = super().get_request()
        return self.context.wrap_socket(raw, server_side=True, do_handshake_on_connect=False), \
            address


def main():
    Tls.context.load_cert_chain(f"{WORLD}/origin.pem", f"{WORLD}/origin.key")
    servers = [Tcp(80, Origin), Tcp(8080, Origin), Tls(443, Origin), Tls(8443, Origin),
               Tcp(2222, Banner), Udp(5353, Echo)]
    over_udp, over_tcp = nameserver.handlers(record)
    servers += [Udp(53, over_udp), Tcp(53, over_tcp)]
    for server in servers:
        threading.Thread(target=server.serve_forever).start()
    open(f"{WORLD}/requests", "w", encoding="utf-8").close()
    open(f"{WORLD}/ready", "w", encoding="utf-8").close()


main()
