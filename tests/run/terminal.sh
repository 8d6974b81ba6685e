#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Interactive programs behave as without the box: each scene types into a real terminal (tmux) and
# reads the screen.
# shellcheck disable=SC2016,SC2094 # for the shell on the stage; cat writes to a pipe

. "$(dirname "$0")/lib.sh"
host "$0" "$@"
command -v tmux >/dev/null || skip_all "tmux is not installed"
workspace
export TMUX_TMPDIR=$scratch TERM=screen
tmux=(tmux -f /dev/null -L terminal)

# stage COMMAND: a fresh terminal of 100 by 30 that runs it.
stage() {
	"${tmux[@]}" kill-server 2>/dev/null
	"${tmux[@]}" new-session -d -x 100 -y 30 "$1"
}

type_keys() {
	"${tmux[@]}" send-keys "$@"
}

# The screen's lines, each whole even if it is longer than the screen is wide.
screen() {
	"${tmux[@]}" capture-pane -pJ 2>/dev/null
}

shows() {
	screen | grep -qE "$1"
}

# sees NAME PATTERN: the screen comes to match the regular expression.
sees() {
	if within shows "$2"; then
		result ok "$1"
	else
		result "not ok" "$1"
		note "$(screen | grep . | tail -n 15)"
	fi
}

# running PATTERN: a process comes to have this command line.
running() {
	within pgrep -f -- "$1" >/dev/null
}

# home_again: the box has ended, and what is typed is the outer shell's.
home_again() {
	within shows '^outer> *$'
}

shell='bash --norc --noprofile'
boxed="$AGENTBOX exec -p offline --"

# --- the terminal in the box ---
stage "PS1='outer> ' $shell"
type_keys "clear; $boxed $shell" Enter
type_keys 'echo name=$(tty) size=$(stty size) session=$(ps -o sid= -p $$)' Enter
sees "it is a terminal of its own, as large as the caller's" 'name=/dev/pts/0 size=30 100'
"${tmux[@]}" resize-window -x 90 -y 25
type_keys 'clear; stty size' Enter
sees "a new size arrives" '^25 90'
type_keys 'clear; python3 -c "
import fcntl, termios, sys
for request in (termios.TIOCSTI, 0x541C):
    try:
        fcntl.ioctl(0, request, b\"x\")
        print(\"ioctl\", \"worked\")
    except OSError as e:
        print(\"ioctl\", e.strerror)
"' Enter
sees "nothing can be typed on behalf of the caller" 'ioctl Operation not permitted'
is "also not through TIOCLINUX" "$(screen | grep -c 'ioctl worked')" 0

# --- job control in the box ---
type_keys 'clear; sleep 1000' Enter
running '^sleep 1000'
type_keys C-z
sees "Ctrl-Z stops a job in the box" 'Stopped +sleep 1000'
type_keys 'clear; fg' Enter
within shows '^sleep 1000'
type_keys C-c
type_keys 'echo after=$?' Enter
sees "Ctrl-C interrupts it" 'after=130'
type_keys 'clear; exit 5' Enter
home_again
type_keys 'echo outer=$? $(stty -a | grep -oE -- "-?(icanon|echo) " | tr -d "\n")' Enter
sees "its status comes back, and the terminal is as it was" 'outer=5 icanon echo'

# --- job control outside ---
type_keys "clear; $boxed sleep 1001" Enter
running '^sleep 1001'
type_keys C-z
sees "Ctrl-Z stops agentbox like any job" 'Stopped +.*agentbox exec'
type_keys 'clear; stty -a | grep -oE -- "-?(icanon|echo) " | tr -d "\n"; fg' Enter
sees "meanwhile the terminal is the shell's" 'icanon echo.*agentbox exec'
type_keys C-c
home_again
type_keys 'echo outer=$?' Enter
sees "and Ctrl-C reaches the command again" 'outer=130'

# Nobody keeps a deadline meanwhile, so nothing of the box goes on.
type_keys "clear; rm -f ticks; $boxed sh -c '(while sleep 0.05; do echo >>ticks; done) & until [ -s ticks ]; do sleep 0.05; done; kill -STOP \$\$'" Enter
within shows 'Stopped'
sleep 0.3
ticks=$(wc -l <ticks)
sleep 0.5
is "nothing in the box runs while the job is stopped" "$(wc -l <ticks)" "$ticks"
type_keys 'clear; fg' Enter
sees "and it ends like any other" 'outer> *$'

# --- what agentbox itself says ---
profile some "[egress]" "allow = good.test"
type_keys "clear; $AGENTBOX exec -p some -- bash -c 'read -t 9 </dev/tcp/evil.test/80; echo the end'" Enter
sees "comes" 'denied evil.test:80'
is "when the terminal is the caller's again" "$(screen | grep -oE '^the end|denied' | head -n 1)" 'the end'

# --- a launcher that is killed ---
type_keys "clear; $boxed sh -c 'stty raw; sleep 1002'" Enter
running '^sleep 1002'
pkill -9 -f "$AGENTBOX exec -p offline -- sh -c stty" || true
home_again
type_keys Enter 'clear; echo restored $(stty -a | grep -oE -- "-?(icanon|echo) " | tr -d "\n")' Enter
sees "leaves a terminal that works" 'restored icanon echo'

# --- programs ---
printf '%s\n' line-{1..200} >long
type_keys "clear; $boxed less long" Enter
sees "less fills the screen" 'line-24'
# at_end: less may drop what is typed while it draws.
at_end() {
	type_keys G
	shows 'line-200'
}
ok "and goes to the end" within at_end
type_keys q
home_again
type_keys "clear; $boxed python3 -q" Enter
sees "python prompts" '>>>'
type_keys 'print(6 * 7)' Enter
sees "and answers" '^42'
type_keys C-d
home_again
if command -v vim >/dev/null; then
	type_keys "clear; $boxed vim -u NONE -c 'set noswapfile' written" Enter
	sees "vim draws" '^~'
	type_keys i 'typed in a box' Escape
	sleep 1.2 # or vim takes it for the start of a key
	type_keys ':wq' Enter
	home_again
	type_keys 'clear; cat written' Enter
	sees "and gives the terminal back" '^typed in a box'
	is "and writes" "$(cat written)" 'typed in a box'
else
	skip "vim draws and writes" "vim is not installed"
fi
"${tmux[@]}" kill-server 2>/dev/null

# --- without a terminal ---
head -c 1000000 /dev/urandom >bytes
"$AGENTBOX" exec -p offline -- cat <bytes | cmp -s - bytes
is "pipes carry every byte" "$?" 0
run "$AGENTBOX" exec -p offline -- tty
is "and are no terminal" "$out" 'not a tty'
finish
