#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Caches of one task: what a client writes there is gone with it, and of a seed it can have all and
# change nothing.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace
variables="npm_config_cache YARN_CACHE_FOLDER PIP_CACHE_DIR UV_CACHE_DIR CARGO_HOME GOMODCACHE GOCACHE CCACHE_DIR"

profile private "[profile]" "extends = default" "[filesystem]" "cache = private"
profile seeded "[profile]" "extends = default" "[filesystem]" "cache = seed:~/seed"
profile set "[profile]" "extends = private" "[environment]" "set = CCACHE_DIR=/tmp/mine"

# --- private ---
sh_box private "for v in $variables; do eval d=\\\$\$v; mkdir -p \$d && echo x >\$d/x || exit; done; stat -c %a /var/cache/agentbox"
is "each client has a cache that it can write" "$status:$out" "0:700"
# shellcheck disable=SC2016 # for the shell in the box
sh_box private 'find /var/cache/agentbox -type f; echo $PIP_CACHE_DIR'
is "the next task has another one" "$out" /var/cache/agentbox/pip
# shellcheck disable=SC2016
sh_box set 'echo $CCACHE_DIR'
is "the profile's own variable counts more" "$out" /tmp/mine
# shellcheck disable=SC2016
sh_box default 'echo "$PIP_CACHE_DIR"; ls /var/cache 2>/dev/null'
is "without the key there is none" "$out" ""

# --- a seed ---
mkdir -p "$HOME/seed/npm/deep/er" "$HOME/seed/pip"
echo old | tee "$HOME/seed/npm/file" >"$HOME/seed/npm/deep/er/file"
chmod 444 "$HOME/seed/npm/deep/er/file"
ln -s /etc/passwd "$HOME/seed/npm/link"
before=$(traces "$HOME/seed")
sh_box seeded 'cd /var/cache/agentbox/npm && cat file deep/er/file && echo new >file && rm -rf deep && mkdir deep &&
	echo x >deep/x && mv link moved && chmod 600 file && touch -d @0 file && ln file second && cat file deep/x'
is "a seed is there, and can be changed" "$status:$out" "0:old
old
new
x"
is "but not outside" "$(traces "$HOME/seed")" "$before"
sh_box seeded 'cat /var/cache/agentbox/npm/file; ls /var/cache/agentbox/npm/deep'
is "nor for the next task" "$out" "old
er"
sh_box seeded 'ls /var/cache/agentbox; mount | grep -c "on /var/cache/agentbox "; touch /var/cache/agentbox/work 2>/dev/null
	for d in /var/cache/agentbox/../agentbox/upper /proc/1/root/var/cache/agentbox/upper; do ls $d 2>&1; done; umount /var/cache/agentbox'
lacks "the layers themselves are covered" "$out" npm/file
is "and the seed stays as it is" "$(traces "$HOME/seed")" "$before"
seq 5 | while read -r i; do "$AGENTBOX" exec -p seeded -- sh -c "cat /var/cache/agentbox/npm/file; echo $i >/var/cache/agentbox/npm/file" </dev/null & done >"$scratch/five" 2>&1
for ((i = 0; i < 100; i++)); do [ "$(wc -l <"$scratch/five")" -lt 5 ] || break; sleep 0.1; done
is "five tasks at once have it each for itself" "$(sort -u "$scratch/five")" old
profile limited "[profile]" "extends = seeded" "[limits]" "tmp = 1M"
sh_box limited 'head -c 4M /dev/zero >/var/cache/agentbox/big'
ok "tmp= limits what is written" test "$status" != 0
sh_box seeded 'head -c 4M /dev/zero >/var/cache/agentbox/big'
is "control: without, it can be" "$status" 0
run "$AGENTBOX" why -p seeded /var/cache/agentbox/npm/file
has "why knows of it" "$out" "$HOME/seed"

