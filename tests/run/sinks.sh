#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Where the log goes besides its file: journald, syslog and OTLP as receivers of others read it; and
# receivers that never read, close, refuse, stall or are not there, which nobody waits for.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=collector.test \
	-addext subjectAltName=DNS:localhost,DNS:collector.test -keyout "$scratch/key.pem" \
	-out "$scratch/cert.pem" 2>/dev/null
python3 "$here/sinks_receiver.py" "$scratch" "$scratch/cert.pem" "$scratch/key.pem" 2>"$scratch/receiver" &
receiver=$!

# there FILE...: whether all of them are.
there() {
	local file

	for file; do [ -e "$file" ] || { echo "$file" && return; }; done
}
settled there "$scratch/ready" || note "$(<"$scratch/receiver")"

# sinks SINK...: a profile of that name, offline, with these.
sinks() {
	profile sinks '[profile]' 'extends = offline' '[audit]' "$(printf 'sink = %s\n' "$@")"
}

# lines_of SYSLOG: the lines of the log in messages of syslog that are kept as they came.
lines_of() {
	grep -aoP '{"v":1,.*?"hash":"[0-9a-f]*"}' "$scratch/$1"
}

# originals NAME: the same of OTLP.
originals() {
	jq -r '.resourceLogs[].scopeLogs[].logRecords[].attributes[] |
		select(.key == "log.record.original").value.stringValue' <"$scratch/$1"
}

# --- all of them at once ---
export SSL_CERT_FILE=$scratch/cert.pem
sinks "journald:$scratch/journal.sock" "syslog:unix:$scratch/stream.sock" otlp:http://127.0.0.1:4318 \
	otlp:https://localhost:4319/v1/logs syslog:tls:localhost:6514
box sinks sh -c 'exit 3'
is "the status is the command's" "$status" 3
is "nothing is said when all is sent" "$err" ""
log=$(events)
# What was taken from a socket is in its file a moment later.
all_there() { [ "$(lines_of stream)$(lines_of syslogs)" = "$log$log" ] || echo waits; }
settled all_there >/dev/null
is "syslog over a socket: the log, line by line" "$(lines_of stream)" "$log"
is "syslog over TLS, too" "$(lines_of syslogs)" "$log"
is "OTLP, too" "$(originals otlp)" "$log"
is "and over TLS" "$(originals otlps)" "$log"
is "syslog: each message with its length before it (RFC 6587)" "$(python3 - "$scratch/stream" <<-'PY'
	import re, sys
	text, n = open(sys.argv[1], "rb").read(), 0
	while text:
	    length, _, text = text.partition(b" ")
	    assert re.match(rb"<110>1 \S+Z \S+ agentbox \S+ [a-z.]+ \[origin ", text), text
	    text, n = text[int(length):], n + 1
	print(n)
PY
)" "$(wc -l <<<"$log")"
is "OTLP: numbers are strings, as protocol buffers have it" "$(jq -c '.resourceLogs[0].scopeLogs[0].logRecords[] |
	select(.eventName == "task.end") | [.severityNumber, .timeUnixNano[-6:],
	(.attributes[] | select(.key == "agentbox.exit").value)]' <"$scratch/otlp")" '[9,"000000",{"intValue":"3"}]'

remote=/lib/systemd/systemd-journal-remote
if [ -x $remote ] && command -v journalctl >/dev/null; then
	ok "journald: systemd-journal-remote takes it" $remote -o "$scratch/j.journal" "$scratch/journal"
	journalctl --file "$scratch/j.journal" -o json --all >"$scratch/j.json"
	is "with the lines of the log" "$(jq -r .AGENTBOX_LINE <"$scratch/j.json")" "$log"
	is "and fields to select by" "$(jq -r 'select(.AGENTBOX_EVENT == "task.end") |
		"\(.PRIORITY) \(.SYSLOG_IDENTIFIER) \(.AGENTBOX_EXIT) \(.MESSAGE)"' <"$scratch/j.json" |
		sed 's/ after [0-9]* ms//')" "6 agentbox 3 ended with status 3"
else
	skip "journald: systemd-journal-remote takes it" "it is not installed"
fi

# The daemon itself, in a user namespace with a /run of its own.
mkdir -p "$scratch/run/log/journal" "$scratch/run/systemd/journal"
printf '%032x\n' 7 >"$scratch/machine-id"
unshare --user --map-root-user --mount sh -c 'mount --bind "$1/run" /run &&
	mount --bind "$1/machine-id" /etc/machine-id && exec /lib/systemd/systemd-journald' sh "$scratch" 2>"$scratch/journald" &
