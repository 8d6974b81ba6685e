#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What a person, a script or an attacker may hand to agentbox by mistake or on purpose. Nothing of
# it may start a command that should not start, and each refusal says what is wrong.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace
marker=$HOME/work/ran
profiles=$HOME/.config/agentbox
mkdir -p "$profiles"

# refused NAME STATUS PART COMMAND...: ends so, says so, and the command (touch ran) did not run.
refused() {
	local name=$1 want=$2 part=$3
	shift 3
	rm -f "$marker"
	LIMIT=20 run "$@"
	if [ "$status" != "$want" ] || [ -e "$marker" ] || [[ $err != *"$part"* ]]; then
		result "not ok" "$name"
		note "status $status, wanted $want; ran: $([ ! -e "$marker" ] || echo yes)"
		note "said: $err"
		note "wanted in it: $part"
	else
		result ok "$name"
	fi
}

refused_profile() {
	refused "profile: $1" 125 "$2" "$AGENTBOX" exec -p "$profiles/$3.ini" -- touch "$marker"
}

# --- profiles ---
refused "profile: missing" 125 nonesuch "$AGENTBOX" exec -p nonesuch -- touch "$marker"
refused_profile "missing path" "No such file" missing
refused "profile: a path out of the search path" 125 "" "$AGENTBOX" exec -p ../../etc/passwd -- touch "$marker"
refused "profile: empty name" 125 "" "$AGENTBOX" exec -p "" -- touch "$marker"
mkdir "$profiles/directory.ini"
refused_profile "a directory" "" directory
mkfifo "$profiles/fifo.ini"
refused_profile "a FIFO, which is not waited for" "" fifo
ln -s /dev/zero "$profiles/device.ini"
refused_profile "an endless device" "" device
ln -s loop.ini "$profiles/loop.ini"
refused_profile "a symbolic link to itself" "" loop
profile one "[profile]" "extends = two"
profile two "[profile]" "extends = one"
refused "profile: circular" 125 "one" "$AGENTBOX" exec -p one -- touch "$marker"
profile self "[profile]" "extends = self"
refused "profile: extends itself" 125 self "$AGENTBOX" exec -p self -- touch "$marker"
head -c 5000000 /dev/zero | tr '\0' '#' >"$profiles/huge.ini"
refused_profile "huge" "" huge
yes '# a comment' | head -c 3000000 >"$profiles/lines.ini"
refused_profile "very many lines" "" lines
head -c 4096 /dev/urandom >"$profiles/random.ini"
refused_profile "random bytes" "error" random
printf '[profile]\nextends = offline\0\n[egress]\nallow = evil.test\n' >"$profiles/nul.ini"
refused_profile "a NUL byte" "" nul
cp "$AGENTBOX" "$profiles/program.ini"
refused_profile "a program" "" program
profile open "[profile]" "extends = offline"
chmod 666 "$profiles/open.ini"
refused_profile "one that others may write" "other users can write" open
chmod 620 "$profiles/open.ini"
refused_profile "one that the group may write" "other users can write" open
chmod 600 "$profiles/open.ini"
run "$AGENTBOX" exec -p "$profiles/open.ini" -- true
is "profile: and one that nobody else may write is fine" "$status" 0
profile private "[profile]" "extends = offline"
chmod 000 "$profiles/private.ini"
if [ "$(id -u)" = 0 ]; then
	skip "profile: unreadable" "root reads everything"
else
	refused_profile "unreadable" "Permission denied" private
fi
while IFS='|' read -r what lines want; do
	# shellcheck disable=SC2059 # the lines are the format
	printf "$lines\n" >"$profiles/bad.ini"
	refused_profile "$what" "bad.ini:$want" bad
