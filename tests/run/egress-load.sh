#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# agentbox-egress under load, at rest, and at its end: memory, idle time, bursts, death, what a
# confined process may still do, and running by itself.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace

printf '[egress]\nallow = good.test\nallow = good.test:9001\n' >"$HOME/policy"
python3 -I -B "$here/egress_origin.py" "$scratch/hostile" 2>/dev/null &
within test -e "$scratch/hostile"

inside() {
	LIMIT=120 egress_alone python3 -I -B -c \
		"import os, socket, sys, time, threading
pid = int(open('$scratch/pid').read())
def connect(port=9001, host='good.test'):
    return socket.create_connection((host, port), timeout=10)
def status(field, which=None):
    for line in open(f'/proc/{which or pid}/status'):
        if line.startswith(field + ':'):
            return line.split()[1:]
$1"
}

seen() {
	told "any(.[]; $1)"
}

inside '
before = int(status("VmRSS")[0])
held = []
for i in range(1000):
    sock = connect()
    sock.sendall(b"\0x")
    held.append(sock)
for sock in held:
    assert sock.recv(10) == b"\0x"
after = int(status("VmRSS")[0])
def used():
    times = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[11:13]
    return times, status("voluntary_ctxt_switches")
def idle():
    then = used()
    time.sleep(1)
    return used() == then
print("memory", after < 8192, after - before, after)
print("idle", any(idle() for _ in range(5)))  # a busy machine lets it finish late
for sock in held:
    sock.sendall(b"\0y")
    assert sock.recv(10) == b"\0y"
print("alive")
for sock in held: sock.close()
for i in range(2000):
    with connect() as sock:
        sock.sendall(b"\0x")
        sock.recv(10)
print("growth", int(status("VmRSS")[0]) < after + 256)'
if is_sanitized; then
	skip "1,000 idle connections cost less than 8 MiB in all" "the sanitizers need memory"
else
	has "1,000 idle connections cost less than 8 MiB in all" "$out" "memory True"
	has "and 2,000 more, one after the other, no more" "$out" "growth True"
fi
note "$out"
has "and no processor time" "$out" "idle True"
has "and all of them still work" "$out" "alive"
is "and all of them are in the log" "$(grep -c net.close "$scratch/events")" 3000

inside '
times = []
def one():
    start = time.monotonic()
    with connect() as sock:
        sock.sendall(b"\0x")
        sock.recv(10)
    times.append(time.monotonic() - start)
one()
threads = [threading.Thread(target=one) for _ in range(64)]
for t in threads: t.start()
for t in threads: t.join()
print("burst", len(times) == 65 and max(times) < 1, max(times))
stalls = []
with connect() as sock:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for i in range(200):
        start = time.monotonic()
        sock.sendall(b"\0")
        sock.sendall(b"\1")
        got = b""
        while len(got) < 2: got += sock.recv(10)
        stalls.append(time.monotonic() - start)
print("stalls", sum(t > 0.035 for t in stalls))'
has "64 connections at once are all served" "$out" "burst True"
has "small messages are not held back" "$out" "stalls 0"

inside '
body = os.urandom(1 << 20)
def echo(i):
    with connect() as sock:
        got = bytearray()
        def read():
            while True:
                data = sock.recv(65536)
                if not data: break
                got.extend(data)
        t = threading.Thread(target=read)
        t.start()
        for _ in range(8): sock.sendall(b"\0" + body)
        sock.shutdown(socket.SHUT_WR)
        t.join()
        assert bytes(got) == (b"\0" + body) * 8
        good.append(i)
good = []
threads = [threading.Thread(target=echo, args=(i,)) for i in range(16)]
for t in threads: t.start()
for t in threads: t.join()
print(len(good))'
is "bytes come through as they were, both ways at once" "$out" 16

inside '
try:
    for i in range(300):
        sock = connect(443)
        sock.sendall(b"\x16\3\1\2\0" + bytes(i))
        (sock.close if i % 3 else sock.detach)()
except OSError as e: print(e)
fds = len(os.listdir(f"/proc/{pid}/fd")) if os.access(f"/proc/{pid}/fd", os.R_OK) else 0
print("done", fds)'
has "half a ClientHello, 300 times" "$out" "done"

inside '
with connect() as sock:
    sock.sendall(b"\0x"); sock.recv(10)
children = open(f"/proc/{pid}/task/{pid}/children").read().split()
for which in (pid, *children):
    print("CapEff", status("CapEff", which)[0], status("CapBnd", which)[0],
          "NoNewPrivs", status("NoNewPrivs", which)[0], "Seccomp", status("Seccomp", which)[0])'
is "no capability, no_new_privs, a filter; nor has the resolver" "$(sort -u <<<"$out")" \
	"CapEff 0000000000000000 $( [ "$(id -u)" = 0 ] && echo 0000000000000000 || awk '/^CapBnd/ { print $2 }' /proc/self/status) NoNewPrivs 1 Seccomp $(is_sanitized && echo 0 || echo 2)"
is "there is one resolver" "$(wc -l <<<"$out")" 2

# --- no room ---
many='
held = [connect(80) for _ in range(200)]
for sock in held: sock.sendall(b"GET / HTTP/1.1\r\nHost: good.test\r\n\r\n")
answers = []
for sock in held:
    sock.settimeout(10)
    answers.append(sock.recv(1000).split(b" ")[1].decode())
    if answers[-1] != "200": sock.close()
print("served", 0 < answers.count("200") < 94, "answers", sorted(set(answers)))
for sock in held: sock.close()
time.sleep(0.1)
with connect() as sock:
    sock.sendall(b"\0x")
    print("then", sock.recv(10) == b"\0x")'