journald=$!
if [ -z "$(settled there "$scratch/run/systemd/journal/socket")" ]; then
	sinks "journald:$scratch/run/systemd/journal/socket"
	box sinks true
	is "systemd-journald: nothing is missing" "$err" ""
	in_journal() { journalctl -D "$scratch/run/log/journal" -o json --all SYSLOG_IDENTIFIER=agentbox 2>/dev/null; }
	written() { [ "$(in_journal | wc -l)" -ge 3 ]; }
	within written
	is "systemd-journald: it has the lines of the log" "$(in_journal | jq -r .AGENTBOX_LINE)" "$(events)"
	is "systemd-journald: as its own protocol brings them" "$(in_journal | jq -r ._TRANSPORT | sort -u)" journal
else
	skip "systemd-journald takes it" "it does not start here"
fi
kill $journald 2>/dev/null

if command -v rsyslogd >/dev/null; then
	cat >"$scratch/rsyslog.conf" <<-CONF
		module(load="imtcp")
		module(load="imuxsock" SysSock.Use="off")
		global(workDirectory="$scratch" maxMessageSize="64k")
		template(name="t" type="string" string="%hostname% %app-name% %procid% %msgid%%msg%\\n")
		input(type="imtcp" address="127.0.0.1" port="5514")
		input(type="imuxsock" Socket="$scratch/r.sock" UseSpecialParser="off" ParseHostname="on")
		action(type="omfile" file="$scratch/rsyslog" template="t")
	CONF
	rsyslogd -n -f "$scratch/rsyslog.conf" -i "$scratch/rsyslog.pid" 2>"$scratch/rsyslog.err" &
	settled there "$scratch/rsyslog.pid" "$scratch/r.sock" || note "$(<"$scratch/rsyslog.err")"
	sinks syslog:tcp:127.0.0.1:5514 "syslog:unix:$scratch/r.sock"
	box sinks true
	is "rsyslog: nothing is missing" "$err" ""
	not_yet() { [ "$(wc -l <"$scratch/rsyslog")" -ge 6 ] || echo waits; }
	settled not_yet >/dev/null
	is "rsyslog, TCP and datagrams: each line twice" "$(lines_of rsyslog | sort)" "$({ events; events; } | sort)"
	is "with host, task and kind in the header" "$(sed 's/ *{.*//' "$scratch/rsyslog" | sort -u | head -n 1)" \
		"$(uname -n) agentbox $(basename "$(latest_task)") log.seal"
	kill "$(<"$scratch/rsyslog.pid")"
else
	skip "rsyslog takes it" "it is not installed"
fi

# --- headers that prove who sends ---
headers=$HOME/otlp-headers
printf 'X-Tenant: a\r\nauthorization: Bearer hunter2\n' >"$headers"
chmod 600 "$headers"
sinks "otlp:https://localhost:4320 header-file=$headers"
mkfifo go
"$AGENTBOX" exec -p sinks -- sh -c 'echo >ready; read -r _ <go' 2>"$scratch/err" &
settled there ready
ok "header-file=: the value is in no list of processes" not grep -ra hunter2 /proc/[0-9]*/cmdline /proc/[0-9]*/environ
timeout 20 sh -c 'echo >go'
wait $!
is "all is sent" "$(<"$scratch/err") $(originals otlpauth)" " $(events)"
ok "and in no record" not grep -r hunter2 "$HOME/.local/state"
printf 'Authorization: Bearer other\n' >"$headers"
box sinks true
has "another value: refused" "$err" "did not reach otlp:https://localhost:4320/v1/logs header-file=$headers: it answered 401"
# bad LINES COMPLAINT: what such a file is complained of as.
bad_headers() {
	printf '%b' "$1" >"$headers"
	box sinks true
	is "header-file= with \"$1\": status" "$status" 125
	has "and what is wrong" "$err" "header-file=$headers: $2"
}
bad_headers 'x' "it has not the form NAME: VALUE, a line for each"
bad_headers 'A: b\x01' "it has not the form NAME: VALUE, a line for each"
bad_headers 'a b: c' "it has not the form NAME: VALUE, a line for each"
bad_headers 'host: x' "it sets a header that the request has already"
bad_headers '\n' "it has no header"
chmod 644 "$headers"
bad_headers 'A: b' "others can read it (chmod go= takes that away)"
chmod 600 "$headers"
mv "$headers" "$HOME/work/headers"
sinks "otlp:https://localhost:4320 header-file=$HOME/work/headers"
box sinks true
is "header-file= in the box: refused" "$status ${err##*, }" "125 which the box can read: keep it elsewhere"
is "OTLP: each request is what the mapping of its protocol buffers to JSON allows" \
	"$(cat "$scratch/wrong" 2>/dev/null)" ""
