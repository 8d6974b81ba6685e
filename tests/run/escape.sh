#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Attacks from inside the box: tests/run/attack has a table of them. Each is tried in a box, where
# it must be refused, and then outside, where it must get through, or it would prove nothing. Where
# that cannot be shown the table says why.
#
#	ONLY=PATTERN tests/run/escape.sh	those whose name matches the pattern alone

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
: "${ATTACK:?is the program that attacks: tests/run/attack}"

mkdir -p "$HOME/target" "$HOME/neighbour"
echo secret >"$HOME/neighbour/secret"
workspace
cp "$ATTACK" attack
profile attacked "[profile]" "extends = default" "[workspace]" "hide = .env" "protect = .vscode"

# fresh: the workspace as attacks/workspace.c expects it.
fresh() {
	find . -mindepth 1 -maxdepth 1 ! -name attack ! -name host-socket ! -name other-id \
		-exec rm -rf {} +
	mkdir -p .git/hooks .git/objects .git/refs .git/info .vscode sub/deep
	echo 'ref: refs/heads/main' >.git/HEAD
	echo '[core]' >.git/config
	echo token=hunter2 | tee .env >sub/deep/.env
	ln .env second
	echo mine >mine
	echo read-only >"$HOME/target/in"
	echo before >"$HOME/target/out"
}

# What the attacks aim at is served by a process of the host.
targets=$scratch/targets
./attack --targets "$HOME/target" >"$targets" 2>"$scratch/served" &
server=$!
for ((i = 0; i < 100; i++)); do
	grep -q ^TARGET_PID= "$targets" && break
	sleep 0.05
done
[ "$i" -lt 100 ] || { note "$(<"$scratch/served")"; exit 1; }
{
	echo "TARGET_OTHER_HOME=$HOME/neighbour"
	echo "TARGET_ADDRESS=93.184.216.34"
	echo "TARGET_ADDRESS6=2606:2800:220:1::34"
} >>"$targets"
pass=()
while IFS='=' read -r name value; do
	export "$name=$value"
	pass+=(-e "$name")
done <"$targets"
if [ "$(id -u)" = 0 ]; then
	cp /usr/bin/id other-id && chown 65534 other-id && chmod 4755 other-id
fi

# What the caller has that the box must not get.
export SECRET_TOKEN=agentbox-attack-token LD_BIND_NOW=1 GCONV_PATH=/nonexistent BASH_ENV=/dev/null
export SSH_AUTH_SOCK=/tmp/agent DBUS_SESSION_BUS_ADDRESS=unix:path=/tmp/bus GITHUB_TOKEN=t
exec 8<"$HOME/target" 9<"$HOME/target/secret"

# attempt COMMAND...: runs an attack that COMMAND starts; leaves its $status and what it $said.
attempt() {
	fresh
	timeout -k 5 30 ./attack --key "$@" <"$HOME/target/in" >>"$HOME/target/out" 2>"$scratch/said"
	status=$?
	said=$(tail -n 1 "$scratch/said")
}

inside() {
	attempt "$AGENTBOX" exec -q -p attacked "${pass[@]}" -- ./attack "$1"
}

outside() {
	attempt ./attack "$1"
}

# What still gets through, and should not.
open=""

n_attacks=0 n_shown=0 n_expected=0 unshown='' lacking=''
while IFS=$'\t' read -r about name control _ gain; do
	# shellcheck disable=SC2254 # it is a pattern
	case $name in ${ONLY:-*}) ;; *) continue ;; esac
	n_attacks=$((n_attacks + 1))
	inside "$name"
	title="$about: $name ($gain)"
	expected=1
	[[ $control = anybody || ($control = root && $(id -u) = 0) ]] || expected=0
	if [ "$status" = 1 ]; then
		result ok "$title: $said"
	elif [ "$status:$expected" = 77:0 ]; then
		skip "$title" "$said"
	elif [[ " $open " == *" $name "* ]]; then
		todo "$title: status $status: $said" "known to be open"
	else
		result "not ok" "$title: status $status: $said"
	fi
	[ "$expected" = 1 ] || continue
	n_expected=$((n_expected + 1))
	outside "$name"
	case $status:$said in
	0:*) n_shown=$((n_shown + 1)) ;;
	1:*"No such file"* | 1:*"not implemented"* | 1:*"not supported"* | 1:*"No such device"*)
		n_expected=$((n_expected - 1)) # this kernel does not have it
		lacking+="$name "
		;;
	*) unshown+="$name: status $status: $said"$'\n' ;;
	esac
done < <(./attack --list)
kill "$server"

note "of $n_expected attacks that should get through without the box, $n_shown do"
printf '%s' "$unshown" | sed 's/^/# but not here: /'
fold -s -w 90 <<<"$lacking" | sed 's/^/# this kernel has nothing to attack: /'
[ -n "${ONLY-}" ] || {
	is "every attack of the table was tried" "$n_attacks" "$(./attack --list | wc -l)"
	ok "there are many" test "$n_attacks" -ge 300
	ok "nine of ten are shown to be attacks" test $((n_shown * 10)) -ge $((n_expected * 9))
}
fresh
is "nothing is left" "$(settled strays)" ""
finish
