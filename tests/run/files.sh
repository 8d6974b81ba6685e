#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What is protected and hidden in the workspace, attacked from inside and, while a box starts and
# runs, from outside. Each attack is tried twice: in a box without the wall it works.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@good.test
export GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@good.test
rounds=${ROUNDS:-40}

profile open "[workspace]" "access = write"

# fresh: a repository with a secret, and work in it.
fresh() {
	cd / && rm -rf "$HOME/work" && mkdir "$HOME/work" && cd "$HOME/work" || exit 1
	git init -q . && mkdir -p src/deep .vscode && echo code >src/code && echo '{}' >.vscode/settings.json
	git add . && git commit -qm one || exit 1
	echo SECRET >.env
	echo SECRET >src/deep/.env
	echo .env >>.git/info/exclude
}

# attack NAME SCRIPT CHECK: in a box SCRIPT fails, or CHECK, evaluated outside afterwards, says that
# it had no effect; without the wall it succeeds and CHECK fails.
attack() {
	local name=$1 script=$2 check=$3

	fresh
	sh_box default "$script"
	if eval "$check"; then
		result ok "$name"
	else
		result "not ok" "$name"
		note "status $status: $out $err"
	fi
	fresh
	sh_box open "$script"
	if eval "$check"; then
		result "not ok" "control: $name"
		note "the attack does not work without the wall either; status $status: $out $err"
	else
		result ok "control: $name"
	fi
}

# --- what is protected and not there ---
for path in .git/commondir .git/config.worktree .gitmodules .husky .githooks .github .idea .fleet .zed \
	.devcontainer .devcontainer.json .mcp.json .claude .cursor .codex .agents .gemini .aider.conf.yml \
	.continue .envrc .mise.toml .mise .agentbox .agentbox.ini; do
	attack "$path cannot be made" \
		"touch $path; rm -rf $path; mkdir $path; rmdir $path; ln -s src $path; mv src $path
		cp src/code $path; ln src/code $path; echo x >$path; printf x | tee $path/x" \
		"[ ! -e $path ] && [ ! -L $path ]"
done
attack ".github/workflows cannot be made" "mkdir -p .github/workflows && echo x >.github/workflows/x.yml" \
	"[ ! -e .github ]"
attack "a directory that has it cannot take its place" "mkdir new && echo x >new/settings.json && mv -T new .claude" \
	"[ ! -e .claude ]"
attack "RENAME_EXCHANGE does not bring it about" \
	"mkdir new && python3 -c 'import ctypes; l = ctypes.CDLL(None); exit(l.renameat2(-100, b\"new\", -100, b\".husky\", 2) and l.renameat2(-100, b\"new\", -100, b\".husky\", 0))'" \
	"[ ! -e .husky ]"
cd / && rm -rf "$HOME/work" && mkdir "$HOME/work" && cd "$HOME/work" || exit 1
sh_box default 'git init . ; mkdir .git; echo "gitdir: x" >.git; ls -A'
ok "where there is no .git, none can be made" test ! -e .git -a ! -L .git
sh_box default 'mv .git x; ln -sfn . .git; mkdir x; mv -T x .git; echo x >.git/HEAD; ls -A .git; git rev-parse'
is "nor put in the place of what stands for it" "$out" ""
has "and no repository to git" "$err" "not a git repository"
sh_box open 'git init -q .'
ok "control: without the wall one can" test -e .git/HEAD

# --- nobody notices them ---
fresh
sh_box default 'git status --porcelain --ignored; git ls-files -o; ls; git stash list; git fsck 2>&1
	git -c user.name=box -c user.email=box@good.test commit -q --allow-empty -m two && git log --format=%s'
