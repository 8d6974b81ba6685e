#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Whoever of agentbox is killed, and whenever: nothing of the task is left but its log.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace
profile online "[profile]" "extends = offline" "[egress]" "allow = good.test"
rounds=${ROUNDS:-40}

box online true # makes the state directory and warms the caches
is "a task runs in peace" "$status" 0

mounts() {
	cat /proc/self/mountinfo
}
mounts_before=$(mounts)
files_before=$(traces "$HOME" /tmp /dev/shm)

# A command that is hard to get rid of.
stubborn='trap "" TERM INT HUP; setsid sleep 1000 & (setsid sh -c "sleep 1000 & sleep 1000" &)
	sleep 1000 & kill -STOP $!; sleep 1000'

# start_task: runs it in the background; $task is the launcher.
start_task() {
	"$AGENTBOX" exec -p online -- /bin/sh -c "$stubborn" >/dev/null 2>"$scratch/said" </dev/null &
	task=$!
}

pid_of_init() {
	pgrep -P "$task" -x agentbox
}

pid_of_egress() {
	pgrep -P "$task" -x agentbox-egress
}

pid_of_launcher() {
	echo "$task"
}

# leftovers: what remains of a task that is over.
leftovers() {
	strays
	diff <(echo "$mounts_before") <(mounts)
	diff <(echo "$files_before") <(traces "$HOME" /tmp /dev/shm)
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

# Early moments are the interesting ones: 25 of them in the first 25 ms, while the box is made.
for victim in launcher egress init; do
	bad='' missed=0
	for ((round = 0; round < rounds; round++)); do
		start_task
		if [ "$round" -lt 25 ]; then
			sleep "0.0$(printf %02d "$round")"
		else
			sleep "0.$((RANDOM % 30 + 10))"
		fi
		pid=$("pid_of_$victim")
		if [ -z "$pid" ]; then
			missed=$((missed + 1)) # it has not started yet
			pid=$task
		fi
		kill -KILL $pid 2>/dev/null
		# Without egress the box goes on, without a network; the launcher is asked to end it.
		[ "$victim" != egress ] || { sleep 0.05; kill -KILL "$task" 2>/dev/null; }
		wait_long "$task"
		[ "$ended" != 0 ] || bad+="round $round: ended with 0"$'\n'
		found=$(settled leftovers) || bad+="round $round: $found"$'\n'
	done 2>/dev/null # bash tells of every job that was killed
	is "$victim killed $rounds times ($missed times before it started): nothing is left" "$bad" ""
done

start_task
sleep 0.4
kill -KILL "$(pid_of_init)"
wait_long "$task"
is "without init the task ends as if killed" "$ended" 137
ok "and the log says how it ended" event '.event == "task.end" and .exit == 137'

start_task
sleep 0.3
kill -STOP "$task"
sleep 0.1
kill -KILL "$task"
wait_long "$task"
is "a stopped launcher can be killed as well" "$(settled leftovers)" ""

timeout -s KILL 1 bash -c '"$1" exec -p online -- sh -c "$2" & wait' bash "$AGENTBOX" "$stubborn" </dev/null
sleep 0.2
pkill -KILL -P 1 -x agentbox # its shell is gone: it hangs below the world's first process
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
