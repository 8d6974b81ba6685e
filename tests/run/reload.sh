#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# agentbox policy reload: what a task that runs follows, what it does not, and who may say so.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace

# Each line of the workspace's file "todo" is done in the box once, and said in a file of its own.
cat >run.py <<'END'
import os, socket, subprocess, time
kept = None
done = 0
while True:
    lines = open("todo").read().splitlines() if os.path.exists("todo") else []
    for line in lines[done:]:
        done += 1
        if line == "keep":
            kept = socket.create_connection(("good.test", 80), timeout=5)
            out = "kept"
        elif line.startswith("kept "):
            kept.sendall(f"GET {line[5:]} HTTP/1.1\r\nHost: good.test\r\n\r\n".encode())
            out = kept.recv(65536).decode()
        elif line == "end":
            raise SystemExit(0)
        else:
            out = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True).stdout
        with open(f"done.{done}.part", "w") as f:
            f.write(out)
        os.rename(f"done.{done}.part", f"done.{done}")
    time.sleep(0.02)
END
n=0
# inside LINE: has it done in the box; what it printed is in $out.
inside() {
	n=$((n + 1))
	printf '%s\n' "$1" >>todo
	within test -e "done.$n"
	out=$(cat "done.$n" 2>&1)
}
start() {
	rm -f todo done.*
	n=0
	"$AGENTBOX" exec -q -e MARK=1 -p task -- python3 run.py >"$scratch/box" 2>&1 </dev/null &
	box=$!
	inside "echo started"
}
stop() {
	printf 'end\n' >>todo
	wait "$box"
}
reload() {
	run "$AGENTBOX" policy reload "${1-latest}"
}
rules() {
	profile task "[profile]" "extends = default" "[workspace]" "access = write" "[egress]" "$@"
}
fetch='curl -s -o /dev/null -w "%{http_code}"'

rules "allow = good.test" "allow = other.test:8080"
start
is "the box runs" "$out" "started"
id=$(basename "$(latest_task)")
first=$(events | jq -r 'select(.event == "task.start").policy')
inside "$fetch http://good.test/a; $fetch http://other.test/b"
is "at first one host" "$out" "200403"
inside keep
inside "kept /kept1"
has "a connection that is kept" "$out" "good.test/kept1"

reload "$id"
is "what has not changed is nothing to follow" "$status $out" "0 nothing in the profile has changed"
rules "deny = good.test" "allow = other.test" "allow = other.test:8080"
reload "$id"
is "another profile is followed" "$status" 0
has "and that is said" "$out" "new connections follow policy "
inside "$fetch http://good.test/c; $fetch http://other.test/d"
is "by new connections" "$out" "403200"
inside "kept /kept2"
has "those that were open go on as they began" "$out" "good.test/kept2"
second=$(events | jq -r 'select(.event == "policy.reload").policy')
ok "the log has the new policy" test "${#second}" = 64 -a "$second" != "$first"
ok "and when it was followed" event ".event == \"egress.ready\" and .policy == \"$second\""
ok "a verdict names the policy that made it" event \
	".host == \"good.test\" and .verdict == \"deny\" and .policy == \"$second\" and (.rule | endswith(\"task.ini:6\"))"
ok "also the earlier one" event \
	".host == \"other.test\" and .verdict == \"deny\" and .policy == \"$first\""
ok "and a request on the connection that was kept" event \
	".path == \"/kept2\" and .verdict == \"allow\" and .policy == \"$first\""

# --- what is not followed ---
while IFS='|' read -r name want lines; do
	IFS=';' read -ra parts <<<"$lines"
	rules "allow = good.test" "${parts[@]}"
	reload
	has "$name: refused" "$status $err" "1 agentbox: "
	has "$name: with the reason" "$err" "$want"