done <<-'END'
	unknown section|[profile]\nextends = offline\n[nonesuch]\nkey = 1|3: error
	unknown key|[profile]\nextnds = offline|2: error
	unknown value|[workspace]\naccess = maybe|2: error
	not a number|[limits]\nprocesses = many|2: error
	key without a section|extends = offline|1: error
	line without a key|[profile]\nnonsense|2: error
	single-valued key given twice|[workspace]\naccess = read\naccess = write|3: error
	a rule for everything|[egress]\nallow = *|2: error
	a rule for a top level|[egress]\nallow = *.com|2: error
	a rule with a bad port|[egress]\nallow = good.test:99999|2: error
	a rule with a URL|[egress]\nallow = http://good.test|2: error
	an unknown system call|[syscalls]\nallow = nonesuch|2: error
	an unknown group|[syscalls]\ndeny = @nonesuch|2: error
	a loader variable|[environment]\npass = LD_PRELOAD|2: error
	an inline comment, which inih would cut|[egress]\nallow = good.test ; not evil.test|2: error
END
printf '[profile]\nextnds = a\n[nonesuch]\nx = 1\n[workspace]\naccess = maybe\n' >"$profiles/bad.ini"
run "$AGENTBOX" exec -p "$profiles/bad.ini" -- true
is "profile: every error is told, not only the first" "$(grep -c ' error: ' <<<"$err")" 3
mkdir "$HOME/granted"
for dir in "$HOME/work" "$HOME/granted"; do
	printf '[profile]\nextends = offline\n[filesystem]\nwrite = %s\n' "$HOME/granted" >"$dir/mine.ini"
	refused "profile: one that the box can write" 125 "$dir, which the box can write: copy it" \
		"$AGENTBOX" exec -p "$dir/mine.ini" -- touch "$marker"
done
rm "$HOME/work/mine.ini"
{ printf '[egress]\nallow = '; printf 'a%.0s' {1..300}; echo .evil.test; } >"$profiles/bad.ini"
refused_profile "a line that inih would cut" "bad.ini:2: error" bad

# --- workspaces ---
while read -r what dir; do
	refused "workspace: $what" 125 "" "$AGENTBOX" exec -p offline -w "$dir" -- touch "$marker"
done <<-END
	missing $HOME/missing
	root /
	HOME $HOME
	above-HOME $(dirname "$HOME")
	/home /home
	/usr /usr
	below-/usr /usr/share
	/etc /etc
	/proc /proc
	/dev /dev
	/tmp /tmp
	file $profiles/one.ini
	fifo $profiles/fifo.ini
	HOME-by-dots $HOME/work/..
	root-by-proc /proc/self/root
END
cd / && refused "workspace: here, when here is /" 125 "" "$AGENTBOX" exec -p offline -- touch "$marker"
cd "$HOME" && refused "workspace: here, when here is HOME" 125 "" "$AGENTBOX" exec -p offline -- touch "$marker"
mkdir "$HOME/gone" && cd "$HOME/gone" && rmdir "$HOME/gone" &&
	refused "workspace: here, when here is no more" 125 "" "$AGENTBOX" exec -p offline -- touch "$marker"
cd "$HOME/work" || exit 1
ln -s / "$HOME/root-link"
refused "workspace: a link to /" 125 "" "$AGENTBOX" exec -p offline -w "$HOME/root-link" -- touch "$marker"
if [ "$(id -u)" = 0 ]; then
	mkdir "$HOME/theirs" && chown 12345 "$HOME/theirs"
	refused "workspace: not ours" 125 "another user" \
		"$AGENTBOX" exec -p offline -w "$HOME/theirs" -- touch "$marker"
else
	skip "workspace: not ours" "only root can make a directory that belongs to somebody else"
	mkdir -p "$HOME/shut/in/deep" && chmod 600 "$HOME/shut/in"
	refused "workspace: what hide= names cannot be looked for" 125 "/shut/in/deep: Permission" \
		"$AGENTBOX" exec -w "$HOME/shut" -- touch "$marker"
	chmod 700 "$HOME/shut/in" && chmod 300 "$HOME/shut"
	refused "workspace: nor in all of it" 125 "/shut for what hide= names" \
		"$AGENTBOX" exec -w "$HOME/shut" -- touch "$marker"
fi

# --- command line ---
touch plain
printf '#!/nonesuch\n' >interpreter
chmod 755 interpreter
while IFS='|' read -r want arguments; do
	read -ra arguments <<<"$arguments"
	refused "agentbox ${arguments[*]}" "$want" agentbox "$AGENTBOX" "${arguments[@]}"