is "git in the box sees nothing of them" "$status:$out" "0:!! .env
!! src/deep/
.env
src/deep/.env
src
two
one"
"$AGENTBOX" exec -p default -- sh -c 'touch up; while [ ! -e go ]; do sleep 0.05; done' >/dev/null 2>&1 </dev/null &
task=$!
for ((i = 0; i < 100; i++)); do [ ! -e up ] || break; sleep 0.05; done
rm up
is "git outside neither, while the box runs" "$(git status --porcelain; git ls-files -o --exclude-standard)" ""
ok "but they are there" test -S .husky
ok "git add takes nothing of them" git add -A
is "and git clean removes nothing of them" "$(git clean -ndx | sort)" "Would remove .env
Would remove src/deep/"
echo mine >.aider.conf.yml.new && mv .aider.conf.yml.new .aider.conf.yml
touch go && wait $task
rm -f go
is "what the user puts in their place stays" "$(cat .aider.conf.yml)" mine
is "and nothing else" "$(git status --porcelain)" "?? .aider.conf.yml"
ok "a box that starts later protects it" not sh -c "echo x | '$AGENTBOX' exec -p default -- tee .aider.conf.yml"
is "and leaves it" "$(cat .aider.conf.yml)" mine

# --- several boxes in one workspace ---
fresh
before=$(traces "$HOME/work")
for i in 1 2 3; do
	"$AGENTBOX" exec -p default -- sleep 0.$((i * 2)) >/dev/null 2>&1 </dev/null &
done
sleep 0.3
sh_box default 'sleep 0.5; touch .husky'
ok "the end of one box takes nothing from another" test "$status" != 0 -a ! -e .husky
wait
for ((i = 0; i < 30; i++)); do
	"$AGENTBOX" exec -p default -- sh -c 'mkdir .husky .claude .github' >/dev/null 2>&1 </dev/null &
done
wait
is "30 boxes at once leave nothing behind" "$(diff <(echo "$before") <(traces "$HOME/work"))" ""
is "nor in the state directory" "$(find "$HOME/.local/state/agentbox/placeholders" -type f -size +0)" ""

# --- killed ---
# start: a box in the background, and the children of its launcher by name.
start() {
	"$AGENTBOX" exec -p default -- sleep 100 >/dev/null 2>&1 </dev/null &
	task=$!
}

changed() {
	strays # of what is started next, something may be left when it has been read
	diff <(echo "$before") <(traces "$HOME/work" 2>/dev/null) # some go while they are listed
}

bad=''
for ((round = 0; round < rounds; round++)); do
	start
	sleep "0.0$((RANDOM % 4))$((RANDOM % 10))"
	kill -KILL $task
	wait $task 2>/dev/null
	found=$(settled changed) || bad+="round $round: $found"$'\n'
done
is "a launcher killed $rounds times leaves nothing" "$bad" ""
bad=''
for ((round = 0; round < rounds; round++)); do
	start
	sleep "0.0$((RANDOM % 4))$((RANDOM % 10))"
	kill -KILL $(pgrep -P $task -x agentbox-keeper) $task
	wait $task 2>/dev/null
done
box default true
is "with its keeper, the next start removes what is left" "$status:$(settled changed)" "0:"
start
for ((i = 0; i < 100; i++)); do [ ! -S .husky ] || break; sleep 0.05; done
kill -KILL "$(pgrep -P $task -x agentbox-keeper)"
sleep 0.1
kill -TERM $task 2>/dev/null
wait $task 2>/dev/null
is "a keeper killed alone: its launcher removes it" "$(settled changed)" ""
timeout -s KILL 0.5 "$AGENTBOX" exec -p default -- sleep 100 </dev/null >/dev/null 2>&1
is "killed by timeout -s KILL: nothing is left" "$(settled changed)" ""

# --- what is protected and there ---
fresh
# shellcheck disable=SC2034 # for eval
config=$(<.git/config)
while read -r script; do
	attack "$script" "$script" '[ "$(<.git/config)" = "$config" ] && [ -z "$(ls .git/hooks.old .g2 2>&1 | grep -v "cannot access")" ] &&
		[ "$(<.vscode/settings.json)" = "{}" ] && [ ! -e .git/hooks/pre-commit ] &&
		[ "$(stat -c %a .vscode)" = 755 ] && [ "$(stat -c %Y .vscode/settings.json)" -gt 1000 ]'
