#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# publish=: a server in the box is reached on the host's loopback, and that is all that is.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace
cp "$here/publish_server.py" .

published() {
	profile publish "[profile]" "extends = $1" "[workspace]" "access = write" "[ports]" \
		"publish = 3000" "publish = 3001" "publish = 3002" "publish = 3003" \
		"publish = 3004" "publish = 3005" "publish = 3006" "publish = 3007" \
		"publish = 3008" "publish = 8088:3000"
}

# start [PREFIX...]: the servers in a box, until stop.
start() {
	rm -f "$scratch/ready" "$scratch/stdin"
	mkfifo "$scratch/stdin"
	"$@" "$AGENTBOX" exec -p publish -- python3 -I -B publish_server.py \
		<"$scratch/stdin" >"$scratch/ready" 2>"$scratch/said" &
	task=$!
	exec 7>"$scratch/stdin"
	within test -s "$scratch/ready" && return
	note "$(<"$scratch/said")"
	return 1
}

stop() {
	exec 7>&-
	wait "$task"
}

get() {
	timeout 10 curl -sS --noproxy '*' "$@" 2>&1
}

client() {
	is "$2" "$(timeout 60 python3 -I -B "$here/publish_client.py" "$1" 2>&1 7>&-)" "${3:-True}"
}

# publisher: the process that connects both sides.
publisher() {
	local pid
	for pid in $(ps -e -o pid= -o args= | awk '/agentbox-egress .*--box-fd/ && !/awk/ { print $1 }'); do
		echo "$pid"
	done
}

# --- what it is for ---
published offline
ok "a box that publishes starts" start
is "its server is reached" "$(get http://127.0.0.1:3000/a)" "hello 127.0.0.1 /a"
is "by its name" "$(get http://localhost:3000/a)" "hello 127.0.0.1 /a"
is "at another port" "$(get http://127.0.0.1:8088/b)" "hello 127.0.0.1 /b"
if [ -e /proc/net/if_inet6 ]; then
	is "over IPv6" "$(get 'http://[::1]:3000/a')" "hello 127.0.0.1 /a"
	is "a server on ::1 alone" "$(get http://127.0.0.1:3002/a)" "hello ::1 /a"
else
	skip "over IPv6" "this kernel has none"
	skip "a server on ::1 alone" "this kernel has none"
fi
client half_close "a client that has ended its half is answered"
client half_close_of_server "and a server that has ended its own still hears"
client bulk "48 MiB each way arrive as they were sent"
client many "400 connections at once"
client deaf_server "a server that does not read holds up only those who send to it"
client deaf_client "a client that does not read holds up the server"
client reset "a connection that was cut is cut inside" cut
client absent "a port at which nothing listens resets" reset

# --- and no more ---
is "no other address of the host is listened at" "$(get http://93.184.216.34:3001 | tail -n 1 |
	cut -c 1-9)" "curl: (7)"
is "nor another loopback address" "$(get http://127.0.0.2:3000 | tail -n 1 | cut -c 1-9)" "curl: (7)"
is "a port that is not published is not reached" "$(get http://127.0.0.1:3009 | tail -n 1 |
	cut -c 1-9)" "curl: (7)"
# --- the log ---
stop
ok "the log has the port" event '.event == "net.publish" and .host_port == 8088 and .port == 3000'
ok "and each connection" event '.event == "net.visit" and .host_port == 8088 and .port == 3000 and
	.bytes_up > 50 and .bytes_down > 50'
ok "that nothing listened, too" event '.event == "net.visit" and .port == 3003 and
	.reason == "nothing in the box listens on this port"'
ok "after the first event" event '.event == "task.start" and .seq == 1'
run "$AGENTBOX" log
is "agentbox log believes it" "$status" 0
has "and shows it" "$out" "published port 3000 at port 8088 of the host"
is "nothing was said on stderr" "$(<"$scratch/said")" ""
is "no process is left" "$(settled strays)" ""
is "and no listener" "$(get http://127.0.0.1:3000 | tail -n 1 | cut -c 1-9)" "curl: (7)"

