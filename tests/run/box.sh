#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What a command finds in the box: identity, namespaces, mounts, environment, descriptors, /proc,
# signals, exit status.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
echo "secret" >"$HOME/secret"
workspace

# --- identity ---
USER=$(id -un)
export USER # agentbox does not search the user database for it
for question in "id -u" "id -g" "id -un" "pwd" "echo \$HOME"; do
	sh_box offline "$question"
	is "$question is what it is outside" "$out" "$(sh -c "$question")"
done
# shellcheck disable=SC2016 # for the shell in the box
sh_box offline 'for n in user mnt pid net ipc uts cgroup; do readlink /proc/self/ns/$n; done'
inside=$out
for ns in user mnt pid net ipc uts cgroup; do
	has "there is a namespace $ns" "$inside" "$ns:["
	lacks "and it is another one than outside" "$inside" "$(readlink "/proc/self/ns/$ns")"
done
sh_box offline 'grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status'
is "no capability, no_new_privs, a seccomp filter" "$(tr -d '\t ' <<<"$out" | sort)" \
	"$(printf '%s\n' Cap{Amb,Bnd,Eff,Inh,Prm}:0000000000000000 NoNewPrivs:1 Seccomp:2)"
sh_box offline 'cat /proc/1/comm; ls -d /proc/[0-9]* | wc -l'
has "pid 1 is agentbox's" "$out" agentbox
ok "no process of the host is there" test "$(tail -n 1 <<<"$out")" -le 5
sh_box offline 'cat /proc/1/environ | wc -c'
lacks "pid 1's environment tells nothing" "$out$err" "$HOME"

# --- files ---
sh_box offline 'echo made >made && cat made'
is "the workspace is writable" "$out" made
is "and it is the real one" "$(cat made)" made
is "what is made there belongs to the caller" "$(stat -c %u:%g made)" "$(id -u):$(id -g)"
box offline ls -A "$HOME"
is "HOME is empty but for the way to the workspace" "$out" work
sh_box offline 'ls -A /tmp; echo x >/tmp/x && cat /tmp/x'
is "/tmp is empty and writable" "$out" x
ok "and private" test ! -e /tmp/x
while read -r path; do
	sh_box offline "echo x >$path/.agentbox-test || mkdir $path/.agentbox-dir"
	ok "$path cannot be written" test "$status" != 0 -a ! -e "$path/.agentbox-test"
done <<-END
	/
	/usr
	/usr/bin
	/etc
	/proc
	/dev
	/proc/sys/kernel
	/var