done <<-END
	2|
	2|nonesuch
	2|--nonesuch
	2|exec
	2|exec --
	2|exec -p
	2|exec -p offline
	2|exec -p offline --
	2|exec --nonesuch -- touch $marker
	2|exec -e -- touch $marker
	2|exec -e =x -- touch $marker
	2|exec -e LD_PRELOAD -- touch $marker
	2|exec -e AGENTBOX_LEVEL=none -- touch $marker
	2|exec -e A-B=x -- touch $marker
	2|plan
	2|log --nonesuch
	2|profile nonesuch
	2|profile show
	127|exec -p offline -- nonesuch
	127|exec -p offline -- ./nonesuch
	127|exec -p offline -- /nonesuch/nonesuch
	126|exec -p offline -- .
	126|exec -p offline -- /
	126|exec -p offline -- ./plain
	127|exec -p offline -- ./interpreter
END
while IFS='|' read -r part arguments; do
	read -ra arguments <<<"$arguments"
	refused "agentbox ${arguments[*]}: it is said why" 2 "agentbox: $part; see agentbox ${arguments[0]} --help" \
		"$AGENTBOX" "${arguments[@]}"
done <<-END
	there is no option -x|exec -xq touch $marker
	there is no option --profil|exec --profil=offline touch $marker
	there is no option --json|exec --json -- touch $marker
	--quiet takes no value|exec --quiet=yes touch $marker
	--profile needs a value|exec --profile
	-e needs a value|exec -qe
	"b" is one word too many|log a -v deny b
	-v takes deny, allow or ask|log -vdenied
	--keep takes a number|tasks prune --keep=-1
	there is no option --json|profile show offline --json
	policy reload needs a task|policy reload
END
run "$AGENTBOX" profile check offline --help
is "--help anywhere" "$out" "$("$AGENTBOX" help profile)"
run "$AGENTBOX" log latest --json
is "options behind the task" "$(head -n 1 <<<"$out" | jq -r .event)" task.start
mkdir -p "$HOME/bin"
printf '#!/bin/sh\n' >"$HOME/bin/elsewhere"
chmod 755 "$HOME/bin/elsewhere"
refused "a program that the box does not see" 127 "outside of the box it is $HOME/bin/elsewhere" \
	env PATH="$PATH:$HOME/bin" "$AGENTBOX" exec -p offline -- elsewhere
run "$AGENTBOX" exec -p offline -- echo "$(head -c 100000 /dev/zero | tr '\0' x)"
is "a very long argument arrives" "${#out}" 100000
run "$AGENTBOX" exec -p offline -- printf '<%s>' '' ' ' $'\n' '*' $'\xff'
is "arguments arrive as they are" "$out" $'<>< ><\n><*><\xff>'

# --- descriptors and terminal ---
is "stdin closed" "$("$AGENTBOX" exec -p offline -- cat <&- && echo fine)" fine
"$AGENTBOX" exec -p offline -- touch "$HOME/work/quiet" <&- >&- 2>&-
ok "all three closed" test -e quiet
ok "stdout that is full is the command's own trouble" \
	not sh -c '"$1" exec -p offline -- echo x >/dev/full' sh "$AGENTBOX"
for verb in "plan -- true" "why example.test" doctor "exec --help"; do
	# shellcheck disable=SC2086
	refused "what cannot be written is an error: $verb" 1 "No space left" \
		bash -c 'exec "$@" >/dev/full' bash "$AGENTBOX" $verb
done
run bash -c 'ulimit -n 4096; for ((fd = 3; fd < 1003; fd++)); do eval "exec $fd</dev/null"; done
	exec "$1" exec -p offline -- ls /proc/self/fd' bash "$AGENTBOX"
is "a thousand inherited descriptors" "$(wc -l <<<"$out"):$status" 4:0
run bash -c 'ulimit -n 64; exec "$1" exec -p offline -- echo fine' bash "$AGENTBOX"
is "few descriptors allowed" "$out" fine
for fd in 0 1 2; do
	run bash -c 'exec "$1" exec -p offline -- touch "$2" '"$fd<"' "$HOME"' bash "$AGENTBOX" "$marker"
	ok "descriptor $fd a directory, out of which the box could climb: refused" \
		test "$status" = 125 -a ! -e "$marker"
