#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The second wall as a user meets it: what is said of it, and what still works behind it. That each
# wall holds alone is tested in tests/unit/test-walls.c.

. "$(dirname "$0")/lib.sh"
host "$0" "$@"
workspace
filter=$here/filter.py

run "$AGENTBOX" doctor --json
[ "$(jq -r '.trials[] | select(.name == "Landlock") | .state' <<<"$out")" = ok ] ||
	skip_all "this kernel has no Landlock"

# What the first event says of Landlock; other things may be missing, too.
missing() {
	events | head -n 1 | jq -r '.missing // "" | split("; ") | map(select(startswith("Landlock"))) | join(";")'
}

# --- what is said ---
scopes=$(jq -r '.trials[] | select(.name == "Landlock") | .detail' <<<"$out")
[[ $scopes == *without* ]] && scopes="" # before Linux 6.12
box offline true
is "nothing is missing here, or it is said" "$status $(missing)" \
	"0 $([ -n "$scopes" ] || echo "Landlock for signals and abstract sockets")"
run "$filter" landlock_create_ruleset=ENOSYS -- "$AGENTBOX" exec -p offline -- true
is "without Landlock there is a box all the same" "$status" 0
is "and the first event says what it lacks" "$(missing)" Landlock
run "$filter" landlock_create_ruleset=ENOSYS -- "$AGENTBOX" plan -p offline -- true
ok "and so does plan" grep -q "^missing  .*Landlock$" <<<"$out"
run "$filter" landlock_create_ruleset=EOPNOTSUPP -- "$AGENTBOX" doctor
has "doctor says what to do about it" "$out" "lsm="
has "and that boxes can be made" "$out" "level: full"
run "$filter" landlock_restrict_self=EPERM -- "$AGENTBOX" exec -p offline -- touch ran
is "when the wall is there and cannot be built, nothing is run" "$status $(ls)" "125 "

# --- what works behind it ---
sh_box offline 'mkdir -p a b && echo one >a/f && mv a/f b/g && ln b/g a/h && : >b/g && cat a/h &&
	mkfifo p && ln -s b l && mv b c && rm -r a c l p && rmdir "$PWD/d" 2>/dev/null; ls'
is "files are made, moved between directories, linked, cut and removed" "$status $out$err" "0 "
# shellcheck disable=SC2016 # for the shell in the box
sh_box offline 'cd "$HOME" && mkdir x && : >x/y && mv x/y z && cd /tmp && mkdir x && : >x/y &&
	mv x/y z && : >/dev/shm/z && echo all'
is "in the home and in /tmp, too" "$status $out" "0 all"
run sh -c "exec $AGENTBOX exec -p offline -- sh -c 'echo 1; echo 2 >>/dev/stdout; echo 3 >>/dev/stderr' >to 2>>to"
is "an outer file that was handed in is written by its name in /proc" "$status $(sort to | tr -d '\n')" "0 123"
rm -f to
run sh -c "$AGENTBOX exec -p offline -- sh -c 'echo 1 >/dev/stdout' | cat"
is "so is a pipe" "$out" 1
sh_box offline 'echo name >/proc/self/comm && echo 500 >/proc/self/oom_score_adj && : >/dev/null'
is "processes write to their own /proc and to devices" "$status" 0
sh_box offline 'sleep 100 & kill -TERM $! && wait $!; echo $?; kill -0 1 2>/dev/null || echo refused'
is "and send signals to each other, not to init" "$out" "143${scopes:+$'\nrefused'}"

# --- what it would be in the way of ---
profile nest "[profile]" "extends = offline" "[syscalls]" "allow = @nest"
# shellcheck disable=SC2016 # for the shell in the box
sh_box nest 'unshare -Urm sh -c "mount -t tmpfs none /tmp && echo >/tmp/x && ls /tmp"'
if [ "$(id -u)" = 0 ]; then
	skip "with allow=@nest things can be mounted" "root needs CAP_SETFCAP for a namespace of its own"
else
	is "with allow=@nest things can be mounted" "$status $out" "0 x"
fi
has "and the first event says what that costs" "$(missing)" "Landlock for files"
profile nest "[profile]" "extends = default" "[syscalls]" "allow = @nest"
box nest true
ok "also to what is protected" event '.event == "task.start" and (.missing | contains("protect= against mount"))'

finish