# --- ends ---
ok "the port is free again at once" start
profile other "[profile]" "extends = offline" "[egress]" "allow = good.test"
box other curl -sS --noproxy '*' http://127.0.0.1:3000/a
has "another box does not reach it" "$out$err" "curl: (7)"
profile guest "[profile]" "extends = offline" "[ports]" "host-port = 3000"
box guest curl -sS --noproxy '*' http://127.0.0.1:3000/a
is "but one whose profile says so" "$out" "hello 127.0.0.1 /a"
kill -KILL "$task"
wait "$task" 2>/dev/null
is "a launcher that is killed leaves no process" "$(settled strays)" ""
is "and no listener" "$(get http://127.0.0.1:3000 | tail -n 1 | cut -c 1-9)" "curl: (7)"
exec 7>&-
ok "few descriptors are enough" start bash -c 'ulimit -n 256; exec "$@"' bash
client crowd "who finds no room waits until there is some"
kill -KILL "$(publisher)"
within test -s "$scratch/said"
is "a publisher that is killed is missed" "$(<"$scratch/said")" \
	"agentbox: the process that publishes ended: no port of the box is reached"
is "its ports are closed" "$(get http://127.0.0.1:3000 | tail -n 1 | cut -c 1-9)" "curl: (7)"
stop
is "but the task goes on to its end" "$?" 0
ok "the log has it" event '.event == "net.publish" and (.reason // "" | startswith("the process"))'

# --- what cannot be ---
profile one "[profile]" "extends = offline" "[ports]" "publish = 3000"
ok "the port is free when the task is over: 30 tasks in a row" bash -c 'for ((i = 0; i < 30; i++)); do
	"$1" exec -p one -- true || exit; done' bash "$AGENTBOX"
python3 -I -c 'import socket, time
s = socket.create_server(("127.0.0.1", 3000)); print("on", flush=True); time.sleep(60)' >"$scratch/on" &
taker=$!
within test -s "$scratch/on"
before=$(traces "$HOME")
box one true
is "a port that is in use: no box" "$status" 125
is "the line is named" "$err" \
	"agentbox: $HOME/.config/agentbox/one.ini:4: port 3000 of this machine's loopback is in use"
is "nothing is left of it" "$(traces "$HOME")" "$before"
kill "$taker"
wait "$taker" 2>/dev/null
profile low "[profile]" "extends = offline" "[ports]" "publish = 81:3000"
if [ "$(id -u)" = 0 ]; then
	skip "a port of root's" "root may"
else
	box low true
	is "a port of root's: no box" "$status" 125
	has "the line is named, too" "$err" "low.ini:4: listen on port 81 of this machine's loopback: Permission"
fi

# --- with egress, and from inside ---
published default
cat >inside.py <<-'END'
	import os, socket, sys
	def try_(address, port):
	    try:
	        socket.create_connection((address, port), timeout=5).close()
	        return "connected"
	    except OSError as error:
	        return type(error).__name__
	print("processes", sorted(p for p in os.listdir("/proc") if p.isdigit()) == sorted({"1", str(os.getpid())}))
	print("host side", try_("127.0.0.1", 8088), try_("::1", 8088))
	print("server of the host", try_("127.0.0.1", 5433))
	print("nothing listens", open("/proc/net/tcp").read().count(" 0A "))
	sockets = [f for f in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{f}") and
	           os.readlink(f"/proc/self/fd/{f}").startswith("socket:")]
	print("sockets", sockets)
END
python3 -I -c 'import socket, time
s = socket.create_server(("127.0.0.1", 5433)); print("on", flush=True); time.sleep(60)' >"$scratch/on2" &
taker=$!
within test -s "$scratch/on2"
profile publish-offline "[profile]" "extends = offline" "[ports]" "publish = 8088:3000"
box publish-offline python3 -I -B inside.py
is "the box sees nothing of it" "$out" "processes True
host side ConnectionRefusedError ConnectionRefusedError
server of the host ConnectionRefusedError
nothing listens 0
sockets []"
kill "$taker"
wait "$taker" 2>/dev/null
ok "a box with egress publishes, too" start
is "its server is reached" "$(get http://127.0.0.1:8088/c)" "hello 127.0.0.1 /c"
stop
is "it ends well" "$?" 0
finish
