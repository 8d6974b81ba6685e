#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The log of a task: who can write it, what becomes of the task when it cannot be written, and
# whether a person finds in it what happened.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace
marker=$HOME/work/ran
state=$HOME/.local/state/agentbox

run "$AGENTBOX" log
is "no task yet: status" "$status" 1
has "no task yet: said" "$err" "no task was recorded yet"

# --- what is written ---
box offline sh -c 'exit 3'
events >"$scratch/first"
is "the first event tells level and policy" \
	"$(jq -r 'select(.seq == 1) | "\(.event) \(.level) \(.policy | length)"' <"$scratch/first")" \
	"task.start full 64"
is "the last but one how it ended" "$(tail -n 2 "$scratch/first" | jq -r '"\(.event) \(.exit)"')" $'task.end 3\nlog.seal null'
is "nobody else may read it" "$(stat -c %a "$(latest_task)" "$(latest_task)/events.jsonl")" $'700\n600'
run "$AGENTBOX" log
has "log shows the end" "$out" "ended with status 3"
run "$AGENTBOX" log --json
is "log --json shows the lines as they are" "$out" "$(<"$scratch/first")"
run "$AGENTBOX" log verify
is "and they verify" "$status" 0
head=$(tail -n 1 "$scratch/first" | jq -r .hash)
run "$AGENTBOX" log verify --head="$head"
is "with the last hash, too" "$status" 0
run "$AGENTBOX" log verify --head="${head:0:16}"
is "with its beginning" "$status" 0
run "$AGENTBOX" log verify --head="${head:1:16}"
is "not with another: status" "$status" 1
has "not with another: said" "$out" "not the given one"
key=$("$AGENTBOX" log key)
is "the key is for nobody else" "$(stat -c %a "$state/seal.key")" 600
run "$AGENTBOX" log verify --key="$key"
has "it was sealed with the key" "$out" "sealed with key $key"
run "$AGENTBOX" log verify --key="${key/[0-8]/9}"
is "not with another: status" "$status" 1
has "not with another: said" "$out" "another key"
# The same by other means: OpenSSL reads the seal as agentbox-events(5) describes it.
if command -v openssl >/dev/null; then
	hex() { printf '%b' "$(sed 's/../\\x&/g')"; }
	{ printf '302a300506032b6570032100%s' "$key" | hex; } >"$scratch/key.der"
	tail -n 1 "$scratch/first" | jq -r .signature | tr -d '\n' | hex >"$scratch/signature"
	{ printf 'agentbox.seal.v1\n'; tail -n 1 "$scratch/first" | jq -r .prev | tr -d '\n' | hex; } >"$scratch/message"
	ok "OpenSSL finds the seal good" openssl pkeyutl -verify -pubin -keyform DER \
		-inkey "$scratch/key.der" -rawin -in "$scratch/message" -sigfile "$scratch/signature"
fi
run "$AGENTBOX" exec -p offline --head-fd 7 -- true 7>"$scratch/head"
is "the last hash and the task are told" "$(<"$scratch/head")" \
	"$(events | tail -n 1 | jq -r '"\(.hash) \(.task)"')"
run "$AGENTBOX" exec -p offline --head-fd 9 -- true 9>&-
is "not to a descriptor that is not open" "$status" 2
run "$AGENTBOX" exec -p offline --head-fd 7 -- sh -c 'echo forged >&7; echo forged >/proc/self/fd/7' 7>"$scratch/head"
is "the box does not write there" "$(<"$scratch/head")" "$(events | tail -n 1 | jq -r '"\(.hash) \(.task)"')"
for wrong in "Bad file descriptor" "No space left on device" "Broken pipe"; do
	case $wrong in
	Bad*) exec 7</dev/null ;;
	No*) exec 7>/dev/full ;;
	*) exec 7> >(:) && wait $! ;;
	esac
	run "$AGENTBOX" exec -p offline --head-fd 7 -- true
	exec 7>&-
	is "it cannot be told: $wrong" "$status $err" "125 agentbox: write the last hash to descriptor 7: $wrong"
	run "$AGENTBOX" log verify
	is "and the log is whole: $wrong" "$status" 0
done
AGENTBOX_TASK=$(basename "$(latest_task)") box offline true
is "a task in a task names its parent" "$(events | jq -r 'select(.seq == 1) | .parent | length')" 27
AGENTBOX_TASK=$'x","forged":"' box offline true
ok "what is no id is none" event '.seq == 1 and (has("parent") | not)'
events >"$scratch/first"

