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
ok "where there is no .git, none can be made" test ! -e .git
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
kill -TERM $task
wait $task 2>/dev/null
is "a keeper killed alone: its launcher removes it" "$(settled changed)" ""
timeout -s KILL 0.5 "$AGENTBOX" exec -p default -- sleep 100 </dev/null >/dev/null 2>&1
is "killed by timeout -s KILL: nothing is left" "$(settled changed)" ""
finish