done <<-'END'
	git config core.fsmonitor /bin/false
	echo '[core]' >.git/config
	sed -i s/true/false/ .git/config; echo x >>.git/config
	mv .git .g2 && mkdir .git && cp -r .g2/* .git/ && echo x >>.git/config
	mv .git/hooks .git/hooks.old && mkdir .git/hooks && touch .git/hooks/pre-commit
	rm -rf .git/hooks; mkdir .git/hooks; echo x >.git/hooks/pre-commit
	ln -f src/code .git/hooks/pre-commit
	echo x >.vscode/settings.json
	rm -r .vscode
	mv .vscode src/
	chmod 777 .vscode
	touch -d @0 .vscode/settings.json
	python3 -c 'import os; os.truncate(".vscode/settings.json", 0)'
	python3 -c 'import os; f = os.open(".vscode/settings.json", os.O_RDONLY); open("/proc/self/fd/%d" % f, "w").write("x")'
	python3 -c 'import os; f = os.open(".vscode", os.O_PATH); open("/proc/self/fd/%d/settings.json" % f, "w").write("x")'
	python3 -c 'import mmap; f = open(".vscode/settings.json", "r+"); m = mmap.mmap(f.fileno(), 2); m[0] = 65'
	python3 -c 'import os; os.symlink("x", "y"); os.replace("y", ".vscode/settings.json")'
	python3 -c 'import ctypes; l = ctypes.CDLL(None); open("n", "w"); exit(l.renameat2(-100, b"n", -100, b".vscode/settings.json", 2))'
	python3 -c 'import os, subprocess; os.chdir(".vscode"); subprocess.run("mv ../.vscode ../v; echo x >settings.json", shell=True)'
END
attack "a second name of a protected file is not writable (hard link made in the box)" \
	'ln .vscode/settings.json second && echo x >second' '[ "$(<.vscode/settings.json)" = "{}" ]'
attack "extended attributes of a protected file stay" \
	"python3 -c 'import os; os.setxattr(\".vscode/settings.json\", \"user.x\", b\"y\")'" \
	"! python3 -c 'import os; os.getxattr(\".vscode/settings.json\", \"user.x\")' 2>/dev/null"
attack "flags of a protected file stay" \
	"python3 -c 'import fcntl, struct; f = open(\".vscode/settings.json\"); fcntl.ioctl(f, 0x40086602, struct.pack(\"l\", 0x40))'" \
	"! lsattr .vscode/settings.json 2>/dev/null | grep -q '^[^ ]*d'"

for profile in default open; do
	fresh
	mkdir -p tools/hooks && git config core.hooksPath tools/hooks
	sh_box $profile 'echo "touch evil" >tools/hooks/post-commit; chmod +x tools/hooks/*'
	git commit -q --allow-empty -m x
	[ $profile = default ] || break
	ok "hooks that core.hooksPath names are git's, too" test ! -e evil
done
ok "control: without the wall they are not" test -e evil
for profile in default open; do
	fresh
	git config include.path ../.team
	sh_box $profile 'git status >/dev/null && echo fine; git config -f .team alias.st "!touch evil"'
	git st >/dev/null 2>&1
	[ $profile = default ] || break
	is "what git's configuration includes need not be there" "$out" fine
	ok "and is as good as the configuration" test ! -e evil -a ! -e .team
done
ok "control: without the wall it is not" test -e evil

# A repository in a subdirectory, a submodule and a worktree are guarded like the workspace.
nested() {
	fresh
	git init -q sub && git -C sub commit -q --allow-empty -m sub
	git -c protocol.file.allow=always submodule --quiet add "$HOME/work/sub" module 2>/dev/null
	git worktree add -q "$HOME/work.tree" -b tree 2>/dev/null
}
for target in sub/.git/config sub/.git/hooks/post-checkout sub/.git/commondir .git/modules/module/config \
	.git/modules/module/hooks/x module/.git .git/worktrees/work.tree/commondir .git/worktrees/work.tree/gitdir; do
	rm -rf "$HOME/work.tree"
	nested
	before=$(cat $target 2>&1)
	sh_box default "rm -f $target; echo evil >$target; mv \$(dirname $target) x; ls sub/.git .git/modules"
	is "$target is guarded" "$(cat $target 2>&1)" "$before"
	sh_box open "rm -f $target; echo evil >$target"
	is "control: $target" "$(cat $target)" evil
done
rm -rf "$HOME/work.tree"

# --- what is hidden ---
while read -r script; do
	attack "hidden: $script" "$script" '[[ "$out$err" != *SECRET* ]] && ! grep -rqs SECRET src/out out'
done <<-'END'
	cat .env; cat src/deep/.env
	cp .env out; cp -r src/deep src/out
	cat /proc/self/cwd/.env /proc/self/root$PWD/.env
	ln .env out; cat out; ln -s .env out2; cat out2
	mv .env out; cat out
	mv src/deep src/out; cat src/out/.env
	mv src src2; cat src2/deep/.env
	tar cf - . | strings | grep SECRET
	grep -r SECRET .
	chmod 644 .env; cat .env
	python3 -c 'import os; f = os.open(".env", os.O_PATH); print(open("/proc/self/fd/%d" % f).read())'
	python3 -c 'import ctypes; l = ctypes.CDLL(None); open("n", "w"); l.renameat2(-100, b"n", -100, b".env", 2)'; cat n
	umount .env; unshare -Urm sh -c 'umount .env; cat .env'; cat .env
	git hash-object -w .env && git cat-file -p $(git hash-object .env)
	git add -f .env && git show :.env
END
fresh
mkdir -p src/vendor && ln .env src/vendor/copy && ln .env .git/copy
sh_box default 'cat src/vendor/copy .git/copy'
lacks "a second name made before is hidden, also in a dependency tree" "$out" SECRET
fresh
mkdir keys && echo SECRET >keys/a && ln -s keys/a id_rsa && ln -s ../../.env src/deep/id_ed25519
sh_box default 'cat id_rsa keys/a src/deep/id_ed25519'
lacks "what a hidden link leads to is hidden" "$out" SECRET
fresh
echo SECRET >.ENV.LOCAL
sh_box default 'cat .ENV.LOCAL'
lacks "case does not matter" "$out" SECRET
if [ "$(id -u)" != 0 ]; then
	fresh
	mkdir shut && echo SECRET >shut/.env && chmod 0 shut
	sh_box default 'chmod 755 shut; cat shut/.env'
	lacks "a directory that could not be looked into is not opened either" "$out" SECRET
	profile protecting "[workspace]" "access = write" "protect = .vscode"
	chmod 755 shut && mkdir shut/.vscode && chmod 0 shut
	sh_box protecting 'chmod 755 shut; touch shut/.vscode/x'
	chmod 755 shut
	ok "nor does what is protected in it lie open" test ! -e shut/.vscode/x
fi

# --- what happens outside while the box runs ---
# outside COMMAND...: while a box runs that reads what it can get; the last thing it read is $out.
outside() {
	local i
	rm -f up go
	# shellcheck disable=SC2016 # for the shell in the box
	"$AGENTBOX" exec -p "$1" -- sh -c 'touch up; while [ ! -e go ]; do sleep 0.05; done
		find . -path ./.git -prune -o -type f -exec cat {} + 2>/dev/null; cat .git/config 2>/dev/null
		echo evil >>.git/config; touch .husky; ls -d .husky; rmdir .git && mkdir .git' >"$scratch/out" 2>"$scratch/err" </dev/null &
	task=$!
	shift
	for ((i = 0; i < 200; i++)); do [ ! -e up ] || break; sleep 0.05; done
	sleep 0.3
	(eval "$1")
	sleep 0.5
	touch go
	wait $task
	rm -f up go
	out=$(<"$scratch/out")
	err=$(<"$scratch/err")
}

while IFS='|' read -r what command; do
	fresh
	outside default "$command"
	lacks "outside: $what: covered again" "$out" SECRET
	ok "and the log says so" event '.event == "file.hidden"'
	has "and so do we" "$err" "agentbox: hid "
	fresh
	outside open "$command"
	has "control: $what" "$out" SECRET
done <<-'END'
	an editor saves a hidden file|echo SECRET2 >.new; mv .new .env
	and one below|echo SECRET2 >.new; mv .new src/deep/.env
	a new file|echo SECRET2 >src/.env
	a new file in a new directory|mkdir -p n/e/w; echo SECRET2 >n/e/w/.env.local
	a directory moves in|mkdir -p .git/x/y; echo SECRET2 >.git/x/y/server.key; mv .git/x n
	a second name of a hidden file|ln .env src/other
	a link|echo SECRET2 >src/plain; ln -s plain src/id_rsa
	a directory is replaced|cp -r src s2; rm -r src; mv s2 src
END
fresh
outside default "git config user.name outside; rm .husky"
ok "git writes its config outside: protected again" test "$(tail -n 1 .git/config)" != evil
ok "a placeholder is removed outside: it comes back" test ! -e .husky -a ! -f .husky
is "and the log says both" "$(events | jq -r 'select(.event == "file.protected").path' | sort | tr '\n' ' ')" ".git/config .husky "
fresh
"$AGENTBOX" exec -p default -- python3 -c '
import ctypes, os, time
while ctypes.CDLL(None).inotify_init1(0) >= 0: pass
open("up", "w")
while not os.path.exists("go"): time.sleep(0.05)
print(open("src/.env").read())' >"$scratch/out" 2>&1 </dev/null &
for ((i = 0; i < 200; i++)); do [ ! -e up ] || break; sleep 0.05; done
sleep 0.3
echo SECRET2 >.new && mv .new src/.env
sleep 0.5
touch go
wait
lacks "a box that takes all watches is guarded all the same" "$(<"$scratch/out")" SECRET
fresh
outside default "python3 -c 'import os, time
os.remove(\".husky\"); os.chmod(\".\", 0o500); time.sleep(0.3); os.chmod(\".\", 0o700)'"
ok "or the task ends, if it cannot" test ! -f .husky
cd / && rm -rf "$HOME/work" && mkdir "$HOME/work" && cd "$HOME/work" || exit 1
outside default "rmdir .git"
is "so does that of a .git" "$(ls -A):$(events | jq -r 'select(.event == "file.protected").path')" ":.git"
fresh
profile reader "[profile]" "extends = offline" "[workspace]" "access = read"
"$AGENTBOX" exec -p reader -- sh -c 'sleep 1; cat src/.env .env' >"$scratch/out" 2>/dev/null </dev/null &
sleep 0.5
echo SECRET2 >src/.env
echo SECRET2 >.new && mv .new .env
wait
lacks "in a workspace that is only read, too" "$(<"$scratch/out")" SECRET

# --- sockets in the workspace ---
# listen PATH: a service of the host, until `kill $server`.
listen() {
	python3 -c 'import socket, sys, time; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(9); time.sleep(60)' "$1" &
	server=$!
	for ((i = 0; i < 100; i++)); do [ ! -S "$1" ] || break; sleep 0.05; done
}
connect="python3 -c 'import socket, sys; [print(p, socket.socket(socket.AF_UNIX).connect_ex(p)) for p in sys.argv[1:]]'"
fresh
listen src/service
ln src/service second
sh_box default "$connect src/service second; rm -f src/service; mv src s2; ls src/service"
lacks "a service of the host in the workspace does not answer" "$out" " 0"
has "it stays where it is" "$out" src/service
run sh -c "$connect src/service"
is "control: without the wall it does" "$out" "src/service 0"
kill $server
wait $server 2>/dev/null
mkdir -p node_modules/x "$HOME/other/deep" && before=$(ls -A) && profile granted "[profile]" "extends = default" \
	"[filesystem]" "read = ~/other" "write = ~/other/deep"
for place in .git/fsmonitor--daemon.ipc "$PWD/node_modules/x/s" "$HOME/other/s" "$HOME/other/deep/s"; do
	listen "$place"
	sh_box granted "[ -e '$place' ] && $connect '$place'; rm -f '$place'"
	is "nor does one at ${place#"$HOME"}" "${out##* }:$(stat -c %F "$place")" 13:socket
	run sh -c "$connect '$place'; rm '$place'"
	is "control: without the wall it does" "${out##* }" 0
	kill $server
	wait $server 2>/dev/null
done
# A kernel without unix_diag tells their names alone.
place=$PWD/node_modules/x/s
listen "$place"
run "$here/filter.py" sock_diag=EAFNOSUPPORT -- "$AGENTBOX" exec -p granted -- sh -c "$connect '$place'"
is "nor where the kernel says less of sockets" "${out##* }" 13
kill $server
wait $server 2>/dev/null
# Bound by a name that is relative to where its process stands.
rm "$place"
(cd node_modules && listen x/s && echo $server >"$scratch/server")
sh_box granted "$connect '$place'"
is "nor one that was bound by a relative name" "${out##* }" 13
run sh -c "$connect '$place'; rm '$place'"
is "control: without the wall it does" "${out##* }" 0
kill "$(<"$scratch/server")"
ln .env "$HOME/other/another"
sh_box granted "cat '$HOME/other/another'"
lacks "a second name of a hidden file does not show it where read= leads" "$out" SECRET
rm "$HOME/other/another"
sh_box default 'chmod 555 .'
is "a workspace that the box makes unwritable keeps nothing of ours" "$(ls -A):$(stat -c %a .)" "$before:555"
chmod 755 .
sh_box default "rm src/service && python3 -c '
import os, socket
s = socket.socket(socket.AF_UNIX); s.bind(\"src/service\"); s.listen()
import time; time.sleep(0.5)
c = socket.socket(socket.AF_UNIX); print(c.connect_ex(\"src/service\"))
os.rename(\"src/service\", \"src/moved\"); os.remove(\"src/moved\")'"
is "what nobody serves can be removed, and the box's own socket works" "$status:$out" "0:0"
fresh
"$AGENTBOX" exec -p default -- sh -c "sleep 1.5; $connect src/late" >"$scratch/out" 2>"$scratch/err" </dev/null &
task=$!
sleep 0.5
listen src/late
wait $task
kill $server
wait $server 2>/dev/null
lacks "nor does one that begins while the box runs" "$(<"$scratch/out")" " 0"
has "and we say so" "$(<"$scratch/err")" "hid src/late: a service of the host"

# Idle, it does not wake up.
fresh
"$AGENTBOX" exec -p default -- sleep 3 </dev/null >/dev/null 2>&1 &
task=$!
sleep 1
keeper=$(pgrep -P $task -x agentbox-keeper)
switches() { awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$keeper/status"; }
n=$(switches)
sleep 1
is "the keeper sleeps while nothing happens" "$(switches)" "$n"
is "it holds nothing but what it needs" \
	"$(readlink "/proc/$keeper"/fd/* | sed 's/:.*//; s,/.*/agentbox.*,state,; s,.*/,,' | sort | tr '\n' ' ')" \
	"anon_inode mnt null null null socket state state user "