(
	ulimit -n 700 # of which the box has as many
	inside "$many"
	printf '%s\n%s\n' "$out" "$(tail -n 1 "$scratch/events")"
	grep -c 'no room' "$scratch/events"
) >"$scratch/many"
is "without room for another connection it is told so, the log once" \
	"$(<"$scratch/many")" "served True answers ['200', '503']
then True
{\"event\":\"exit\",\"status\":0,\"signal\":0}
1"
(
	ulimit -n 24
	inside '
import struct
name = b"\4good\4test\0"
question = struct.pack(">6H", 7, 256, 1, 0, 0, 0) + name + b"\0\1\0\1"
held = [socket.create_connection(("198.18.0.2", 53), timeout=10) for i in range(14)]
def asked(sock):
    sock.settimeout(2)
    sock.sendall(struct.pack(">H", len(question)) + question)
    try: return len(sock.recv(100)) > len(question)
    except socket.timeout: return False
served = 0
while served < len(held) and asked(held[served]): served += 1
def ticks():
    times = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[11:13]
    return sum(map(int, times))
then = ticks()
time.sleep(1)
busy = ticks() - then
for sock in held[:served]: sock.close()
print("waits", 0 < served < 14, "idle", busy < 20, "then", asked(held[served]))'
	echo "$out"
) >"$scratch/few"
is "without a descriptor for a question over TCP it waits, without spinning" "$(<"$scratch/few")" \
	"waits True idle True then True"

# --- the end ---
inside '
held = connect()
held.sendall(b"\0x"); held.recv(10)
os.kill(pid, 9)
try:
    while held.recv(10): pass
    print("open connections end")
except OSError as e: print("open connections end")
time.sleep(0.1)
for host, port in (("good.test", 9001), ("1.2.3.4", 443)):
    try: connect(port, host); print("connected")
    except ConnectionRefusedError: print("refused")
    except socket.gaierror: print("refused")
try: socket.getaddrinfo("good.test", 80); print("resolved")
except socket.gaierror: print("no names")'
is "egress killed: the box has no network" "$out" \
	$'open connections end\nrefused\nrefused\nno names'
is "and its resolver is gone with it" "$(pgrep -c -f "$EGRESS")" 0

inside '
child = open(f"/proc/{pid}/task/{pid}/children").read().split()[0]
os.kill(int(child), 9)
time.sleep(0.1)
with connect(80) as sock:
    sock.sendall(b"GET / HTTP/1.1\r\nHost: good.test\r\n\r\n")
    print(sock.recv(1000).split(b"\r\n")[0].decode())'
is "resolver killed: an explanation, not a hang" "$out" "HTTP/1.1 502 agentbox: the resolver has ended"

inside '
sock = connect()
sock.sendall(b"\0x"); sock.recv(10)
connect(443, "bad.test")
socket.create_connection
try: connect(25, "bad.test")
except ConnectionRefusedError: pass
os._exit(0)'
ok "what was open when the task ended is told" seen '.event == "net.close" and .bytes_up == 2'
ok "and what was refused in its last moment" seen \
	'.event == "net.refused" and .host == "bad.test" and .port == 25'
ok "and what had said nothing" seen '.event == "net.connect" and .host == "bad.test"'
is "and then it ended" "$(tail -n 1 "$scratch/events")" '{"event":"exit","status":0,"signal":0}'

# --- mode=audit ---
printf '[egress]\nmode = audit\nallow = good.test\n' >"$HOME/policy"
LIMIT=60 egress_alone sh -c '
	curl -sS https://other.test/a http://other.test/b -H "Host: other.test"
	curl -sS http://good.test/c -H "Host: other.test"; curl -sS http://private.test/d'
has "audit: what policy would deny passes" "$out" $'hello from other.test/a\nhello from other.test/b'
has "audit: also another host" "$out" "hello from other.test/c"
has "audit: addresses inside stay closed" "$out" "agentbox denied private.test:80: its address"
ok "audit: the log says what would have been" seen \
	'.event == "net.connect" and .host == "other.test" and .verdict == "deny" and .hint == "allow = other.test"'

# --- by itself ---
printf '[egress]\nallow = good.test\n' >"$HOME/policy"
run python3 -I -B -c "
import os, socket, subprocess, sys, time
l = socket.create_server(('127.0.0.1', 7443))
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 7053))
r, w = os.pipe()
pid = os.fork()
if pid == 0:
    os.dup2(w, 1)
    a, b = os.dup(l.fileno()), os.dup(u.fileno())
    os.dup2(a, 3); os.dup2(b, 4)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='2', LISTEN_FDNAMES='tcp-443:dns-udp')
    os.execv('$EGRESS', ['$EGRESS', '$HOME/policy'])
os.close(w)
c = socket.create_connection(('127.0.0.1', 7443))
c.sendall(b'\x16\3\1\0\5\2\0\0\1\0')
print(c.recv(100))
c.close()
time.sleep(0.1)
os.kill(pid, 15)
print(os.waitpid(pid, 0)[1])
print(os.read(r, 100000).decode())"
has "by itself: it serves listeners from LISTEN_FDS" "$out" '"event":"net.connect","verdict":"deny"'
has "by itself: ends on SIGTERM" "$out" $'\n0\n'
for arguments in "" "/nonexistent" "--policy-fd 9" "--policy-fd x --events-fd 1 --listeners-fd 2" "a b"; do
	# shellcheck disable=SC2086 # words
	run "$EGRESS" $arguments
	ok "bad arguments: '$arguments'" test "$((status > 0 && status < 126))" = 1
	ok "bad arguments: '$arguments' are answered" test -n "$err"
done
finish
