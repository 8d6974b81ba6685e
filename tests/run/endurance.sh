#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Many boxes: at once, and one after the other. BOXES and LAUNCHES are how many; the 2,000
# launches of a long run (tests/all) take a minute on an idle machine.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace
boxes=${BOXES:-100}
launches=${LAUNCHES:-$(or_long 100 2000)}
state=$HOME/.local/state/agentbox
mkdir -p .git src && echo 'ref: refs/heads/main' >.git/HEAD && echo '[core]' >.git/config
echo SECRET >src/.env

box default true # makes the state directory
is "a task runs in peace" "$status" 0
mounts() {
	cat /proc/self/mountinfo
}
mounts_before=$(mounts)
files_before=$(traces "$HOME/work" /tmp /dev/shm)

# leftovers: what remains of tasks that are over, but their logs.
leftovers() {
	strays
	diff <(echo "$mounts_before") <(mounts)
	diff <(echo "$files_before") <(traces "$HOME/work" /tmp /dev/shm)
	find "$state/placeholders" -type f -size +0
}

n_tasks() {
	find "$state/tasks" -mindepth 1 -maxdepth 1 -type d | wc -l
}

# --- at once ---
before=$(n_tasks)
mkdir "$scratch/status"
for ((i = 0; i < boxes; i++)); do
	{
		"$AGENTBOX" exec -q -p default -- sh -c "touch up.$i; cat src/.env; while [ ! -e go ]; do sleep 0.5; done"
		echo $? >"$scratch/status/$i"
	} >"$scratch/status/$i.out" 2>&1 </dev/null &
done
for ((i = 0; i < 600; i++)); do
	up=(up.*)
	[ ${#up[@]} -lt "$boxes" ] || break
	sleep 0.2
done
is "$boxes boxes run at once in one workspace" "${#up[@]}" "$boxes"
touch go
wait
rm -f go up.*
is "each ends well" "$(cat "$scratch"/status/*[0-9] | sort | uniq -c | tr -s ' ')" " $boxes 0"
lacks "none has read what is hidden" "$(cat "$scratch"/status/*.out)" SECRET
is "each has a log of its own" "$(n_tasks)" $((before + boxes))
is "nothing else is left" "$(settled leftovers)" ""

# --- one after the other ---
before=$(n_tasks)
failed=0 extra=''
# shellcheck disable=SC2012 # the names are numbers
open=$(ls /proc/self/fd | wc -l)
for ((i = 0; i < launches; i++)); do
	# 3 is the directory that ls reads.
	found=$("$AGENTBOX" exec -p default -- ls -x /proc/self/fd 2>&1 </dev/null) || failed=$((failed + 1))
	[ "$(tr -s ' \n' ' ' <<<"$found")" = "0 1 2 3 " ] || extra+="$i: $found"$'\n'
done
is "$launches launches in a row: none fails" "$failed" 0
is "no descriptor gets into a box" "$extra" ""
# shellcheck disable=SC2012
is "nor stays here" "$(ls /proc/self/fd | wc -l)" "$open"
is "each has its log" "$(n_tasks)" $((before + launches))
is "no mount, process or file is left" "$(settled leftovers)" ""
finish