wait $task

# --- what is new at the end ---
fresh
sh_box default 'git init -q src/new; mkdir -p a/.vscode node_modules/x/.vscode; echo x >a/.vscode/tasks.json'
has "a new repository is told" "$err" "new: src/new/.git, a git repository"
has "and what editors run" "$err" "new: a/.vscode"
lacks "but nothing of dependencies" "$err" node_modules
is "and the log has it" "$(events | jq -r 'select(.event == "file.new").path' | sort | tr '\n' ' ')" "a/.vscode src/new/.git "
fresh
mine='git -c user.name=box -c user.email=box@good.test commit -q --allow-empty -m'
sh_box default "git init -q --bare src/bare; $mine two"
is "so is one that git finds by what is in it, and nothing else" "$err" "agentbox: new: src/bare/HEAD, a bare git repository"
sh_box default "sleep 0.3; mkdir lib; cd lib; mkdir objects; sleep 0.1; mkdir refs; sleep 0.1
	echo 'ref: refs/heads/main' >HEAD; cd ..; $mine three"
is "also if it was made piece by piece" "$err" "agentbox: new: lib/HEAD, a bare git repository"
fresh
git config -f .gitmodules submodule.lib.path lib
sh_box default 'git init -q --bare .git/modules/lib; echo x >.git/modules/lib/hooks/post-checkout
	ln -sf /etc/passwd .git/logs/HEAD; mkdir .git/rebase-merge; echo exec x >.git/rebase-merge/git-rebase-todo'
