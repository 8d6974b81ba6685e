#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What `agentbox doctor` and a refused `exec` say on machines that refuse a part of the box: as
# containers, sandboxes and kernels do that, which filter.py and mounts imitate.

. "$(dirname "$0")/lib.sh"
host "$0" "$@"
filter=$here/filter.py
workspace

# around NAME SCRIPT: a program that prepares what it then runs its arguments in.
around() {
	printf '#!/bin/sh\n%s\n' "$2" >"$scratch/$1"
	chmod +x "$scratch/$1"
}

# examine NAME COMMAND...: what doctor finds when it is run by the command.
examine() {
	local name=$1
	shift
	run "$@" "$AGENTBOX" doctor --json
	report=$(jq -r '.trials[] | "\(.name)|\(.state)|\(.errno)|\(.cause)|\(.remedy)"' <<<"$out") ||
		note "no JSON: $out $err"
	is "$name: the level is the exit status" \
		"$(jq -r .level <<<"$out") $status" "${level:-none} $([ "${level-}" = full ]; echo $?)"
}

# found TRIAL STATE [ERRNO [CAUSE [REMEDY]]]: a word of each is enough.
found() {
	local line want
	line=$(grep "^$1|" <<<"$report")
	for want in "|$2|${3-}" "${4-}" "${5-}"; do
		has "$name: $1 is $2${3:+ by $3}" "$line" "$want"
	done
}

# refused NAME CAUSE COMMAND...: exec says the same, and exits with 122.
refused() {
	local name=$1 cause=$2
	shift 2
	rm -f ran
	run "$@" "$AGENTBOX" exec -p offline -- touch ran
	is "$name: exec exits with 122" "$status" 122
	has "$name: exec names the cause" "$err" "$cause"
	has "$name: and who says more" "$err" "agentbox doctor"
	ok "$name: nothing was run" test ! -e ran
}


# --- this machine, which runs these tests ---
name=here
level=full examine "$name" env
is "$name: every needed trial is ok" \
	"$(jq -r '.trials[] | select(.needed and .state != "ok") | .name' <<<"$out")" ""
found "user namespace" ok
found "typing into terminals" ok
run "$AGENTBOX" doctor
is "$name: text has a line for each trial and ends with the level" \
	"$(grep -c '^[^ ]' <<<"$out") $(tail -n 1 <<<"$out")" "$(($(wc -l <<<"$report") + 1)) level: full"
run "$AGENTBOX" doctor --jsom
is "an unknown option is misuse" "$status" 2
run "$AGENTBOX" doctor --help
is "and --help is not" "$status" 0

# --- containers and sandboxes ---
name="Docker's default profile"
examine "$name" "$filter" docker --
found "user namespace" failed EPERM "seccomp filter" "seccomp=unconfined"
found "mount namespace" untried
found "loopback and routes" untried
found "fresh /proc" untried
found "system call filter" ok
refused "$name" "seccomp filter" "$filter" docker --

name="clone3 alone is hidden"
level=full examine "$name" "$filter" clone3=ENOSYS --
found "user namespace" ok
run "$filter" clone3=ENOSYS -- "$AGENTBOX" exec -p offline -- id -u
is "$name: exec does without it" "$status $out" "0 $(id -u)"

name="mounts are forbidden"
examine "$name" "$filter" mount=EPERM --
found "id maps" ok
found "tmpfs" failed EPERM filter
found "bind mounts" untried
found "private root" untried
found "overlay" untried
refused "$name" "filter" "$filter" mount=EPERM --

# AppArmor takes the capabilities of a new user namespace away. It is not there to be tested: what
# follows from it is refused, by errno alone.
name="a user namespace without rights"
examine "$name" "$filter" mount=EACCES sethostname=EPERM bind=EACCES --
found "user namespace" ok
found "host name" failed EPERM
found "listeners" failed EACCES "rights over a new user namespace"
found "tmpfs" failed EACCES "forbids mounts"
refused "$name" "filter" "$filter" sethostname=EPERM --

name="the new mount calls are hidden"
examine "$name" "$filter" open_tree_attr=ENOSYS open_tree=ENOSYS --
found "tmpfs" ok
found "bind mounts" failed ENOSYS "filter" "open_tree"
refused "$name" "filter hides" "$filter" open_tree_attr=ENOSYS mount_setattr=ENOSYS --

name="no seccomp"
examine "$name" "$filter" seccomp=EINVAL --
found "system call filter" failed EINVAL "built without" CONFIG_SECCOMP_FILTER
found "system call listener" missing EINVAL
refused "$name" "built without" "$filter" seccomp=EINVAL --

# As a runtime covers them. Where only the caller's id is mapped, root's profiles are strangers': exec
# is tried by root alone.
name="masked /proc"
around masked-in 'mount --bind /dev/null /proc/stat && mount -t tmpfs -o ro none /proc/bus &&
	exec "$@"'
around masked 'exec unshare -Urm "${0%/*}/masked-in" "$@"'
examine "$name" "$scratch/masked"
found "tmpfs" ok
found "fresh /proc" failed EPERM "covered by mounts" "systempaths=unconfined"
has "$name: what covers it is listed" "$(jq -c .covered <<<"$out")" '"/proc/stat"'
[ "$(id -u)" != 0 ] || refused "$name" "covered by mounts" "$scratch/masked"

name="no user namespaces in a user namespace"
around spent-in 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"'
around spent 'exec unshare -Ur "${0%/*}/spent-in" "$@"'
examine "$name" "$scratch/spent"
found "user namespace" failed ENOSPC "allows no user namespaces"
found "overlay" untried
[ "$(id -u)" != 0 ] || refused "$name" "allows no user namespaces" "$scratch/spent"

name="no network namespaces"
around one-kind-in 'echo 0 >/proc/sys/user/max_net_namespaces && exec "$@"'
around one-kind 'exec unshare -Ur "${0%/*}/one-kind-in" "$@"'
examine "$name" "$scratch/one-kind"
found "user namespace" ok
found "pid namespace" ok
found "network namespace" failed ENOSPC "limit" /proc/sys/user
found "tmpfs" untried

finish
