#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What read= and write= give a box, and what no profile can give it.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace

# grants NAME LINE...: a profile with these lines in [filesystem].
grants() {
	local name=$1
	shift
	profile "$name" "[profile]" "extends = offline" "[filesystem]" "$@"
}

mkdir -p "$HOME"/data/set/part "$HOME"/out/docs/more "$HOME"/.ssh "$HOME"/.config/gh /tmp/mine
echo set >"$HOME/data/set/file"
echo docs >"$HOME/out/docs/file"
echo key >"$HOME/.ssh/id"
echo config >"$HOME/.gitconfig"
ln -s data/set "$HOME/set"
ln -s .ssh "$HOME/innocent"

# --- what is given ---
grants given "read = ~/set" "read = ~/.gitconfig" "write = ~/out" "read = ~/out/docs" \
	"write = ~/out/docs/more" "read = ~/absent" "write = /tmp/mine"
sh_box given 'cat ~/data/set/file ~/set/file ~/.gitconfig ~/out/docs/file'
is "what is read is there, also under the name of the profile" "$status:$out" \
	"0:$(printf '%s\n' set set config docs)"
sh_box given 'ls -A ~'
is "and nothing else of the home" "$(sort <<<"$out" | tr '\n' ' ')" ".gitconfig data out set work "
while read -r want command; do
	sh_box given "$command"
	is "$command: $want" "$([ "$status" = 0 ] && echo works || echo refused)" "$want"
done <<-'END'
	refused echo x >~/data/set/file
	refused touch ~/data/set/new
	refused echo x >~/.gitconfig
	refused rm ~/.gitconfig
	works echo x >~/out/file
	refused echo x >~/out/docs/file
	refused mv ~/out/docs ~/out/docs2
	refused rm -r ~/out/docs
	works echo x >~/out/docs/more/file
	refused ls ~/absent
	works echo x >/tmp/mine/file
	refused chmod 777 ~/data/set
	refused touch -d yesterday ~/out/docs/file
END
is "what was written is there outside" "$(cat "$HOME/out/file" "$HOME/out/docs/more/file" /tmp/mine/file)" \
	"$(printf '%s\n' x x x)"
is "what was not is as it was" "$(cat "$HOME/data/set/file" "$HOME/out/docs/file" "$HOME/.gitconfig")" \
	"$(printf '%s\n' set docs config)"
ok "no mount point is left for what was absent" test ! -e "$HOME/absent"

# The most specific path wins, in both directions and also in the workspace.
mkdir -p fixed/free fixed/a/b
grants layers "read = $PWD/fixed" "write = $PWD/fixed/free"
sh_box layers 'touch x fixed/free/x && ! touch fixed/x && ! mv fixed f2 && ! rm -r fixed/free'
is "a part of the workspace is read-only, a part of that is not" "$status" 0
grants same "read = ~/out" "write = ~/out"
sh_box same '! touch ~/out/x'
is "read= and write= of one path: read-only" "$status" 0
profile reader "[profile]" "extends = offline" "[workspace]" "access = read" "[filesystem]" \
	"write = $PWD/fixed/free"
sh_box reader '! touch x2 && touch fixed/free/y'
is "a writable part of a workspace that is not" "$status" 0
mkdir -p out/a && echo secret >out/a/.env && mkdir -p out/.vscode
profile parts "[profile]" "extends = offline" "[workspace]" "access = read" "[filesystem]" "write = $PWD/out"
sh_box parts '! cat out/a/.env && ! mv out/a out/b && ! touch out/.vscode/x && touch out/a/x'
is "what is hidden and protected stays so in a writable part" "$status" 0

# --- what is not ---
refused() {
	local line=$1 part=$2
	grants refused "$line"
	rm -f ran
	box refused touch ran
	has "refused: $line" "$status:$(ls ran 2>/dev/null):$err" "125::agentbox: "
	has "and it says why" "$err" "$part"
}
mkdir -p "$HOME/away" && ln -s "$HOME/data" away
while IFS='|' read -r line part; do
	refused "$line" "$part"
done <<-END
	write = ~/absent|No such file
	read = ~/.ssh|no profile opens
	read = ~/.ssh/id|no profile opens
	read = ~/innocent|no profile opens
	read = ~/.config|no profile opens
	write = ~/.gitconfig|programs outside the box
	read = $HOME|holds the home
	read = ${HOME%/*}|holds the home
	read = $PWD|is the workspace
	read = /proc|no profile opens
	read = /proc/self/root|holds
	read = /dev|no profile opens
	read = /run|no profile opens
	read = /sys|can see of /sys
	read = /etc|no profile opens
	write = /usr|programs outside the box
	read = /tmp|is shared
	read = $PWD/away|leads through a link
	write = ~/.local/state/agentbox|
	read = ~/.local/state/agentbox/tasks|
	write = ~/.config/agentbox|programs outside the box
END
python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$HOME/data/socket"
refused "read = ~/data/socket" "neither a directory nor a regular file"
mkfifo "$HOME/data/fifo"
refused "write = ~/data/fifo" "neither a directory nor a regular file"
grants cpu "read = /sys/devices/system/cpu"
sh_box cpu 'cat /sys/devices/system/cpu/online'
is "the processors in /sys can be given" "$status:$out" "0:$(cat /sys/devices/system/cpu/online)"

# A second name of the workspace or of the home is no way around what is hidden in them.
if [ "$(id -u)" = 0 ]; then
	mkdir -p /tmp/alias /tmp/all/part secret && echo token >secret/.env
	mount --bind "$PWD" /tmp/alias
	refused "read = /tmp/alias" "under another name"
	refused "read = /tmp/alias/secret" "under another name"
	umount /tmp/alias
	mount --bind "$PWD/secret" /tmp/all/part
	refused "read = /tmp/all" "under another name"
	umount /tmp/all/part
	mount --bind "$HOME/.ssh" /tmp/all/part
	refused "read = /tmp/all/part" "under another name"
	umount /tmp/all/part
	grants control "read = /tmp/all"
	sh_box control 'ls /tmp/all/part'
	is "control: without the mount it is given" "$status" 0
	mount -t tmpfs tmpfs /tmp/all/part && touch /tmp/all/part/below
	sh_box control '! touch /tmp/all/part/x && ls /tmp/all/part'
	is "what is mounted below is read-only, too" "$status:$out" "0:below"
	umount /tmp/all/part
else
	skip "second names by mount --bind" "only root mounts"
fi

# A workspace in /var/tmp, which is a link in other boxes, is where it is outside.
if dir=$(mktemp -d /var/tmp/agentbox-XXXXXX) && cd "$dir"; then
	sh_box offline 'pwd && touch made && touch /tmp/x && ! ls /var/tmp/x'
	is "a workspace in /var/tmp" "$status:$out:$(ls)" "0:$dir:made"
	ok "and nothing of it in /tmp" test ! -e "/tmp/${dir##*/}"
	cd / && rm -r "$dir"
fi
is "nothing is left" "$(settled strays)" ""
finish