done <<-'END'
	a profile with a fault|unknown key "alow"|alow = x.test
	a rule with a fault|is no method|allow = a b
	a port without a listener|task.ini:7: good.test:99: nothing in the box listens for that port|allow = good.test:99
	TLS that cannot be opened|trusts no authority for that host|allow = GET https://www.good.test/x
	a path|read= of [filesystem] cannot change while the task runs|[filesystem];read = /opt
	a system call|allow= of [syscalls] cannot change|[syscalls];allow = @debug
	a limit|files= of [limits] cannot change|[limits];files = 64
	a variable|set= of [environment] cannot change|[environment];set = X=1
	a proxy|upstream-proxy= of [egress] cannot change|upstream-proxy = http://good.test:3128
END
chmod 666 "$HOME/.config/agentbox/task.ini"
reload
has "a profile that others can write is refused" "$err" "other users can write it"
rm "$HOME/.config/agentbox/task.ini"
reload
has "and one that is gone" "$err" "there is no profile \"task\""
inside "$fetch http://good.test/e; $fetch http://other.test/f"
is "and nothing changes by it" "$out" "403200"
is "nor does the log" "$(events | grep -c '"policy.reload"')" 1

# --- who ---
# shellcheck disable=SC2016 # for the shell in the box
inside 'python3 -c "import os, socket; print(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect_ex(chr(0) + \"agentbox/\" + os.environ[\"AGENTBOX_TASK\"]))"'
is "the box does not reach its supervisor (ECONNREFUSED)" "$out" 111
python3 -c "
import socket, struct
def say(data):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect('\0agentbox/$id')
    if data: s.send(data)
    s.settimeout(2)
    try: return s.recv(2000)
    except ConnectionResetError: return b''
silent = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
for data in (b'x', b'\0\0\0\0', struct.pack('I', 99), b'y' * 5000):
    print(len(say(data)))
silent.connect('\0agentbox/$id')
" >"$scratch/words" 2>&1
is "words that are none are not answered" "$(sort -u "$scratch/words")" 0
if [ "$(id -u)" = 0 ]; then
	setpriv --reuid=12345 --clear-groups python3 -c "
import socket, struct
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect('\0agentbox/$id')
try:
    s.send(struct.pack('I', 1))
    print(len(s.recv(2000)))
except OSError: print(0)" >"$scratch/stranger" 2>&1
	is "nor is another user" "$(<"$scratch/stranger")" 0
else
	skip "another user is not answered" "only root can be one"
fi
rules "allow = good.test" "allow = other.test:8080"
reload
is "it still listens to its own" "$status" 0
inside "$fetch http://good.test/g; $fetch http://other.test/h"
is "and follows back" "$out" "200403"
stop
reload "$id"
is "a task that has ended does not" "$status $err" "1 agentbox: task $id does not run"
python3 -c "
import socket, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.bind('\0agentbox/$id'); s.listen()
c, _ = s.accept(); c.recv(10); c.send(b'ok')" &
sleep 0.3
reload "$id"
has "nor does who takes its name speak for it" "$status" 1
is "the log is whole" "$("$AGENTBOX" log verify "$id" >/dev/null 2>&1; echo $?)" 0

# --- TLS ---
rules "allow = GET https://good.test/a*"
start
inside "$fetch https://good.test/a1; $fetch https://good.test/b1"
is "requests in TLS: at first some" "$out" "200403"
rules "allow = GET https://good.test/b*"
reload
is "then others" "$status" 0
inside "$fetch https://good.test/a1; $fetch https://good.test/b1"
is "are judged anew" "$out" "403200"
rules "allow = good.test"
reload
inside "echo | openssl s_client -connect good.test:443 -servername good.test 2>/dev/null | openssl x509 -noout -issuer"
has "a host that needs no reading any more is relayed" "$out" "agentbox test CA"
stop

profile task "[profile]" "extends = default" "[workspace]" "access = write"
start
reload
has "a task without egress cannot get one" "$status $err" "1 agentbox: the task was started without a way out"
stop
for arguments in "" "reload" "reload a b" "unload x"; do
	# shellcheck disable=SC2086 # words
	run "$AGENTBOX" policy $arguments
	is "bad arguments: '$arguments'" "$status" 2
done
run "$AGENTBOX" policy reload 1970
has "no such task" "$status $err" "1 agentbox: there is no task"
finish
