#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# `agentbox why` tells the truth: what it says of a path, a host or a system call is what happens in
# the box.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace
git init -q .
mkdir -p config/secret .git/hooks .vscode "$HOME/data/out" "$HOME/.ssh"
touch .env config/key.pem config/secret/x .git/hooks/pre-commit .vscode/tasks.json plain "$HOME/.ssh/id_rsa" \
	"$HOME/data/table" "odd
name"
ln -s plain link
profile asked "[profile]" "extends = default" "[workspace]" "hide = config/secret" "[filesystem]" \
	"read = ~/data" "write = ~/data/out" "[egress]" "allow = good.test" "deny = www.good.test" \
	"[syscalls]" "deny = utimensat"

why() {
	run "$AGENTBOX" why -p asked "$@"
	verdict=$(sed -n 's/^verdict  *//p' <<<"$out")
}

# --- paths ---
# What the box can do to a path, in the words of why. Nothing is changed that is there.
# shellcheck disable=SC2016 # for the shell in the box
look='if [ -d "$1" ]; then
	if ! ls "$1" >/dev/null 2>&1; then echo hidden
	elif mkdir "$1/.why" 2>/dev/null; then rmdir "$1/.why"; echo writable
	else echo read-only; fi
elif [ -e "$1" ]; then
	if [ ! -r "$1" ] || ! true <"$1"; then echo hidden
	elif true 2>/dev/null >>"$1"; then echo writable
	else echo read-only; fi
else echo "not there"; fi'
while IFS= read -r path; do
	why "$path"
	said=$verdict
	[ "$said" = protected ] && said=read-only
	box asked sh -c "$look" sh "$path"
	is "$path is $verdict" "$out" "$said"
	why "$path"
	is "$path: the exit status says whether it can be read" "$status" \
		"$([[ $verdict == hidden || $verdict == "not there" ]]; echo $((! $?)))"
done <<-END
	.
	./plain
	./link
	$PWD/plain
	.env
	./config
	./config/key.pem
	./config/secret
	./.git
	./.git/hooks
	./.git/hooks/pre-commit
	./.git/HEAD
	./.vscode/tasks.json
	$HOME
	$HOME/.ssh
	$HOME/.ssh/id_rsa
	$HOME/data
	$HOME/data/table
	$HOME/data/out
	/etc/passwd
	/etc/shadow
	/usr/bin/env
	/bin/sh
	/tmp
	/var/lib
	/root/nothing
	/dev/null
	/dev/mem
	/proc/sys
	/proc/sys/kernel/core_pattern
	/proc/keys
	/run/dbus
END
why ./odd$'\n'name
has "a name cannot write lines of its own" "$out" "odd\\x0aname"
why ./new.pem
has "what is not there yet is named by its line" "$out" "default.ini:"
why ~/.ssh/id_rsa
has "what is not there comes with the line that shows it" "$out" "hint         [filesystem] read = $HOME/.ssh/id_rsa"

# --- hosts ---
while read -r host; do
	why "$host"
	box asked curl -fsS -o /dev/null --max-time 5 "http://$host/"
	case $verdict in
	allow) is "$host: allowed" "$status" 0 ;;
	*) ok "$host: denied" test "$status" != 0 -a "$verdict" = deny ;;
	esac
done <<-END
	good.test:80
	www.good.test:80
	other.test:80
	93.184.216.34:80
	127.0.0.1:80
	good.test:8080
END
why http://good.test/x
is "a request" "$status $verdict" "0 allow"
why POST http://other.test/x
is "a request that is denied" "$status $verdict" "1 deny"

run "$AGENTBOX" why -p node PUT https://registry.npmjs.org/left-pad
has "a request that publishes" "$status $out" "only a task that may publish may do this: publish"
run "$AGENTBOX" why -p assist pkg:npm/left-pad@1.3.0
has "a package, and what else decides about it" "$status $out" "also judged by add, "

# --- system calls ---
why utimensat
box asked touch -d 2001-01-01 plain
ok "a call that the profile denies" test "$status" != 0 -a "$verdict" = EPERM
why unshare
sh_box asked "unshare --user true"
ok "a call that is judged by its arguments" test "$status" != 0 -a "$verdict" = "by argument"
why @mount
has "a group" "$verdict $out" "deny"

# --- how it is asked ---
run "$AGENTBOX" why --json -p asked ./config/secret
is "one JSON object" "$(jq -r '[.about, .subject, .verdict, .step, .rule, .hint, .walls] | join("|")' <<<"$out")" \
	"path|$PWD/config/secret|hidden|hide|$HOME/.config/agentbox/asked.ini:4||mounts"
run "$AGENTBOX" why
is "nothing to ask about is misuse" "$status" 2
run "$AGENTBOX" why a b c
is "so is more than one thing" "$status" 2
run "$AGENTBOX" why -- 'a b'
is "and what is nothing" "$status" 2
run "$AGENTBOX" why -p nosuch .
is "a profile that is not there" "$status" 125
before=$(traces "$HOME")
why ./plain
is "nothing is made or changed by asking" "$(traces "$HOME")" "$before"

finish