# --- how it is shown ---
"$AGENTBOX" log schema >"$scratch/schema"
profile asking "[profile]" "extends = offline" "[egress]" "allow = good.example"
sh_box asking 'curl -s --max-time 5 http://evil.example/a; curl -s --max-time 5 https://worse.example/; true'
ok "the lines fit the schema" python3 "$here/schema.py" "$scratch/schema" "$state"/tasks/*/events.jsonl
count() {
	"$AGENTBOX" log "$@" | wc -l
}
all=$(count)
is "one line an event" "$all" "$(events | wc -l)"
is "by verdict" "$(count -v deny)" "$(events | jq -c 'select(.verdict == "deny")' | wc -l)"
is "by host" "$("$AGENTBOX" log -k 'net.*' --host='*L.example' --json | jq -r .host | sort -u)" evil.example
is "by kind" "$(count --kind='task.*')" 2
is "by time, since before" "$(count --since=1h)" "$all"
is "by time, since after" "$(count --since=2099-01-01)" 0
is "by severity" "$(count --severity=medium --json)" "$(events | jq -c 'select(.verdict == "deny" and .event != "dns.query" and .event != "net.refused")' | wc -l)"
is "by package: there are none" "$(count --package='*')" 0
for bad in --verdict=maybe --since=yesterday --since=5 --severity=none --format=xml; do
	run "$AGENTBOX" log "$bad"
	is "$bad is refused" "$status" 2
done
is "as OCSF" "$("$AGENTBOX" log --format=ocsf --host=evil.example -k net.connect | jq -c '[.class_uid, .type_uid, .action_id, .dst_endpoint.hostname]')" \
	'[4001,400105,2,"evil.example"]'
is "as ECS" "$("$AGENTBOX" log --format=ecs --host=evil.example -k net.connect | jq -c '[.event.type, .destination.domain]')" \
	'[["connection","denied"],"evil.example"]'
has "as CEF" "$("$AGENTBOX" log --format=cef -k net.connect --host=evil.example)" "act=deny dhost=evil.example"
printf '%s\n' '{"v":1,"spoilt":"' >>"$(latest_task)/events.jsonl"
is "a spoilt line passes every filter" "$(count --kind=none)" 1
printf '%s\n' "$(grep -v spoilt "$(latest_task)/events.jsonl")" >"$(latest_task)/events.jsonl"

# --- the box does not reach it ---
sh_box offline "ls -d '$state' '$HOME/.local' 2>&1; find / -name events.jsonl -not -path '/proc/*' 2>/dev/null"
lacks "the box sees no log" "$out" events.jsonl
sh_box offline 'ls -l /proc/*/fd/ 2>/dev/null'
lacks "and has no descriptor of it" "$out" events.jsonl

# --- what was done to it afterwards ---
cp "$scratch/first" "$scratch/whole"
log=$(latest_task)/events.jsonl
cp "$log" "$scratch/second"
tampered() {
	run "$AGENTBOX" log verify
	is "$1: found" "$status" 1
	has "$1: named" "$out" "$2"
	cp "$scratch/second" "$log"
}
sed -i 's/"level":"full"/"level":"none"/' "$log"
tampered "an altered line" "line 1: altered"
sed -i 1d "$log"
tampered "a removed line" "line 1: 1 missing before it"
sed -i '$d' "$log"
tampered "a cut seal" "the seal is missing"
sed -i -e '$d' "$log"
sed -i -e '$d' "$log"
tampered "a cut end" "the end is missing"
truncate -s -9 "$log"
tampered "half a line" ": torn"

# --- when it cannot be written ---
mkdir "$HOME/small"
if mount -t tmpfs -o size=40k,mode=0700 small "$HOME/small" 2>/dev/null; then
	cat /dev/zero >"$HOME/small/filler" 2>/dev/null
	run env XDG_STATE_HOME="$HOME/small" "$AGENTBOX" exec -p offline -- touch "$marker"
	is "a full disk: status" "$status" 125
	has "a full disk: said" "$err" "No space left"
	ok "a full disk: the command did not run" test ! -e "$marker"
	for way in deny continue; do
		rm -f "$HOME/small/filler" "$marker" go
		profile full "[profile]" "extends = offline" "[egress]" "allow = good.example" "[audit]" "on-error = $way"
		XDG_STATE_HOME=$HOME/small "$AGENTBOX" exec -p full -- sh -c "touch '$marker'
			while [ ! -e go ]; do sleep 0.05; done
			for i in 1 2 3 4 5 6 7 8; do curl -s --max-time 5 http://evil.example/; done; exit 5" >"$scratch/out" 2>"$scratch/err" &
		task=$!
		for ((i = 0; i < 100; i++)); do [ -e "$marker" ] && break; sleep 0.05; done
		cat /dev/zero >"$HOME/small/filler" 2>/dev/null
		touch go
		wait "$task"
		is "it gets full, on-error=$way: status" "$?" "$([ $way = deny ] && echo 125 || echo 5)"
		has "it gets full, on-error=$way: said" "$(<"$scratch/err")" "No space left"
		run env XDG_STATE_HOME="$HOME/small" "$AGENTBOX" log verify
		has "it gets full, on-error=$way: what was written is good" "$out" "the end is missing"
	done
	rm -f "$marker"
	umount "$HOME/small"