END
sh_box offline 'ls -A /; echo; ls -A /etc /dev /run /var 2>/dev/null'
for name in root home boot srv mnt media opt lost+found; do
	[[ $HOME/ == /$name/* ]] && continue
	lacks "/$name is not there" $'\n'"${out%%$'\n\n'*}"$'\n' $'\n'"$name"$'\n'
done
for name in shadow sudoers ssh cron.d; do
	lacks "/etc/$name is not there" $'\n'"$out"$'\n' $'\n'"$name"$'\n'
done
# shellcheck disable=SC2016
sh_box offline 'for node in /dev/* /dev/*/*; do [ ! -c "$node" ] && [ ! -b "$node" ] || echo "$node"; done'
for node in kmsg mem kvm fuse mapper loop sda vda input; do
	lacks "/dev/$node is not there" "$out" "/$node"
done
has "/dev/null is there" "$out" /dev/null
box offline python3 -c 'import os, pty; m, s = os.openpty(); print(os.ttyname(s))'
is "the box has its own ptys" "$out" /dev/pts/0
sh_box offline 'cut -d " " -f 2,4 /proc/self/mounts'
lacks "every mount is nosuid" "$(grep -v nosuid <<<"$out" | sed 's/^/FOUND /')" FOUND
lacks "every mount but devices is nodev" \
	"$(grep -v nodev <<<"$out" | grep -v '^/dev/' | sed 's/^/FOUND /')" FOUND
lacks "the old root is gone" "$out" "$HOME/secret"
while read -r command; do
	sh_box offline "$command"
	ok "refused: $command" test "$status" != 0
done <<-'END'
	mount -t tmpfs tmpfs /tmp
	mount -o remount,rw /
	mount -o remount,rw,bind /usr
	umount /proc
	umount -l /
	unshare --user true
	unshare --mount true
	chroot / true
	hostname stolen
	ip link set lo down
	nsenter --target 1 --mount true
	kill -9 1 && sleep 1 && test ! -e /proc/1
	mknod /tmp/null c 1 3
	cat /proc/kcore
	echo c >/proc/sysrq-trigger
	echo x >/proc/sys/kernel/core_pattern
	setpriv --ambient-caps +sys_admin true
END

# --- environment ---
export SECRET_TOKEN=hunter2 LD_PRELOAD_NOT=1 SSH_AUTH_SOCK=/tmp/agent WANTED=yes
run "$AGENTBOX" exec -p offline -e WANTED -e GIVEN=here -- env
unset SECRET_TOKEN LD_PRELOAD_NOT SSH_AUTH_SOCK WANTED
for name in SECRET_TOKEN LD_PRELOAD_NOT SSH_AUTH_SOCK hunter2; do
	lacks "$name does not get in" "$out" "$name"
done
for line in AGENTBOX=1 AGENTBOX_PROFILE=offline AGENTBOX_LEVEL=full AGENTBOX_TASK= WANTED=yes \
	GIVEN=here "HOME=$HOME" PATH=; do
	has "$line is there" $'\n'"$out" $'\n'"$line"
done

# --- descriptors ---
exec 10<"$HOME/secret" 11>"$scratch/leak"
box offline ls /proc/self/fd
exec 10<&- 11>&-
is "inherited descriptors are closed" "$(tr '\n' ' ' <<<"$out")" "0 1 2 3 " # 3: ls reads there
head -c 300000 /dev/urandom >"$scratch/bytes"
ok "pipes are binary-clean" cmp "$scratch/bytes" \
	<("$AGENTBOX" exec -p offline -- cat <"$scratch/bytes")
run "$AGENTBOX" exec -p offline -- sh -c 'echo one; echo two >&2'
is "stdout is stdout" "$out" one
has "stderr is stderr" "$err" two

# --- exit status ---
while read -r want command; do
	sh_box offline "$command"
	is "exit status of: $command" "$status" "$want"
done <<-'END'
	0 true
	7 exit 7
	255 exit 255
	143 kill -TERM $$
	139 kill -SEGV $$
	137 kill -KILL $$
	131 kill -QUIT $$
	3 sleep 100 & exit 3
	4 setsid sleep 100 & exit 4
	5 (sleep 100 & sleep 100 &) ; exit 5
	6 sleep 100 & kill -STOP $! ; exit 6
END
is "nothing of all that is left" "$(settled strays)" ""
run "$AGENTBOX" run -p offline true
is "run is exec, and -- may be left out" "$status" 0
run "$AGENTBOX" exec -p offline ls --version
has "options after the command are the command's" "$out" coreutils
box offline true
lacks "no word when all is well" "$err" agentbox

# --- processes ---
allowed=$(grep Cpus_allowed_list /proc/self/status)
box offline grep Cpus_allowed_list /proc/self/status
is "the command may run on the same CPUs as outside" "$out" "$allowed"
run taskset -c "$(grep -o '[0-9]*' <<<"$allowed" | head -n 1)" "$AGENTBOX" exec -p offline -- nproc
is "and where that is one, on that one" "$out" 1
sh_box offline '(sh -c "sleep 0.1 & exit" &); sleep 0.5; cat /proc/[0-9]*/stat'
lacks "pid 1 reaps what is orphaned" "$out" " Z "
"$AGENTBOX" exec -p offline -- sh -c 'trap "echo caught >caught; exit 9" TERM; touch up; sleep 60 & wait' &
launcher=$!
for ((i = 0; i < 100; i++)); do [ ! -e up ] || break; sleep 0.05; done
kill -TERM "$launcher"
wait "$launcher"
is "SIGTERM reaches the command, which decides" "$?:$(cat caught 2>/dev/null)" 9:caught

# --- network ---
sh_box offline 'cat /proc/net/dev | tail -n +3 | cut -d : -f 1 | tr -d " "'
is "offline: no interface but the loopback" "$out" lo
start=$SECONDS
for target in http://good.test http://93.184.216.34 http://127.0.0.1:80 http://10.99.0.1; do
	box offline curl -sS -m 20 "$target"
	ok "offline: $target is not reached" test "$status" != 0
done
ok "and that was said at once" test $((SECONDS - start)) -lt 10
is "no request arrived" "$(cat "$WORLD/requests")" ""

# --- where it runs ---
mkdir -p sub/dir
cd sub/dir && sh_box offline pwd && cd ../..
is "in a subdirectory of a directory that is no repository, that is the workspace" "$out" "$PWD/sub/dir"
run "$AGENTBOX" exec -p offline -w "$PWD/sub" -- pwd
is "-w names the workspace" "$out" "$PWD/sub"
finish
