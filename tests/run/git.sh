#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Workspaces as git makes them: repositories, worktrees, submodules; and paths of every kind.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@good.test
export GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@good.test

git init -q "$HOME/library" && git -C "$HOME/library" commit -q --allow-empty -m library || exit 1
git init -q "$HOME/project" && cd "$HOME/project" || exit 1
echo one >file
git add file && git commit -qm one || exit 1
git -c protocol.file.allow=always submodule --quiet add "$HOME/library" library &&
	git commit -qm submodule && git worktree add -q "$HOME/tree" -b tree || exit 1

# commits WHAT: git works in a box around the current directory, in every step that writes.
commits() {
	local before
	before=$(git rev-parse HEAD)

	sh_box default "echo two >>new && git add new &&
		git -c user.name=box -c user.email=box@good.test commit -qm 'from the box' &&
		git log -1 --format=%s && git status --short"
	is "$1: git commits in the box" "$status:$out" "0:from the box"
	[ "$status" = 0 ] || note "$err"
	is "$1: the commit is in the real repository" "$(git log -1 --format=%P)" "$before"
	ok "$1: and the repository is sound" git fsck --strict
}

# guarded WHAT DIR: what git runs or obeys cannot be changed from the box.
guarded() {
	local dir=$2 command

	while read -r command; do
		sh_box default "cd '$dir' && $command"
		ok "$1: refused: $command" test "$status" != 0
	done <<-'END'
		echo x >>config
		echo x >hooks/pre-commit
		mv hooks hooks2
		mv config config2
		rm config
		git config core.fsmonitor /bin/false
	END
	ok "$1: config is what it was" git -C "$dir" config --list
	ok "$1: no hook was made" test ! -e "$dir/hooks/pre-commit"
}

cd "$HOME/project" || exit 1
commits repository
guarded repository "$HOME/project/.git"
cd "$HOME/tree" || exit 1
commits worktree
guarded worktree "$HOME/project/.git"
sh_box default "ls -A '$HOME/project'"
is "worktree: of the main checkout only .git is there" "$out" .git
cd "$HOME/project/library" || exit 1
commits submodule
guarded submodule "$HOME/project/.git/modules/library"
sh_box default "ls -A '$HOME/project'; ls -A '$HOME/project/.git'"
lacks "submodule: the files of the project are not there" "$out" file

# A .git file that leads elsewhere must not open that place.
mkdir -p "$HOME/victim/.git/objects" "$HOME/liar"
echo "ref: refs/heads/main" >"$HOME/victim/.git/HEAD"
for lie in "gitdir: $HOME/victim/.git" "gitdir: /etc" "gitdir: ../victim/.git" "gitdir: $HOME" nonsense; do
	cd "$HOME/liar" && echo "$lie" >.git || exit 1
	sh_box default "touch '$HOME/victim/.git/touched'; ls /etc/shadow '$HOME/victim'"
	ok ".git file \"$lie\": refused or without effect" \
		test ! -e "$HOME/victim/.git/touched" -a "$status" != 0
done

# Nor must pointers in the workspace that agree with each other, as if a box had made them. One that
# has no .git cannot, since it is protected.
mkdir -p "$HOME/above/worktrees/mine" && cd "$HOME/above/worktrees/mine" || exit 1
echo kept >"$HOME/above/file"
sh_box default 'echo "gitdir: ." >.git'
ok "a box makes no .git where there is none" test "$status" != 0 -a ! -e .git -a ! -L .git
echo "gitdir: ." >.git
echo "$PWD/.git" >gitdir
echo ../.. >commondir
sh_box default 'echo taken >../../file'
is "a workspace below \"worktrees\" gives nothing above it" "$status:$(cat "$HOME/above/file")" 125:kept
cd "$HOME/tree" || exit 1
sh_box default 'mkdir evil; echo "gitdir: evil" >.git; rm .git; mv .git git'
is "the .git file of a worktree cannot be changed" "$status:$(cat .git)" \
	"1:gitdir: $HOME/project/.git/worktrees/tree"

cd "$HOME/project" || exit 1
for name in "with space" "quo'te" 'dou"ble' 'dollar$(touch hit)' "new
line" "tab	tab" "-dash" "per%cent%s" 'back\slash' "ünïcödé" "comma,colon:equals=" $'\xff\xfe' $'\x01' \
	"$(printf 'x%.0s' {1..200})"; do
	mkdir -p "$HOME/odd/$name" && cd "$HOME/odd/$name" || exit 1
	sh_box default 'pwd; echo made >made'
	ok "workspace $(printf %q "$name")" test "$out" = "$PWD" -a "$(cat made 2>/dev/null)" = made
done
cd "$HOME/odd" || exit 1
ok "no name was run as a command" test -z "$(find . -name hit)"
for place in /tmp/here "$HOME/a/b/c/d/e/f/g" "$HOME/.hidden"; do
	mkdir -p "$place" && cd "$place" || exit 1
	sh_box default 'echo made >made && pwd'
	is "workspace $place" "$out:$(cat made)" "$place:made"
done
ln -s "$HOME/.hidden" "$HOME/link"
cd "$HOME/link" || exit 1
sh_box default 'pwd -P'
is "a workspace named by a symbolic link is where the link points" "$out" "$HOME/.hidden"
is "nothing is left" "$(settled strays)" ""
finish