else
	skip "a full disk" "this user cannot mount"
fi

# --- which records there are ---
"$AGENTBOX" exec -p offline -- sh -c "touch '$marker'; sleep 20" &
task=$!
for ((i = 0; i < 100; i++)); do [ -e "$marker" ] && break; sleep 0.05; done
running=$(basename "$(latest_task)")
touch "$(latest_task)/more"
n=$("$AGENTBOX" tasks | wc -l)
is "tasks: as many as there are" "$n" "$(find "$state"/tasks/* -maxdepth 0 | wc -l)"
is "tasks: one runs" "$("$AGENTBOX" tasks --json | jq -r 'select(.state == "running") | .task')" "$running"
run "$AGENTBOX" tasks prune
is "tasks: prune wants to know which" "$status" 2
is "tasks: none is older than an hour" "$("$AGENTBOX" tasks prune --older-than=1h)" ""
is "tasks: a dry run removes none" "$("$AGENTBOX" tasks prune --keep=1 --dry-run | wc -l) $("$AGENTBOX" tasks | wc -l)" "$((n - 1)) $n"
"$AGENTBOX" tasks prune --keep=2 >/dev/null
is "tasks: two are kept" "$("$AGENTBOX" tasks | wc -l)" 2
is "tasks: all that do not run are removed" "$("$AGENTBOX" tasks prune --keep=0 | wc -l) $("$AGENTBOX" tasks | wc -l)" "1 1"
kill -KILL "$task"
wait "$task" 2>/dev/null
is "tasks: killed" "$("$AGENTBOX" tasks --json | jq -r '"\(.task) \(.state) \(.sealed)"')" "$running killed false"
is "tasks: its directory goes with all that is in it" "$("$AGENTBOX" tasks prune --older-than=0s; ls "$state/tasks")" "$running"
rm -f "$marker"

# --- what a log says cannot steer the terminal it is shown on ---
hostile=20261123T000000.000Z-aaaaaa
mkdir -p "$scratch/agentbox/tasks/$hostile"
python3 "$here/hostile_log.py" "$scratch/schema" $hostile >"$scratch/agentbox/tasks/$hostile/events.jsonl"
for show in log "log --json" "log --format=ocsf" "log --format=ecs" "log --format=cef" "log verify" tasks "tasks --json" \
	report "report --format=json" "report --format=markdown" "report --format=html" "report --format=sarif" \
	"report --format=junit"; do
	# shellcheck disable=SC2086 # words
	XDG_STATE_HOME=$scratch "$AGENTBOX" $show 2>&1 | python3 "$here/hostile_log.py" --check "$show"
done >"$scratch/unsafe"
is "none of what it says steers a terminal" "$(<"$scratch/unsafe")" ""
is "and each kind is shown" "$(XDG_STATE_HOME=$scratch "$AGENTBOX" log | grep -c '^2026')" \
	"$(jq '[.allOf[] | select(.if)] | length' "$scratch/schema")"

# --- one file for all tasks ---
profile shared "[profile]" "extends = offline" "[audit]" "file = $HOME/all.jsonl"
box shared true
is "a named file is written" "$(jq -r .event "$HOME/all.jsonl")" $'task.start\ntask.end\nlog.seal'
"$AGENTBOX" exec -p shared -- sh -c "touch '$marker'; sleep 20" &
task=$!
for ((i = 0; i < 100; i++)); do [ -e "$marker" ] && break; sleep 0.05; done
box shared true
is "a second task at the same time is refused" "$status" 125
has "with the reason" "$err" "another task is writing"
run "$AGENTBOX" log verify
has "the first one is seen to run" "$out" "still running"
kill -KILL "$task"
wait "$task" 2>/dev/null
run "$AGENTBOX" log verify
is "killed, its record is incomplete: status" "$status" 1
has "killed, its record is incomplete: said" "$out" "the end is missing"
box shared true
run "$AGENTBOX" log verify
is "the next task has a chain of its own" "$status" 0
for bad in "$HOME/work" "$HOME/fifo" "$HOME/link" "$HOME/open"; do
	case $bad in
	*/fifo) mkfifo "$bad" ;;
	*/link) ln -s "$HOME/elsewhere" "$bad" ;;
	*/open) install -m 0666 /dev/null "$bad" ;;
	esac
	rm -f "$marker"
	profile bad "[profile]" "extends = offline" "[audit]" "file = $bad"
	LIMIT=20 box bad touch "$marker"
	is "not a log: ${bad##*/}" "$status:$([ -e "$marker" ] && echo ran)" 125:
done
is "nothing is left" "$(settled strays)" ""
finish
