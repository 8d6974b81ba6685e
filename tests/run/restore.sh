#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# agentbox restore puts back what a task changed, byte for byte, whatever the task left in its way,
# and touches nothing else: neither outside of the workspace, nor what was there before.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace
git init -q .
mkdir -p "$HOME/outside" a/b
echo keep >"$HOME/outside/Makefile"

# state: names, modes, sizes, targets and bytes of all that is here.
state() {
	find . -path ./.git -prune -o ! -type d -printf '%P %y %m %s %l\n' | LC_ALL=C sort
	find . -path ./.git -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
}

odd=$(printf 'requirements-\n \xff"\\.txt')
printf 'x==1\r\n\0\xff' >"$odd"
printf 'all:\n' >Makefile
printf 'all: b\n' >a/b/Makefile
echo '{}' >package.json
: >requirements.txt
ln -s ../Makefile a/Makefile
ln Makefile hard
chmod 4751 a/b/Makefile
chmod 400 package.json
touch -d '2001-02-03 04:05:06' Makefile package.json "$odd" a/b/Makefile
state >"$scratch/before"

# attack NAME SCRIPT: what it does to the workspace is undone, or told; nothing else is touched.
attack() {
	local name=$1 script=$2 want=${3-0}

	sh_box default "$script"
	is "$name: the task" "$status" 0
	[ "$status" = 0 ] || note "$err"
	run "$AGENTBOX" restore --remove latest
	is "$name: restore's status" "$status" "$want"
	note "$out$err"
	is "$name: nothing outside" "$(ls -A "$HOME/outside")$(<"$HOME/outside/Makefile")" Makefilekeep
}

attack "all of it gone or changed" 'rm -rf a "$(ls -d requirements-*)" package.json; echo evil >Makefile; rm requirements.txt'
is "all of it is back" "$(state | grep -av 'hard\|Makefile f')" "$(grep -av 'hard\|Makefile f' "$scratch/before")"
ok "a hard link is another file now" test "$(<hard)" = evil
is "with its mode" "$(stat -c '%a %Y' a/b/Makefile Makefile)" "$(printf '4751 981173106\n644 981173106')"
is "nothing else is left" "$(find . -name '.agentbox*')" ""
outside=$(printf %q "$HOME/outside")
attack "links to elsewhere" "rm -r a; ln -s $outside a; rm Makefile; ln -s $outside/Makefile Makefile" 1
is "one in the place of a directory is left" "$(readlink a)" "$HOME/outside"
ok "one in the place of a file is not" test ! -L Makefile
rm a
"$AGENTBOX" restore latest >/dev/null
attack "a directory in the place of a file" 'rm Makefile; mkdir -p Makefile/x; rm -f package.json; mkfifo package.json' 1
has "is told" "$out" "not restored: Makefile"
ok "a FIFO is replaced" test -f package.json
rm -r Makefile
"$AGENTBOX" restore latest >/dev/null
attack "modes" 'chmod 777 Makefile; chmod 600 a/b/Makefile; chmod 666 package.json'
is "are as they were" "$(stat -c %a Makefile a/b/Makefile package.json)" $'644\n4751\n400'
# A directory on the way is a link every other moment, while agentbox restores what is in it.
mkdir -p "$HOME/outside/b" swap
sh_box default 'echo evil >a/b/Makefile'
while [ -d swap ]; do
	mv -T a swap/a && ln -s "$HOME/outside" a
	rm -f a
	mv -T swap/a a
done 2>/dev/null &
for ((i = 0; i < 40; i++)); do "$AGENTBOX" restore --remove latest >/dev/null; done
mv swap no-swap
wait $!
is "a directory that is swapped for a link while it is restored: nothing outside" \
	"$(cd "$HOME/outside" && find . | sort | tr '\n' ' ')$(<"$HOME/outside/Makefile")" ". ./Makefile ./b keep"
rm -r "$HOME/outside/b"
mv no-swap/a a 2>/dev/null
rm -rf no-swap
"$AGENTBOX" restore latest >/dev/null
long=$(printf 'd%.0s' {1..200})
long=$long/$long/$long/$long
mkdir -p "$long"
name=$long/$(printf 'e%.0s' {1..200})
echo precious >"${name:0:1015}Makefile"
state >"$scratch/before"
attack "names that the log cuts" "mkdir -p '$(printf '%s' "${name:0:1015}")Makefilexxxxxxxxxxxx' && echo x >'${name:0:1015}Makefilexxxxxxxxxxxx/Makefile'"
ok "remove nothing that was there" test -e "${name:0:1015}Makefile"
attack "names that are no text" 'echo "x==1" >"$(printf "requirements-\376.txt")"; echo y >"$(printf "requirements-\357\277\275.txt")"'
has "are told" "$out" "left, for the log has not its whole name: requirements-"
attack "what looks like another option or place" 'mkdir -p "-n/.."; echo >"-n/Makefile"; mkdir -p "x/ y"; echo >"x/ y/Makefile"'
ok "what was added is removed" test ! -e -n/Makefile -a ! -e "x/ y/Makefile"

mkfifo go
"$AGENTBOX" exec -q -p default -- sh -c 'echo evil >Makefile; echo >ready; read -r _ <go' &
for ((i = 0; i < 200; i++)); do
	[ ! -e ready ] || break
	sleep 0.05
done
run "$AGENTBOX" restore latest
is "a task that runs: status" "$status" 1
has "a task that runs: it is said" "$err" "still runs"
is "a task that runs: nothing is done" "$(<Makefile)" evil
echo >go
wait
printf 'x' | dd of="$(latest_task)/events.jsonl" bs=1 seek=200 conv=notrunc status=none
run "$AGENTBOX" restore latest
is "a log that was altered: status" "$status" 1
is "and nothing is done" "$(<Makefile)" evil
finish
