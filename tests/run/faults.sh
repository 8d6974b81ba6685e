#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The system calls by which agentbox makes a box and takes it down fail, one after the other: there is the
# same box, walls and all, or there is none and a sentence that says why. Either way nothing is left.
#
#	FAULTS_SECONDS=3600 tests/run/faults.sh	each call; the default is what every run can afford
#	ONLY=PATTERN tests/run/faults.sh	those whose name matches alone

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
command -v strace >/dev/null || skip_all "strace is not installed"
workspace
state=$HOME/.local/state/agentbox
mkdir -p .git src && echo 'ref: refs/heads/main' >.git/HEAD && echo '[core]' >.git/config
echo SECRET >src/.env
python3 -c 'import socket, time; s = socket.socket(socket.AF_UNIX); s.bind("src/service"); s.listen(); time.sleep(3600)' &
server=$!
read -r pids <"$WORLD/pids"
echo "$pids $server" >"$WORLD/pids"
profile faults "[profile]" "extends = default" "[egress]" "allow = GET https://good.test/**" \
	"[ports]" "publish = 3000" "[limits]" "memory = 256M" "processes = 500"

# What there is to see of the walls from inside.
# shellcheck disable=SC2016 # for the shell in the box
look='exec 2>&1; grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status
	while read -r _ _ _ line; do echo "$line"; done </proc/self/mountinfo
	env; ulimit -a; id; hostname; pwd; ls /proc/self/fd; ls -A . .. /tmp /run
	cat src/.env; echo x >.git/config; mkdir .vscode; kill -0 1; echo x >/proc/sys/kernel/hostname
	grep -c BEGIN /etc/ssl/certs/ca-certificates.crt
	echo complete'

filter=()

# launch OPTION...: a box under strace, which lets go of whoever executes something: neither the calls
# of the command fail nor those of egress.
launch() {
	LIMIT=20 run "${filter[@]}" strace -f -qq -b execve -o "$scratch/trace" "$@" \
		"$AGENTBOX" exec -q -p faults -- /bin/sh -c "$look"
	out=$(sed -e '/^AGENTBOX_TASK=/d' -e 's/agentbox-[0-9a-f]*//g' <<<"$out")
}

leftovers() {
	strays
	diff <(echo "$files") <(traces "$HOME/work" /dev/shm)
	find "$state/placeholders" -type f -size +0
}

# What a call may well fail with; one that is not here runs out of memory.
errno_of() {
	case $1 in
	getrandom | poll) echo EINTR ;;
	open* | socket* | fcntl | dup* | signalfd* | timerfd* | inotify_init* | fanotify_init | recvmsg) echo EMFILE ;;
	fork | vfork | clone*) echo EAGAIN ;;
	mkdir* | mknod* | link* | symlink* | write | ftruncate | rename*) echo ENOSPC ;;
	unlink* | rmdir) echo EROFS ;;
	send*) echo ENOBUFS ;;
	prctl | set* | cap* | landlock* | seccomp) echo EPERM ;;
	*) echo ENOMEM ;;
	esac
}

launch
if grep -q 'syscall_0x1d3(' "$scratch/trace"; then # open_tree_attr, which is too new for this strace
	filter=("$here/filter.py" open_tree_attr=ENOSYS --)
	launch
fi
is "a task runs in peace" "$status ${out##*complete}$err" "0 "
reference=$out
files=$(traces "$HOME/work" /dev/shm)
launch
is "each box is like the other" "$out" "$reference"

# Each name as often as one process called it; but for what cannot fail or ends a process, a C library
# that has no memory before main() begins, and Landlock's version, without which there is another box.
mapfile -t faults < <(awk '{ sub(/\(.*/, "", $2); if ($2 ~ /^[a-z]/ && $2 !~ /^syscall_/) n[$2, $1]++ }
	END { for (i in n) { split(i, at, SUBSEP); if (n[i] > max[at[1]]) max[at[1]] = n[i] }
		for (name in max) for (k = 1; k <= max[name]; k++) print name, k }' "$scratch/trace" |
	grep -v -e '^exit' -e '^close ' -e '^get.id ' -e '^umask' -e '^kill ' -e '^rt_sig' -e '^wait' \
		-e '^brk ' -e '^landlock_create_ruleset 1$' |
	sort | shuf --random-source=<(yes "$(id -u)"))

until=$((SECONDS + ${FAULTS_SECONDS:-12}))
tried=0 same=0 none=0 bad=''
for fault in "${faults[@]}"; do
	[ "$SECONDS" -lt "$until" ] || break
	read -r name when <<<"$fault"
	# shellcheck disable=SC2254 # it is a pattern
	case $name in ${ONLY:-*}) ;; *) continue ;; esac
	error=$(errno_of "$name")
	launch -e "trace=$name" -e "inject=$name:error=$error:when=$when"
	tried=$((tried + 1))
	wrong=''
	case $status in
	0)
		same=$((same + 1))
		wrong=$(diff <(echo "$reference") <(echo "$out")) || wrong="another box: $wrong"
		;;
	*)
		none=$((none + 1))
		# Where writing fails, so does saying it.
		[ -n "$err" ] || grep -q '^[0-9]* *write(2, ' "$scratch/trace" || wrong="no sentence"
		;;
	esac
	said=$err code=$status
	if ! settled leftovers >/dev/null; then
		launch # the next start removes what could not be removed
		wrong+=$(settled leftovers)
	fi
	[ -z "$wrong" ] || bad+="$name $when $error: status $code: $said: $wrong"$'\n'
	[ -z "${VERBOSE-}" ] || echo "# $name $when $error: status $code: $said: $wrong"
done
note "of ${#faults[@]} faults $tried were tried: $same did not matter, $none did"
printf '%s' "$bad" | sed 's/^/# /'
is "whatever fails, there is a whole box or a sentence, and nothing is left" "$bad" ""
kill "$server"
finish
