#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# [limits] and deadline=: what ends a box that takes too much, what is said of it, and what does not
# end it. memory= is kept by a cgroup where one is delegated, else it is watched: doctor says which.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace

limited() {
	local name=$1
	shift
	profile "$name" "[profile]" "extends = offline" "$@"
}
limited deadline "[task]" "deadline = 1s"
limited later "[task]" "deadline = 1h"
limited memory "[limits]" "memory = 128M" "processes = 200"
limited processes "[limits]" "processes = 50"
limited files "[limits]" "files = 16"
limited size "[limits]" "file-size = 1M"
limited tmp "[limits]" "tmp = 1M"

# recorded KIND: its members in the log of the latest task, or nothing.
recorded() {
	events | jq -c "select(.event == \"$1\")"
}

# killed_for NAME KEY STATUS: how the task ended that was just run.
killed_for() {
	is "$1: it was killed" "$status" "$3"
	is "$1: in one sentence" "$(wc -l <<<"$err")" 1
	has "$1: which names the line" "$err" "it exceeded $2= of $HOME/.config/agentbox/$2.ini:4"
	is "$1: the log has it" "$(recorded limit.exceeded | jq -r '.limit')" "$2"
	is "$1: and the status" "$(recorded task.end | jq -r .exit)" "$3"
	is "$1: nothing is left" "$(settled strays)" ""
}

# --- deadline ---
sh_box deadline 'trap "" TERM HUP INT; setsid sleep 100 & sleep 100'
killed_for "a second" deadline 124
sh_box deadline 'exit 3'
is "who ends before the deadline is not asked for it" "$status$err" 3
sh_box later true
is "nor who has an hour" "$status$err" 0
sh_box deadline 'kill -STOP $$'
is "a stopped command has a deadline, too" "$status" 124

# --- crashes ---
sh_box offline 'prlimit --core --noheadings --output SOFT,HARD; sh -c "kill -SEGV \$\$" 2>&1; ls'
is "a crash leaves nothing and starts nothing" "$(tr -s ' \n' ' ' <<<"$out")" \
	" 1 1 Segmentation fault "

# --- memory ---
hold='$x = "a" x ($n << 20); '
# shellcheck disable=SC2016 # for perl
spend='for (1..100) { $x .= "a" x ($n << 20); select undef, undef, undef, 0.02 }'
box memory true
means=$(recorded task.start | jq -r .memory)
note "memory= is kept by: $means"
ok "the first event says how memory is kept" test "$means" = watched -o "$means" = cgroup
run "$AGENTBOX" doctor --json
is "and doctor says the same" "$means" \
	"$(jq -r '.trials[] | select(.name == "memory cgroup") | if .state == "ok" then "cgroup" else "watched" end' <<<"$out")"
box offline true
is "without the limit nothing is said" "$(recorded task.start | jq -r .memory)" null
box memory perl -e '$n = 8;'" $spend print qq(alive\n)"
killed_for "memory of one process" memory 137
lacks "memory of one process: it did not come to its end" "$out" alive
box memory perl -e '$n = 20; for (1..8) { fork or do { '"$hold"' sleep 5; exit } } sleep 4; print qq(alive\n)'
killed_for "memory of eight processes" memory 137
# shellcheck disable=SC2016 # for the shell in the box
sh_box memory 'head -c 80M /dev/zero >/tmp/a; sleep 0.3; head -c 80M /dev/zero >"$HOME/b"; sleep 1; echo alive'
killed_for "files in two tmpfs" memory 137
sh_box memory 'head -c 200M /dev/zero >/tmp/a 2>/dev/null; stat -c %s /tmp/a | { read -r n; test $n -le $((128 << 20)); }'
ok "one tmpfs never has room for more" test "$status" = 0 -o "$status" = 137
# shellcheck disable=SC2016 # for perl
box memory perl -e '$n = 30; '"$hold"' for (1..10) { fork or do { sleep 2; exit } } sleep 1; print qq(alive\n)'
is "what forks share is counted once" "$status $out$err" "0 alive"
sh_box memory 'head -c 60M /dev/zero >/dev/shm/a; perl -e "open F, q(/dev/shm/a); sleep 1"; echo alive'
is "who stays below the limit lives" "$status $out$err" "0 alive"
sh_box memory 'head -c 200M /dev/zero >big; cat big big >/dev/null; sleep 0.5; rm big; echo alive'
is "files of the workspace are not memory of the box" "$status $out$err" "0 alive"

# --- processes ---
sh_box processes 'for i in $(seq 1000); do sleep 5 & done; wait' # as many as there may be
has "more processes than allowed cannot be started" "$err" fork
is "processes: nothing is left" "$(settled strays)" ""
# shellcheck disable=SC2016 # for the shell in the box
LIMIT=20 run timeout 5 "$AGENTBOX" exec -p processes -- sh -c 'b() { b | b & }; b; sleep 2'
is "a fork bomb is over when its box is" "$(settled strays)" ""
sh_box processes 'for i in $(seq 40); do sleep 0.5 & done; wait && echo all'
is "as many as are allowed can" "$out" all
ok "and outside nothing has changed" sh -c 'for i in $(seq 200); do sleep 0.2 & done; wait'

# --- files and sizes ---
box files perl -e 'for (1..100) { open $f[$_], "<", "/dev/null" or do { print $_; exit } }'
ok "no more open files than allowed" test "${out:-100}" -le 16
sh_box size 'head -c 2M /dev/zero >large'
ok "no larger file than allowed" test "$status" != 0 -a "$(stat -c %s large)" = 1048576
sh_box tmp 'head -c 2M /dev/zero >/tmp/x'
ok "no more in /tmp than allowed" test "$status" != 0
sh_box tmp 'i=0; while true 2>/dev/null >/tmp/$i; do i=$((i + 1)); done; echo $i'
ok "no more files in /tmp than it has pages" test "${out:-1000}" -le 256
sh_box tmp 'i=0; while mkdir /dev/shm/$i 2>/dev/null; do i=$((i + 1)); done; echo $i'
ok "nor directories in /dev/shm" test "${out:-1000}" -le 256

# --- who does not limit, does not watch ---
"$AGENTBOX" exec -p later -- sleep 30 &
launcher=$!
sleep 1
before=$(grep ctxt /proc/$launcher/status)
sleep 2
is "waiting for a deadline wakes nobody up" "$(grep ctxt /proc/$launcher/status)" "$before"
kill -KILL $launcher
wait $launcher 2>/dev/null
is "and a killed launcher leaves nothing" "$(settled strays)" ""

finish
