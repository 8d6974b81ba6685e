#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Ports between the box and the host's loopback: host-port=.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace

# Servers of the host: one that speaks first, one of HTTP; and one that nobody opened.
cat >"$scratch/servers.py" <<-'END'
	import http.server, socket, socketserver, sys, threading
	class Banner(socketserver.StreamRequestHandler):
	    def handle(self):
	        self.wfile.write(b"server at " + str(self.server.server_address[1]).encode() + b"\n")
	        self.wfile.write(b"heard " + self.rfile.readline())
	class Hello(http.server.BaseHTTPRequestHandler):
	    def do_GET(self):
	        body = ("hello from " + self.headers["Host"] + self.path + "\n").encode()
	        self.send_response(200)
	        self.send_header("Content-Length", str(len(body)))
	        self.end_headers()
	        self.wfile.write(body)
	    def log_message(self, *_):
	        pass
	class Server(socketserver.ThreadingTCPServer):
	    allow_reuse_address = daemon_threads = True
	class Server6(Server):
	    address_family = socket.AF_INET6
	servers = [Server(("127.0.0.1", 5432), Banner), Server(("127.0.0.1", 5433), Banner),
	           Server(("127.0.0.2", 5432), Banner), Server(("127.0.0.1", 3001), Hello)]
	try:
	    servers.append(Server6(("::1", 5434), Banner))
	except OSError:
	    pass
	for server in servers:
	    threading.Thread(target=server.serve_forever).start()
	print("ready", flush=True)
END
python3 -I -B "$scratch/servers.py" >"$scratch/ready" &
servers=$!
within test -s "$scratch/ready"
profile ports "[profile]" "extends = default" "[ports]" "host-port = 5432" "host-port = 5434" \
	"host-port = 3001"

# talk ADDRESS PORT: what the server says, and what it heard.
talk() {
	sh_box ports "timeout 5 bash -c 'exec 3<>/dev/tcp/$1/$2 && echo ping >&3 && cat <&3'"
}

talk 127.0.0.1 5432
is "a port of the host's loopback is reached" "$out" $'server at 5432\nheard ping'
ok "the log has it, with its line" event '.event == "net.connect" and .address == "127.0.0.1" and
	.port == 5432 and .verdict == "allow" and (.rule | endswith("ports.ini:4"))'
talk localhost 5432
is "as localhost, too" "$out" $'server at 5432\nheard ping'
if [ -e /proc/net/if_inet6 ]; then
	talk ::1 5434
	is "over IPv6" "$out" $'server at 5434\nheard ping'
else
	skip "over IPv6" "this kernel has none"
fi
box ports curl -sS http://localhost:3001/a
is "HTTP to localhost" "$out" "hello from localhost:3001/a"
box ports curl -sS http://127.0.0.1:3001/a
is "HTTP to its address" "$out" "hello from 127.0.0.1:3001/a"
box ports curl -sS -H 'Host: other.test' http://127.0.0.1:3001/a
has "HTTP to another host is refused" "$out" "names another host"
is "the host can reach what the box must not" \
	"$(timeout 5 bash -c 'exec 3<>/dev/tcp/127.0.0.1/5433 && echo ping >&3 && cat <&3')" \
	$'server at 5433\nheard ping'
talk 127.0.0.1 5433
is "another port is not reached" "$out" ""
is "another loopback address answers the host" \
	"$(timeout 5 bash -c 'exec 3<>/dev/tcp/127.0.0.2/5432 && echo ping >&3 && cat <&3')" \
	$'server at 5432\nheard ping'
talk 127.0.0.2 5432
is "but not the box" "$out" ""
kill "$servers"
wait "$servers" 2>/dev/null
talk 127.0.0.1 5432
is "a server that is not there is none" "$out" ""
ok "the log says so" event '.event == "net.failed" and .port == 5432 and .reason == "the host refused the connection"'
finish
