# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the run tests share. A test starts with
#
#	. "$(dirname "$0")/lib.sh"
#	world "$0" "$@"		(if it wants origins, a registry and a /tmp of its own)
#
# says what it finds with ok, is, has, lacks and skip, and ends with `finish`. It runs with an empty
# HOME, an empty environment but for AGENTBOX (the program to test), and no stdin.

set -u
umask 022
: "${AGENTBOX:?is the program to test; see tests/all}"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# An unprivileged user's registry settings must not decide what a test does.
export npm_config_globalconfig=/dev/null npm_config_update_notifier=false PIP_CONFIG_FILE=/dev/null
export GIT_CONFIG_NOSYSTEM=1 NO_COLOR=1

n_tests=0
n_failed=0
scratch=$(mktemp -d "${TMPDIR:-/tmp}/scratch.XXXXXX")

result() {
	n_tests=$((n_tests + 1))
	[ "$1" = ok ] || n_failed=$((n_failed + 1))
	echo "$1 $n_tests - $2"
}

# note TEXT: lines for whoever reads the log.
note() {
	printf '%s\n' "$1" | head -n 20 | cut -c 1-300 | sed 's/^/# /'
}

# ok NAME COMMAND...: the command succeeds.
ok() {
	local name=$1
	shift
	if "$@" >"$scratch/ok" 2>&1; then
		result ok "$name"
	else
		result "not ok" "$name"
		note "status $? of: $*"
		note "$(<"$scratch/ok")"
	fi
}

not() {
	! "$@"
}

# is NAME GOT WANT
is() {
	if [ "$2" = "$3" ]; then
		result ok "$1"
	else
		result "not ok" "$1"
		note "got:  $2"
		note "want: $3"
	fi
}

# has NAME TEXT PART
has() {
	if [[ $2 == *"$3"* ]]; then
		result ok "$1"
	else
		result "not ok" "$1"
		note "not found: $3"
		note "in: $2"
	fi
}

# lacks NAME TEXT PART
lacks() {
	if [[ $2 != *"$3"* ]]; then
		result ok "$1"
	else
		result "not ok" "$1"
		note "found: $3"
		note "in: $2"
	fi
}

# skip NAME REASON
skip() {
	n_tests=$((n_tests + 1))
	echo "ok $n_tests - $1 # SKIP $2"
}

# todo NAME REASON: it fails, and that is known.
todo() {
	n_tests=$((n_tests + 1))
	echo "not ok $n_tests - $1 # TODO $2"
}

# is_sanitized: egress has no filter of system calls then, for the sanitizers make calls of their own.
is_sanitized() {
	grep -q __asan_init "$EGRESS"
}

# skip_all REASON: the whole program.
skip_all() {
	echo "1..0 # SKIP $1"
	rm -rf "$scratch"
	exit 77
}

finish() {
	chmod -R u+w "$scratch"
	rm -rf "$scratch"
	echo "1..$n_tests"
	[ "$n_failed" = 0 ]
	exit
}

# run COMMAND...: leaves what it wrote in $out and $err and how it ended in $status.
# LIMIT is how many seconds it may take.
# shellcheck disable=SC2034 # for the tests
run() {
	timeout -k 5 "${LIMIT:-60}" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
	status=$?
	out=$(tr -d '\0' <"$scratch/out")
	err=$(tr -d '\0' <"$scratch/err")
}

# or_long SHORT LONG: the second for a long run, as tests/all has it.
or_long() {
	[ -z "${AGENTBOX_TEST_LONG-}" ] && echo "$1" || echo "$2"
}

# within COMMAND...: it succeeds within ten seconds.
within() {
	local i

	for ((i = 0; i < 500; i++)); do
		"$@" && return
		sleep 0.02
	done
	return 1
}

# relate [PREFIX]: the results that a script of many attempts printed, which ends with "end".
relate() {
	local line

	while read -r line; do
		case $line in
		ok\ *) result ok "${1-}${line#ok }" ;;
		not\ ok\ *) result "not ok" "${1-}${line#not ok }" ;;
		esac
	done <<<"$out"
	is "${1-}all of them were tried" "$status $(tail -n 1 <<<"$out")" "0 end"
}

# egress_alone COMMAND...: behind agentbox-egress by itself, with $HOME/policy; it writes its events,
# and what it ended with, to $scratch/events and its pid to $scratch/pid.
egress_alone() {
	: "${EGRESS:?is the program to test}" "${EGRESS_BOX:?runs it: tests/run/egress-box.c}"
	EGRESS_PID=$scratch/pid run "$EGRESS_BOX" "$EGRESS" "$HOME/policy" "$scratch/events" "$@"
}

# told FILTER: whether the jq filter is true of all those events.
told() {
	jq -e -s "$1" "$scratch/events" >/dev/null
}

# egress_ended: as it does when nothing is left to do.
egress_ended() {
	is "${1-}egress ended by itself" "$(tail -n 1 "$scratch/events")" \
		'{"event":"exit","status":0,"signal":0}'
}

# box PROFILE COMMAND...: runs it in a box around the current directory.
box() {
	local profile=$1
	shift
	run "$AGENTBOX" exec -p "$profile" -- "$@"
}