done
run env -i "$AGENTBOX" exec -p offline -- echo fine
ok "no environment at all: works or says why" test "$status:$out" = 0:fine -o "$status" = 125
run env -i HOME=relative "$AGENTBOX" exec -p offline -- echo fine
ok "a relative HOME: works or says why" test "$status:$out" = 0:fine -o "$status" = 125
run bash -c 'umask 777; exec "$1" exec -p offline -- echo fine' bash "$AGENTBOX"
ok "a mad umask: works or says why" test "$status:$out" = 0:fine -o "$status" = 125
LIMIT=10 run bash -c 'trap "" TERM INT HUP PIPE CHLD; exec "$1" exec -p offline -- sh -c "exit 3"' bash \
	"$AGENTBOX"
is "every signal ignored by the caller" "$status" 3

# shellcheck disable=SC2016 # for the other bash
refused "egress: neither a policy nor a place for events" 1 "No such file" \
	bash -c '"$1" nonesuch >/dev/full' bash "$EGRESS"

# --- state ---
state=$HOME/.local/state/agentbox
chmod -R u+w "$state"; rm -rf "$state"; touch "$state"
refused "state directory is a file" 125 "" "$AGENTBOX" exec -p offline -- touch "$marker"
ln -s "$HOME/work" "$HOME/state-link"
refused "state directory in the workspace, by a link" 125 "the box could reach it" \
	env XDG_STATE_HOME="$HOME/state-link/state" "$AGENTBOX" exec -p offline -- touch "$marker"
refused "by a link to /" 125 "the box could reach it" \
	env XDG_STATE_HOME="$HOME/root-link$HOME/work/state" "$AGENTBOX" exec -p offline -- touch "$marker"
refused "or by .. of what will be made" 125 "leads up from nothing" \
	env XDG_STATE_HOME="$HOME/none/../work/state" "$AGENTBOX" exec -p offline -- touch "$marker"
profile granted "[profile]" "extends = offline" "[filesystem]" "write = $HOME/granted"
refused "state directory that the profile grants" 125 "the box could reach it in $HOME/granted" \
	env XDG_STATE_HOME="$HOME/granted" "$AGENTBOX" exec -p granted -- touch "$marker"
mkdir -p "$HOME/granted/agentbox/x"
profile deeper "[profile]" "extends = offline" "[filesystem]" "write = $HOME/granted/agentbox/x"
refused "or above what it grants" 125 "the box could reach it in $HOME/granted/agentbox/x" \
	env XDG_STATE_HOME="$HOME/granted" "$AGENTBOX" exec -p deeper -- touch "$marker"
rm "$state"; mkdir "$state"; chmod 500 "$state"
if [ "$(id -u)" = 0 ]; then
	skip "state directory read-only" "root writes everywhere"
else
	refused "state directory read-only" 125 "Permission denied" "$AGENTBOX" exec -p offline -- touch "$marker"
fi
chmod 700 "$state"
refused "state directory full" 125 "" env XDG_STATE_HOME=/proc "$AGENTBOX" exec -p offline -- touch "$marker"
profile full "[profile]" "extends = offline" "[audit]" "file = /dev/full"
refused "the log cannot be written" 125 "" "$AGENTBOX" exec -p full -- touch "$marker"
profile nowhere "[profile]" "extends = offline" "[audit]" "file = $HOME/missing/log"
refused "the log cannot be opened" 125 "missing" "$AGENTBOX" exec -p nowhere -- touch "$marker"

# --- machine ---
# In a user namespace that may make none itself, agentbox says what is missing.
run unshare --user --map-current-user --keep-caps bash -c '
	echo 0 >/proc/sys/user/max_user_namespaces && exec "$1" exec -p offline -- touch "$2"' bash \
	"$AGENTBOX" "$marker"
if [[ $err == *max_user_namespaces* && $err != *agentbox:* ]]; then
	skip "no user namespaces" "cannot take them away here"
else
	is "no user namespaces: status" "$status" 122
	has "no user namespaces: what to do" "$err" "user namespaces"
	ok "no user namespaces: nothing ran" test ! -e "$marker"
fi
is "nothing is left" "$(settled strays)" ""
finish