is "so is what leads git outside" "$err" "agentbox: new: .git/rebase-merge/git-rebase-todo, git runs what it lists
agentbox: new: .git/logs/HEAD, a link that git follows
agentbox: new: .git/modules/lib/HEAD, a git directory"
for profile in default open; do
	fresh
	git init -q --bare src/bare
	sh_box $profile 'git -C src/bare config core.fsmonitor x; echo x >src/bare/hooks/post-update; mv src/bare b; rm -rf src/bare/config src/bare/hooks'
	found="$(git config -f src/bare/config core.bare 2>&1) $(git config -f src/bare/config core.fsmonitor) $(ls src/bare/hooks/post-update 2>&1)"
	[ $profile = default ] || break
	is "what git runs of one that is there stays" "$found" "true  ls: cannot access 'src/bare/hooks/post-update': No such file or directory"
done
lacks "control: without the wall it does not" "$found" "true  "
sh_box default 'sleep 0.4; git init -q late; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do mkdir -p d/$i/.idea; done'
is "after a longer task, too; ten lines at most" "$(grep -c '^agentbox: new: ' <<<"$err")" 10
has "and how many more" "$err" "3 more"
sh_box default 'echo x >src/code'
is "what was there before is not new" "$err" ""

# --- races with the start ---
swap() {
	while :; do
		mv .vscode .v2; ln -s /etc .vscode; rm .vscode; mv .v2 .vscode
		mv src/deep src/d2; ln -s "$HOME/victim" src/deep; rm src/deep; mv src/d2 src/deep
	done 2>/dev/null
}
fresh
mkdir -p "$HOME/victim" && echo SECRET >"$HOME/victim/.env" && touch -d @1000 "$HOME/victim"
swap &
swapper=$!
bad='' n=0
for ((round = 0; round < rounds; round++)); do
	sh_box default 'cat src/deep/.env; touch src/deep/x src/d2/x; rm -f src/d2/x src/deep/x; echo x >.vscode/x'
	[ "$status" = 125 ] || n=$((n + 1))
	[[ $out != *SECRET* ]] || bad+="round $round: $out"$'\n'
	[ ! -e "$HOME/victim/x" ] && [ ! -e /etc/x ] || bad+="round $round: written outside"$'\n'
done
kill $swapper
wait $swapper 2>/dev/null
is "$rounds starts, $n of which came about, while links take the place of directories" "$bad" ""
is "nothing outside was touched" "$(ls -A "$HOME/victim"; stat -c %Y "$HOME/victim")" ".env
1000"
rm -rf "$HOME/victim"
cd "$HOME" && is "nothing is left" "$(settled strays)" ""
finish