# --- what cannot be one ---
while IFS='|' read -r path why; do
	profile wrong "[profile]" "extends = default" "[filesystem]" "write = $HOME/shared" "cache = seed:$path"
	mkdir -p "$HOME/shared/seed" "$HOME/work/seed" "$HOME/.ssh"
	touch "$HOME/plain"
	ln -sfn "$HOME/work/seed" "$HOME/link"
	box wrong true
	ok "$path is no seed" test "$status" = 125
	has "and we say why" "$err" "$why"
done <<-END
	$HOME/nowhere|No such file
	$HOME/plain|not a directory
	$HOME/work/seed|what the box may write
	$HOME/work|
	$HOME/link|what the box may write
	$HOME/shared/seed|what the box may write
	$HOME/shared|what the box may write
	$HOME/.ssh|
	$HOME|
END
if [ "$(id -u)" != 0 ]; then
	profile wrong "[filesystem]" "cache = seed:/usr/share"
	box wrong true
	has "what belongs to somebody else is none" "$err" "belongs to somebody else"
fi
profile word "[filesystem]" "cache = shared"
box word true
has "no other word is one" "$err" 'it is "none", "private" or seed:PATH'

# --- real clients ---
rm -rf "$HOME/seed" && mkdir "$HOME/seed"
# client NAME [WORD]: whether it is there, and in the box.
client() {
	box private "$1" "${2:---version}"
	[ "$status" = 0 ] || { skip "$1" "it is not here" && return 1; }
}

cat >hello.c <<-'END'
	#include <stdio.h>
	int main(void) { return puts("hello") < 0; }
END
if client ccache && client cc; then
	CCACHE_DIR=$HOME/seed/ccache ccache cc -c hello.c -o hello.o 2>/dev/null
	before=$(traces "$HOME/seed")
	sh_box seeded 'ccache -z >/dev/null; ccache cc -c hello.c -o hello.o && ccache --print-stats | grep -E "^(direct|preprocessed)_cache_hit"'
	has "ccache: what was compiled is in the seed" "$out" $'_cache_hit\t1'
	sh_box seeded 'echo "int x;" >other.c && ccache cc -c other.c && ccache -C 2>&1 >/dev/null'
	is "and what the box compiles, or clears, is not" "$status:$(traces "$HOME/seed")" "0:$before"
fi
if client npm; then
	mkdir -p left && echo '{"name":"left","version":"1.0.0"}' >left/package.json
	tar czf left.tgz --transform 's,^left,package,' left
	npm_config_cache=$HOME/seed/npm npm cache add ./left.tgz >/dev/null 2>&1
	before=$(traces "$HOME/seed")
	sh_box seeded 'npm config get cache; npm cache ls; npm cache clean --force 2>/dev/null; npm cache ls'
	has "npm: it uses the cache" "$out" /var/cache/agentbox/npm
	has "and finds what is in the seed" "$out" left
	is "what it removes is there for the next one" "$(traces "$HOME/seed")" "$before"
fi
if client pip3; then
	sh_box private 'pip3 cache dir'
	is "pip: it uses the cache" "$out" /var/cache/agentbox/pip
fi
if client go version; then
	mkdir go
	printf 'module x.test\n' >go/go.mod
	printf 'package main\nfunc main() { println("hello") }\n' >go/main.go
	LIMIT=120 sh_box private 'go env GOCACHE GOMODCACHE && cd go && go build -buildvcs=false -o hello . && ls $GOCACHE | wc -l'
	has "go: it uses the cache" "$out" "/var/cache/agentbox/go-build
/var/cache/agentbox/go-mod"
	ok "and fills it" test "$(tail -n 1 <<<"$out")" -gt 10
fi
if client cargo; then
	cargo init -q --name hello c 2>/dev/null
	sh_box private 'cd c && cargo build -q --offline && ls $CARGO_HOME'
	is "cargo: it uses the cache" "$status" 0
fi
is "nothing is left" "$(settled strays)" ""
finish
