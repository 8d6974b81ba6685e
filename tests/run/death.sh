#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Whoever of agentbox is killed or stopped, and whenever: nothing of the task is left but its log, and
# that verifies, but for its end. ROUNDS is how often each of them dies; 200 of a long run (tests/all)
# take a quarter of an hour.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace
profile online "[profile]" "extends = offline" "[egress]" "allow = good.test" "allow = *.good.test"
profile slow "[profile]" "extends = offline" "[workspace]" "hide = .env.*"
rounds=${ROUNDS:-$(or_long 40 200)}

box online true # makes the state directory and warms the caches
is "a task runs in peace" "$status" 0

mounts() {
	cat /proc/self/mountinfo
}
mounts_before=$(mounts)
# The command writes there that it ran; the file stays, so that its directory does not change.
fresh() {
	: >ran
	touch -d @0 ran
}
fresh
files_before=$(traces "$HOME" /tmp /dev/shm)

# A command that is hard to get rid of: daemons of one and of two forks, stopped and traced processes,
# some that ignore signals, one that leaves another behind as often as it can, and connections.
stubborn='echo >ran; trap "" TERM INT HUP; setsid sleep 1000 & (setsid sh -c "sleep 1000 & sleep 1000" &)
	sleep 1000 & kill -STOP $!; (setsid sh -c "kill -STOP \$\$" &)
	(setsid sh -c "while :; do sleep 0.02 & sleep 0.01; done" &)
	i=0; while i=$((i + 1)); do curl -s -m 5 http://$i.good.test; done >/dev/null & sleep 1000'

# start_task: runs it in the background; $task is the launcher.
start_task() {
	"$AGENTBOX" exec -p online -- /bin/sh -c "$stubborn" >/dev/null 2>"$scratch/said" </dev/null &
	task=$!
}

# Of the launcher's children, init alone has a number in another pid namespace, too.
pid_of_init() {
	local pid

	for pid in $(pgrep -P "$task" -x agentbox); do
		awk '/^NSpid:/ && NF > 2 { print $2 }' "/proc/$pid/status" 2>/dev/null
	done
}

pid_of_keeper() {
	pgrep -P "$task" -x agentbox-keeper
}

pid_of_egress() {
	pgrep -P "$task" -x agentbox-egress
}

pid_of_resolver() {
	local egress
	egress=$(pid_of_egress) && pgrep -P "$egress" -x agentbox-egress
}

# Whoever looks up a name just now: a child of the resolver, which lives for a millisecond.
pid_of_lookup() {
	local resolver pid i
	resolver=$(pid_of_resolver) || return
	for ((i = 0; i < 2000; i++)); do
		read -r pid _ <"/proc/$resolver/task/$resolver/children" # no line: it ends without a newline
		[ -z "$pid" ] || { echo "$pid"; return; }
	done
}

pid_of_launcher() {
	echo "$task"
}

# pid_of_all: whoever of them there is by now, to be killed in one call, in any order.
pid_of_all() {
	{ pid_of_launcher; pid_of_init; pid_of_egress; pid_of_resolver; } | shuf
}

# leftovers: what remains of a task that is over.
leftovers() {
	strays
	diff <(echo "$mounts_before") <(mounts)
	diff <(echo "$files_before") <(traces "$HOME" /tmp /dev/shm)
}

# log_is_sound: what the killed task recorded verifies; that its end is missing, or torn, is all right.
# Without a line, or with the task's directory alone, no command can have run.
log_is_sound() {
	run "$AGENTBOX" log verify
	[ "$status" = 0 ] || [[ $out == *"the end is missing"* || $out == *": torn"* ]] ||
		[[ $out$err == *@("there are no lines"|"events.jsonl: No such file")* && ! -s ran ]] ||
		echo "log verify: $status: $out$err"
	fresh
}

# wait_long PID: waits for it, and kills what does not end in ten seconds. Leaves its status in $ended.
wait_long() {
	local i

	for ((i = 0; i < 500; i++)); do
		kill -0 "$1" 2>/dev/null || break
		sleep 0.02
	done
	kill -KILL "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	ended=$?
}