# sh_box PROFILE SCRIPT: the same for a line of shell.
sh_box() {
	box "$1" /bin/sh -c "$2"
}

# workspace: makes an empty one below HOME and goes there.
workspace() {
	mkdir -p "$HOME/work"
	cd "$HOME/work" || exit 1
}

# profile NAME LINE...: a profile of the user's own.
profile() {
	local file=$HOME/.config/agentbox/$1.ini
	shift
	mkdir -p "$(dirname "$file")"
	printf '%s\n' "$@" >"$file"
}

# events: the log of the latest task.
events() {
	cat "$(latest_task)/events.jsonl"
}

latest_task() {
	local tasks=("${XDG_STATE_HOME:-$HOME/.local/state}"/agentbox/tasks/*/)

	find "${tasks[@]}" -maxdepth 0 -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d ' ' -f 2-
}

# event FILTER: whether the latest task has an event for which the jq filter is true.
event() {
	events | jq -e -s "any(.[]; $1)" >/dev/null
}

# traces DIR...: what is there, but for the log: names, modes, sizes, contents, and the times of files
# (a directory has new ones when something was made and removed in it).
traces() {
	find "$@" -path "${XDG_STATE_HOME:-$HOME/.local/state}" -prune -o -path "$scratch*" -prune -o \
		-path "${WORLD:-none}" -prune -o -printf '%p %y %m %U ' \( -type d -o -printf '%s %T@ ' \) \
		\( -type f -readable -exec sha256sum {} \; -o -printf '\n' \)
}

# strays: processes of this pid namespace that were not there when the world was made.
strays() {
	local dir pid comm self=${0##*/}

	self=${self:0:15}
	for dir in /proc/[0-9]*; do
		pid=${dir#/proc/}
		[[ " $(<"$WORLD/pids") " == *" $pid "* ]] && continue
		read -r comm 2>/dev/null <"$dir/comm" || continue
		[ "$comm" = "$self" ] || echo "$pid $comm" # the shell that runs this
	done
}

# settled COMMAND...: waits until it prints nothing, for two seconds at most; prints what remains.
settled() {
	local text='' i

	for ((i = 0; i < 40; i++)); do
		text=$("$@")
		[ -n "$text" ] || return 0
		sleep 0.05
	done
	printf '%s\n' "$text"
	return 1
}

# can_box: whether this user may make the namespaces of a box.
can_box() {
	unshare --user --map-current-user true 2>/dev/null
}

# cargo_vendor: the command that fetches what a package needs, without a compiler. Before 1.68, sparse
# registries come on demand alone.
cargo_vendor() {
	local minor
	minor=$(cargo --version 2>/dev/null | cut -d . -f 2)

	if [ "${minor:-0}" -ge 68 ]; then
		echo cargo vendor
	else
		echo env RUSTC_BOOTSTRAP=1 cargo vendor -Z sparse-registry
	fi
}

# find_registry: leaves the URL of this machine's npm registry, without a slash at its end, in $registry,
# or skips all. Behind some mirrors and sandboxes of CI it has an address that is not public: agentbox
# reaches that if the profile names it, and only then, with the lines in $special.
# shellcheck disable=SC2034 # for the tests
find_registry() {
	registry=$(npm --cache "$scratch/npm" config get registry)
	registry=${registry%/}
	curl -sSf -m 20 -o /dev/null "$registry/ms" 2>"$scratch/curl" ||
		skip_all "the npm registry cannot be reached: $(tail -n 1 "$scratch/curl")"
	special=$(python3 -c '
import ipaddress, socket, sys
found = {a[4][0] for a in socket.getaddrinfo(sys.argv[1], 443, type=socket.SOCK_STREAM)}
for a in sorted(found):
    if not ipaddress.ip_address(a).is_global:
        print("allow =", (f"[{a}]" if ":" in a else a) + ":443")
' "${registry#https://}")
}

# Two ways to begin. A test that root runs for the user AGENTBOX_TEST_AS becomes that user here: only
# root can make that user's world without a user namespace, in which system files would have no owner.

# host "$0" "$@": the test runs on the machine as it is.
host() {
	local test
	test=$(realpath "$1")
	shift

	if [ -n "${AGENTBOX_TEST_AS-}" ]; then
		rm -rf "$scratch"
		exec "$here/as" "$AGENTBOX_TEST_AS" "$test" "$@"
	fi
	can_box || skip_all "this machine gives this user no user namespaces"
}

# world "$0" "$@": the test runs in the namespaces that tests/run/world makes.
world() {
	local test
	test=$(realpath "$1")
	shift

	if [ -n "${WORLD-}" ]; then
		can_box || skip_all "this machine gives this user no user namespaces"
		return
	fi
	[[ $test != /tmp/* ]] || skip_all "the world has a /tmp of its own: keep the tests elsewhere"
	rm -rf "$scratch"
	if [ "$(id -u)" = 0 ]; then
		set -- -- "$here/world" "$test" "$@"
	else
		can_box || skip_all "this machine gives this user no user namespaces"
		set -- --user --map-current-user --keep-caps -- "$here/world" "$test" "$@"
	fi
	exec unshare --mount --net --ipc --pid --fork --kill-child --mount-proc "$@"
}