head -n 1 "$scratch/otlp" >"$scratch/otlp.json"
ok "which would be said if not" python3 "$here/documents.py" otlp "$scratch/otlp.json"

# --- who does not prove to be the receiver gets nothing ---
: >"$scratch/otlps"
sinks otlp:https://127.0.0.1:4319
box sinks true
has "TLS: another name" "$err" "its certificate: IP address mismatch"
SSL_CERT_FILE=$scratch/none
: >"$scratch/none"
sinks otlp:https://localhost:4319
box sinks true
has "TLS: an authority that is not trusted" "$err" "its certificate: self-signed"
is "and nothing was sent" "$(<"$scratch/otlps")" ""
unset SSL_CERT_FILE

# --- receivers that want to hold the task up ---
sinks syslog:tcp:127.0.0.1:5001 syslog:tcp:127.0.0.1:5002 otlp:http://127.0.0.1:5001 otlp:http://127.0.0.1:5003 \
	otlp:http://127.0.0.1:5004 otlp:http://127.0.0.1:5005 otlp:http://127.0.0.1:5006 \
	"syslog:unix:$scratch/nobody.sock"
before=${EPOCHREALTIME/./} # in microseconds
# shellcheck disable=SC2016 # the shell in the box
box sinks bash -c 'echo $((${EPOCHREALTIME/./} - '"$before"'))'
took=$(((${EPOCHREALTIME/./} - before) / 1000))
is "bad receivers: the status is the command's" "$status" 0
ok "the command does not wait for them ($out us)" [ "$out" -lt 2000000 ]
ok "and its end not for long ($took ms)" [ "$took" -lt 6000 ]
task=$(basename "$(latest_task)")
for said in "5001/v1/logs: it takes nothing" "5003/v1/logs: it answered 500" "5004/v1/logs: it answered 503" \
	"5005/v1/logs in time" "5006/v1/logs: its answer is not HTTP" "nobody.sock: connect: No such file"; do
	has "it is said of ${said%%:*}" "$err" "$said"
done
has "and what to do" "$err" "agentbox log send $task"
run "$AGENTBOX" log verify
is "the log is whole" "$status" 0

sinks otlp:http://127.0.0.1:5007
box sinks true
has "some were refused: said, and safe for a terminal" "$err" \
	"of 3 events did not reach otlp:http://127.0.0.1:5007/v1/logs: it refused some: no \\x1b[31m"

# --- later ---
run "$AGENTBOX" log send --sink="syslog:unix:$scratch/nobody.sock" "$task"
is "not there yet: status" "$status" 1
python3 - "$scratch" <<-'PY' &
	import socket, sys
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.bind(sys.argv[1] + "/nobody.sock")
	open(sys.argv[1] + "/nobody", "w").write("".join(s.recv(65536).decode() + "\n" for i in range(3)))
PY
settled there "$scratch/nobody.sock"
run "$AGENTBOX" log send --sink="syslog:unix:$scratch/nobody.sock" "$task"
is "what is missing can be sent later: status" "$status$err" 0
settled there "$scratch/nobody"
is "all of it" "$(lines_of nobody)" "$(cat "$HOME/.local/state/agentbox/tasks/$task/events.jsonl")"

# --- a task that is killed ---
: >"$scratch/otlp"
sinks otlp:http://127.0.0.1:4318 syslog:tcp:127.0.0.1:5001
"$AGENTBOX" exec -p sinks -- sleep 100 2>/dev/null &
killed=$!
not_yet() { grep -q task.start "$scratch/otlp" || echo waits; }
settled not_yet >/dev/null
senders=$(pgrep -P $killed agentbox-sink)
walls=$(grep -h -E '^(NoNewPrivs|Seccomp):' /proc/"${senders%%$'\n'*}"/status | tr -d '\n\t ')
is_sanitized || is "the process that sends is confined" "$walls" NoNewPrivs:1Seccomp:2
kill -9 $killed
wait $killed 2>/dev/null
sleep 3
is "killed: no process is left" "$(settled pgrep agentbox-sink)" ""
is "and what was recorded is sent" "$(originals otlp)" "$(events)"

# --- what a profile may not say ---
for bad in "syslog:unix:$HOME/work/log" syslog:tcp:192.0.2.1:514 otlp:http://collector.test:4318 syslog:unix:log journald:x \
	syslog:udp:127.0.0.1:514 otlp:https:// 'syslog:tcp:localhost' otlp:http://localhost:4318/../x \
	"otlp:http://localhost:4318 header-file=/x" 'otlp:https://x.test header-file=x' 'otlp:https://x.test headers=a'; do
	sinks "$bad"
	box sinks true
	is "refused: $bad" "$status" 125
done

kill $receiver
finish