# killed VICTIM HOW: kills it at one moment of each round: 25 early ones, a millisecond apart, while the
# box is made; then any; and 25 early ones again. HOW is a signal to send before, or nothing.
killed() {
	local victim=$1 how=${2-} bad='' missed=0 round pids found

	for ((round = 0; round < rounds; round++)); do
		start_task
		if [ "$victim" != lookup ] && [ $((round % 40)) -lt 25 ]; then
			sleep "0.0$(printf %02d $((round % 40)))"
		else
			sleep "0.$(printf %02d $((RANDOM % 20 + 5)))"
		fi
		pids=$("pid_of_$victim" | tr '\n' ' ')
		if [ -z "$pids" ]; then
			missed=$((missed + 1)) # it has not started yet
			pids=$task
		fi
		# shellcheck disable=SC2086 # these are words
		[ -z "$how" ] || { kill "-$how" $pids; sleep 0.0$((RANDOM % 10)); }
		# shellcheck disable=SC2086
		kill -KILL $pids
		# Without one of egress the box goes on; the launcher has to end for it to end.
		case $victim in
		egress | resolver | lookup) sleep 0.05; kill -KILL "$task" ;;
		esac
		wait_long "$task"
		[ "$ended" != 0 ] || bad+="round $round: ended with 0"$'\n'
		found=$(log_is_sound)
		found+=$(settled leftovers)
		[ -z "$found" ] || bad+="round $round: $found"$'\n'
	done 2>/dev/null # bash tells of every job that was killed
	is "$victim killed${how:+ after SIG$how} $rounds times ($missed times before it started): nothing is left" \
		"$bad" ""
}

for victim in launcher keeper egress resolver lookup init all; do
	killed "$victim"
done
rounds=$((rounds / 4))
for victim in launcher egress init all; do
	killed "$victim" STOP
done

# --- while the box is built ---
# A box that takes a while, because much is hidden in it, and whose init stands still.
mkdir many && touch many/.env.{1..3000}
# start_slow default|ignore: what becomes of SIGINT; a shell has what it puts in the background ignore it.
start_slow() {
	local init='' i

	for ((i = 0; i < 20; i++)); do
		env "--$1-signal=INT" "$AGENTBOX" exec -p slow -- touch ran2 >/dev/null 2>"$scratch/said" </dev/null &
		task=$!
		while [ -z "$init" ] && kill -0 "$task" 2>/dev/null; do init=$(pid_of_init); done
		kill -STOP $init 2>/dev/null && sleep 0.1 && [ ! -e ran2 ] && return
		kill -KILL "$task"
		wait "$task"
		rm -f ran2
		init=''
	done 2>/dev/null
}
for signal in INT:130 TERM:143; do
	start_slow default
	kill "-${signal%:*}" "$task"
	wait_long "$task"
	is "SIG${signal%:*} ends a launcher whose box is not built" "$ended" "${signal#*:}"
	has "and it says so" "$(<"$scratch/said")" "SIG${signal%:*} came before the command could run"
done 2>/dev/null
start_slow ignore
init=$(pid_of_init)
kill -INT "$task"
sleep 0.1
kill -CONT "$init"
wait_long "$task"
is "unless the caller ignores it" "$ended" 0
rm -r many ran2
is "and nothing is left" "$(settled leftovers)" ""

start_task
sleep 0.4
kill -KILL "$(pid_of_init)"
wait_long "$task"
is "without init the task ends as if killed" "$ended" 137
ok "and the log says how it ended" event '.event == "task.end" and .exit == 137'

timeout -s KILL 1 bash -c '"$1" exec -p online -- sh -c "$2" & wait' bash "$AGENTBOX" "$stubborn" </dev/null
sleep 0.2
pkill -KILL -P 1 -x agentbox # its shell is gone: it hangs below the world's first process
fresh
is "a launcher that lost its parent can be killed as well" "$(settled leftovers)" ""

"$AGENTBOX" exec -p online -- sh -c 'touch up; while [ ! -e go ]; do sleep 0.05; done
	curl -sS -m 5 http://good.test && exit 1; exit 0' >/dev/null 2>"$scratch/said" </dev/null &
task=$!
for ((i = 0; i < 100; i++)); do [ ! -e up ] || break; sleep 0.05; done
kill -KILL "$(pid_of_egress)"
sleep 0.1
touch go
wait_long "$task"
is "without egress there is no network, and the task fails a gate" "$ended" 123
ok "and the log says so" event '.event == "egress.failed"'
finish
