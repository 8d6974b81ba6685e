#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# agentbox in a pipeline: what goes through stdin, stdout and stderr arrives whole and in order, and
# what is closed at one end is seen at the other, as without a box. Statuses are compared with those
# of the same line without it.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace
profile online "[profile]" "extends = offline" "[egress]" "allow = good.test"

# same NAME LINE: the line does the same whether or not "box" makes one, with and without egress.
same() {
	local name=$1 want profile

	run bash -c "box() { \"\$@\"; }; $2"
	want="$status:$out"
	for profile in offline online; do
		run bash -c "box() { '$AGENTBOX' exec -p $profile -- \"\$@\"; }; $2"
		is "$name ($profile)" "$status:$out" "$want"
		[ "$status:$out" = "$want" ] || note "$err"
	done
}

head -c 3000000 /dev/urandom >bytes
while IFS='|' read -r name line; do
	[[ $name == \#* ]] || same "$name" "$line"
done <<-'END'
	# --- a reader that goes away
	head takes one line of many|box seq 10000000 | head -n 1; echo "${PIPESTATUS[*]}"
	head takes one line of yes|box yes | head -n 1; echo "${PIPESTATUS[*]}"
	a reader that reads nothing|box sh -c 'sleep 0.3; echo late; exit 3' | true; echo "${PIPESTATUS[*]}"
	a reader that reads nothing, of python|box python3 -c 'import time; time.sleep(0.3); print(1)' 2>/dev/null | true; echo "${PIPESTATUS[*]}"
	stderr is a pipe that nobody reads|{ box sh -c 'sleep 0.3; echo late >&2; echo next' 2>&1 >&3 | true; } 3>&1; echo "${PIPESTATUS[*]}"
	SIGPIPE is what it is outside|trap '' PIPE; box sh -c 'sleep 0.3; echo late 2>/dev/null; echo $? >status' | true; cat status
	# --- closed descriptors
	stdin is closed, and not read|box sh -c 'echo here; exit 4' <&-
	stdout is closed|box sh -c 'echo here 2>/dev/null; echo $? >status' >&-; echo $?
	stderr is closed|box sh -c 'echo here; exit 5' 2>&-
	all three are closed|box sh -c 'exit 6' <&- >&- 2>&-
	stdin is closed, and files are opened|box sh -c 'exec 3<bytes 4<bytes; cmp /dev/fd/3 /dev/fd/4 && echo same' <&-
	# --- kinds of descriptors
	stdout is a file that is appended to|echo first >file; box echo second >>file; echo third >>file; cat file
	stdout and stderr are one pipe, in order|box sh -c 'for i in 1 2 3 4 5; do echo out $i; echo err $i >&2; done' 2>&1
	stdout is /dev/full|box sh -c 'echo x 2>/dev/null; echo $? >status' >/dev/full; cat status
	stdout is a socket|python3 -c 'import socket,subprocess,sys; a,b=socket.socketpair(); r=subprocess.run(["bash","-c",sys.argv[1]],stdout=b).returncode; b.close(); print(r,a.makefile().read())' "$(declare -f box); box echo through"
	a non-blocking pipe|python3 -c 'import os,subprocess,sys; r,w=os.pipe(); os.set_blocking(w,False); p=subprocess.Popen(["bash","-c",sys.argv[1]],stdout=w); os.close(w); n=len(open(r,"rb").read()); print(p.wait(), n)' "$(declare -f box); box dd if=bytes bs=1k count=32 status=none"
	# --- amounts
	100 MB out|box head -c 100000000 /dev/zero | cksum; echo "${PIPESTATUS[*]}"
	100 MB in|head -c 100000000 /dev/zero | box cksum; echo "${PIPESTATUS[*]}"
	100 MB through|head -c 100000000 /dev/zero | box cat | cksum; echo "${PIPESTATUS[*]}"
	random bytes through two boxes|box cat <bytes | box cat | cmp - bytes; echo "${PIPESTATUS[*]}"
	random bytes on stderr|box sh -c 'cat bytes >&2' 2>&1 >/dev/null | cmp - bytes; echo "${PIPESTATUS[*]}"
	10,000 lines of stderr|box sh -c 'seq 10000 >&2; exit 7' 2>&1 | cksum; echo "${PIPESTATUS[*]}"
	both full at once|box sh -c 'seq 200000 & seq 200000 >&2; wait' 2>errors | cksum; cksum <errors
	a slow reader|box seq 100000 | { sleep 0.5; cksum; }
	a slow writer|{ echo a; sleep 0.3; echo b; } | box cat
	a writer that goes on after the command|yes | box head -n 2; echo "${PIPESTATUS[*]}"
	a line at a time is seen at once|box sh -c 'echo first; sleep 1; echo second' | { read -r line; s=$EPOCHREALTIME; read -r other; e=$EPOCHREALTIME; echo "$line $other $(((${e/./} - ${s/./}) > 500000))"; }
	# --- statuses
	of what is not there|box nonesuch 2>/dev/null
	of what cannot be executed|box ./bytes 2>/dev/null
	of a signal, in a pipeline|box sh -c 'kill -TERM $$' | cat; echo "${PIPESTATUS[*]}"
	in a command substitution|x=$(box sh -c 'echo got; exit 9'); echo "$? $x"
	in the background|box sh -c 'exit 8' & wait $!
END

# --- what is meant to differ
"$AGENTBOX" exec -p offline -- sh -c 'cat; ls -l /proc/self/fd/0' <&- >out 2>&1
is "what opens a file does not get it as a closed stdin: that is /dev/null" \
	"$?:$(grep -c /dev/null out)" 0:1
run bash -c "'$AGENTBOX' exec -p offline -- touch ran <."
is "a directory, through which the box could leave, is no stdin: status" "$status" 125
has "a directory, through which the box could leave, is no stdin: said" "$err" "descriptor 0 is a directory"
ok "and nothing ran" test ! -e ran

# What holds stdout longer than the command does not hold its reader.
start=$SECONDS
run bash -c "'$AGENTBOX' exec -p offline -- sh -c 'echo here; setsid sleep 100 &' | cat"
is "a daemon that keeps stdout open ends with the command" "$out:$((SECONDS - start < 20))" here:1
is "nothing is left of the commands" "$(settled strays)" ""
finish
