#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Real work gives in the box what it gives outside: the same output, the same status, and the same
# files in the workspace. Each scene is a script that runs twice in a fresh workspace of the same
# path. Root runs it outside without capabilities, too: that the box takes them is no news.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace
profile work "[profile]" "extends = default" "[environment]" "pass = GIT_AUTHOR_NAME" \
	"pass = GIT_AUTHOR_EMAIL" "pass = GIT_AUTHOR_DATE" "pass = GIT_COMMITTER_NAME" \
	"pass = GIT_COMMITTER_EMAIL" "pass = GIT_COMMITTER_DATE"
profile debug "[profile]" "extends = work" "[syscalls]" "allow = @debug"
profile online "[profile]" "extends = work" "[egress]" "allow = good.test"

# What git would take from the clock.
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@good.test GIT_AUTHOR_DATE='2026-01-02T03:04:05Z'
export GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@good.test
export GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE PATH=/usr/local/bin:/usr/bin:/bin

# Made by times, inode numbers or chance: files that are only compared by name, and directories that
# are not looked at.
volatile='*/index|*.pyc|*.db|*.tar|*/.ninja_*|*/meson-logs/*|*/meson-private/*|*/intro-*.json|*/.rustc_info.json'
chance='.ccache|incremental|.fingerprint|__pycache__'

outside=(env)
[ "$(id -u)" != 0 ] || outside=(setpriv --bounding-set=-all --inh-caps=-all --ambient-caps=-all)

# tree: every file of the workspace: type, mode, links, size, where it points to, what it holds.
tree() {
	local entry path

	find . -mindepth 1 -regextype egrep -regex ".*/($chance)" -prune -o \
		-mindepth 1 -printf '%y %m %n %l\t%p\0' | sort -z | while IFS= read -r -d '' entry; do
		path=${entry#*$'\t'}
		printf '%q ' "$entry"
		if [[ $entry == f* && $path != @($volatile) ]]; then
			stat -c %s "$path"
			[ ! -r "$path" ] || sha256sum <"$path"
		fi
		echo
	done
}

# empty: the workspace.
empty() {
	chmod -R u+rwx . 2>/dev/null
	find . -mindepth 1 -delete
}

# once COMMAND...: runs the scene in $scratch/scene by it, in a fresh workspace.
once() {
	empty
	if [ -n "${prepare-}" ]; then
		sh -euc "$prepare" >/dev/null 2>&1 || note "it could not be prepared"
	fi
	LIMIT=120 run "$@" /bin/sh -euc "$(<"$scratch/scene")"
	err=$(sed '/^agentbox: new: /d' <<<"$err") # a repository, as the scene wants it
	printf 'status %s\n--- stdout\n%s\n--- stderr\n%s\n--- files\n' "$status" "$out" "$err"
	tree
}

# scene NAME [NEEDED-COMMAND]...: the script on stdin is work that has to be the same in the box
# ($profile) and has to succeed. $prepare is what is there before.
scene() {
	local name=$1 command

	cat >"$scratch/scene"
	shift
	for command; do
		command -v "$command" >/dev/null || { skip "$name" "$command is not installed"; return; }
	done
	once "${outside[@]}" >"$scratch/outside"
	once "$AGENTBOX" exec -q -p "${profile:-work}" -- >"$scratch/inside"
	if ! diff "$scratch/outside" "$scratch/inside" >"$scratch/difference"; then
		result "not ok" "$name"
		note "$(<"$scratch/difference")"
	elif [ "$status" != 0 ]; then
		result "not ok" "$name"
		note "it fails outside, too: status $status: $err"
	else
		result ok "$name"
	fi
}

has_module() {
	python3 -c "import $1" 2>/dev/null
}

# --- git ---
scene "git: from init to a rebase" git <<-'END'
	git init -q -b main project && cd project
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "$i" >"file-$i"; done
	git add . && git commit -qm first
	git clone -q . ../clone
	git switch -qc side && echo side >side && git add side && git commit -qm side
	git switch -q main && echo more >>file-1 && git commit -qam more
	git switch -q side && git rebase -q main && git log --oneline --graph --all
	git switch -q main && git merge -q --no-ff -m merged side
	echo unfinished >>file-2 && git stash -q && git status --short && git stash pop -q
	git status --short --branch && git diff --stat && git checkout -q file-2
	git worktree add -q ../tree side~1 --detach && git worktree list --porcelain
	git -C ../tree log --oneline && git worktree remove ../tree
	git tag -a -m tagged v1 && git describe
	git -c pack.threads=1 gc -q && git fsck --strict && git count-objects -v | grep -v -e size -e loose
	git bisect start HEAD HEAD~2 2>&1 | tail -n 1 && git bisect reset main 2>&1
	git archive HEAD | tar t && git grep -n more && git blame -s file-1
	cd ../clone && git pull -q && git log --oneline | head -n 3
END
scene "git: submodules" git <<-'END'
	git init -q -b main library && git -C library commit -q --allow-empty -m one
	git init -q -b main project && cd project
	git -c protocol.file.allow=always submodule --quiet add "$PWD/../library" library
	git commit -qm submodule && git submodule status && cat .gitmodules
	git -C library switch -qc topic && git -C library commit -q --allow-empty -m two
	git add library && git commit -qm moved && git log -p --submodule=log -1 --format=%s
END
prepare='git init -q -b main . && seq 100 >file && git add . && git commit -qm first' \
	scene "git: in a repository that was there before" git <<-'END'
	git switch -qc side && sed -i 's/^50$/fifty/' file && git commit -qam side
	git switch -q main && sed -i 's/^50$/FIFTY/' file && git commit -qam main
	git rebase main side >/dev/null 2>&1 || git status --short
	sed -i '/^[<=>]/d' file && git add file && GIT_EDITOR=true git rebase --continue >/dev/null 2>&1
	git log --oneline --graph --all && git worktree add -q tree main && ls tree
	git -C tree status --short && git worktree remove tree && git -c pack.threads=1 gc -q
	printf x | git hash-object -w --stdin && git status --short && git fsck --strict
	GIT_EDITOR='sed -i s/side/reworded/' git commit -q --amend && git reflog | head -n 2
END

# --- C ---
templates=$here/work
prepare="cp -R '$templates/c/.' ."
scene "C: make -j2" make cc <<-'END'
	make -s -j2 && ./answer && ldd ./answer | grep -c libc && make
END
scene "C: meson, ninja, a test" meson ninja cc <<-'END'
	meson setup build >/dev/null && ninja -j2 -C build >/dev/null && build/answer
	meson test -C build 2>&1 | grep -E '^(Ok|Fail)'
END
scene "C: ccache" ccache cc make <<-'END'
	export CCACHE_DIR=$PWD/.ccache
	make -s -j2 CC='ccache cc' && rm ./*.o answer && make -s -j2 CC='ccache cc' && ./answer
	ccache --print-stats | grep -E '^(direct_cache_hit|cache_miss)'
END
scene "C: ninja, with ccache" meson ninja ccache cc <<-'END'
	export CCACHE_DIR=$PWD/.ccache CC='ccache cc'
	for i in 1 2; do rm -rf build && meson setup build >/dev/null && ninja -j2 -C build >/dev/null; done
	build/answer && ccache --print-stats | awk '$1 == "direct_cache_hit" { print $2 > 0 }' | head -n 1
END
scene "C: AddressSanitizer, UBSan and TSan" cc <<-'END'
	export ASAN_OPTIONS=detect_leaks=0
	cc -g -fsanitize=address over.c -o over && { ./over 2>&1 || true; } | grep -m 1 -o stack-buffer-overflow
	cc -g -fsanitize=undefined over.c -o over && ./over 2>&1 | grep -o 'signed integer overflow.*'
	cc -g -fsanitize=thread main.c answer.c -o answer && { ./answer 2>&1 || true; }
END
profile=debug scene "C: with @debug, leaks are found" cc <<-'END'
	cc -g -fsanitize=address leak.c -o leak
	{ ./leak 2>&1 || echo "status $?"; } | grep -E 'SUMMARY|status'
END
if [ -x leak ]; then
	box work ./leak
	has "C: without it, it is said that they cannot be" "$err" "LeakSanitizer has encountered a fatal error"
fi

# --- debuggers ---
prepare+='; make -s'
profile=debug scene "with @debug, gdb debugs" gdb make cc <<-'END'
	gdb -q -batch -nx -ex 'break answer' -ex run -ex bt -ex finish -ex continue ./answer 2>&1 |
		grep -v -e debuginfod -e thread_db | sed 's/process [0-9]*//'
	sleep 100 &
	gdb -q -batch -nx -p $! -ex 'info inferiors' 2>/dev/null | grep -c sleep
	kill $!
END
profile=debug scene "with @debug, strace traces" strace make cc <<-'END'
	strace -f -e trace=openat -o traced ./answer && grep -c libc.so.6 traced
	strace -f -o traced sh -c '/bin/true; ./answer' && grep -c execve traced && rm traced
END
if command -v gdb strace >/dev/null; then
	box work strace true
	is "without @debug, strace is refused: status" "$status" 1
	has "without @debug, strace is refused: said" "$err" "Operation not permitted"
	box work gdb -q -batch -nx -ex run /bin/true
	has "without @debug, gdb is refused" "$err$out" "Operation not permitted"
fi

# --- node ---
prepare="cp -R '$templates/node/.' ."
scene "node: npm test, with workers" npm <<-'END'
	npm test 2>&1 | grep -v duration_ms
END
scene "node: npm install and npm run, with lifecycle scripts" npm <<-'END'
	npm install --foreground-scripts --no-audit --no-fund 2>&1 | sed 's/ in [0-9]*m\?s$//'
	npm run build && cat prepared && npm pack --json 2>/dev/null | grep filename
END
prepare="cp -R '$templates/server/.' ."
for profile in work online; do
	scene "node: a dev server and its clients, profile $profile" node curl <<-'END'
		serve() {
			rm -f up
			node server.js "$@" &
			while [ ! -e up ]; do sleep 0.02; done
		}
		stop() {
			kill $!
			wait $! || true
		}
		serve 3000
		for host in 127.0.0.1 localhost '[::1]'; do curl -sS -m 5 "http://$host:3000/"; done
		seq 100000 >many && curl -sS -m 5 -X POST --data-binary @many http://localhost:3000/ | cmp - many
		echo '<p>other' >page.html && sleep 0.1
		node -e 'fetch("http://localhost:3000/reloads").then(r => r.text()).then(console.log)'
		stop
		serve 5173 127.0.0.1
		curl -sS -m 5 http://127.0.0.1:5173/
		stop
		serve 4200 0.0.0.0
		curl -sS -m 5 http://localhost:4200/
		stop
	END
done
unset profile
if command -v node curl >/dev/null; then
	empty
	cp -R "$templates/server/." .
	profile published "[profile]" "extends = work" "[ports]" "publish = 3000"
	"$AGENTBOX" exec -q -p published -- node server.js 3000 >"$scratch/said" 2>&1 </dev/null &
	server=$!
	for ((i = 0; i < 200; i++)); do [ ! -e up ] || break; sleep 0.05; done
	is "node: a dev server that is published answers the host" \
		"$(curl -sS -m 5 http://localhost:3000/ 2>&1)" "$(<page.html)"
	is "and takes what is posted" "$(seq 100000 | curl -sS -m 5 --data-binary @- http://127.0.0.1:3000/ | cksum)" \
		"$(seq 100000 | cksum)"
	echo '<p>other' >page.html
	sleep 0.1
	is "and sees what is edited outside" "$(curl -sS -m 5 http://localhost:3000/ http://localhost:3000/reloads)" \
		"<p>other
true"
	kill "$server"
	wait "$server"
	is "and ends when it is told to" "$?" 143
else
	skip "node: a dev server that is published answers the host" "node or curl is not installed"
fi

# --- python ---
prepare="cp -R '$templates/python/.' ."
scene "python: unittest, with processes and threads" python3 <<-'END'
	python3 -B -m unittest discover -v tests 2>&1 | sed 's/ in [0-9.]*s$//'
END
if python3 -c 'import ensurepip, venv' 2>/dev/null; then
	scene "python: a virtual environment with pip" python3 <<-'END'
		python3 -B -m venv env && . env/bin/activate && python -c 'import sys; print(sys.prefix)'
		pip --disable-pip-version-check --no-cache-dir list --format=freeze | cut -d = -f 1
		cp -R package/one env/lib/python3*/site-packages/ && rm -R package && python -B -m one
	END
else
	skip "python: a virtual environment with pip" "ensurepip is not installed"
fi
scene "python: pytest" pytest <<-'END'
	pytest -q -p no:cacheprovider tests 2>&1 | sed 's/ in [0-9.]*s//'
END
scene "sqlite: three writers, with a journal and with a WAL" python3 <<-'END'
	python3 -B count.py delete && python3 -B count.py wal
	! command -v sqlite3 >/dev/null || sqlite3 counts.db 'select n from counts; vacuum;'
END
prepare="cp '$templates/calls.py' ."
scene "system calls of every kind" python3 <<<'python3 -B calls.py'

# --- other languages ---
prepare="cp -R '$templates/cargo/.' ."
scene "cargo: build, run, test" cargo <<-'END'
	cargo build -q --offline 2>&1 && cargo run -q --offline
	cargo test -q --offline 2>&1 | grep '^test result' | sed 's/; finished.*//'
END
prepare="cp -R '$templates/go/.' ."
scene "go: build, vet, test" go <<-'END'
	go build -o work . && ./work && go vet . && go test . | sed 's/\t[0-9.]*s$//'
END
prepare="cp -R '$templates/java/.' ."
scene "java: javac and java" javac <<-'END'
	javac Hello.java && java -Xmx64m Hello && java -Xmx64m Hello.java
END

# --- files ---
prepare=$templates/odd
scene "odd files: tar there and back" tar <<-'END'
	tar -cf odd.tar odd && mkdir out && tar -xpf odd.tar -C out 2>/dev/null && tar -df odd.tar -C out 2>/dev/null
	(cd out/odd && find . ! -type d -printf '%y %m %s %T@ %l %P\0' | sort -z | tr '\0' '\n')
	tar -cf - odd | gzip | tar -tzf - | wc -l
END
scene "odd files: cp, mv, rm" cp <<-'END'
	cp -a odd copy && (cd copy && find . ! -type d -printf '%y %m %s %T@ %l %n %P\0' | sort -z | tr '\0' '\n')
	cp --sparse=always copy/sparse holes && cmp holes odd/sparse && stat -c %b holes
	cp --reflink=auto -p odd/private other && mv copy moved && chmod 700 moved/empty && rm -rf odd
END
scene "odd files: rsync" rsync <<-'END'
	rsync -aH odd/ copy/ && touch copy/extra && touch -d 2001-01-01 copy && rsync -aHi --delete odd/ copy/ | cat -v
END
unset prepare
scene "flock: three writers" flock <<-'END'
	echo 0 >n
	for i in 1 2 3; do
		for j in 1 2 3 4 5 6 7 8 9 10; do flock lock sh -c 'echo $(($(cat n) + 1)) >n'; done &
	done
	wait
	cat n
END

# --- both sides at once: an editor outside, a watcher in the box ---
empty
mkdir watched
"$AGENTBOX" exec -p work -- python3 -c "$(<"$templates/python/watch.py")" >"$scratch/seen" 2>&1 </dev/null &
watcher=$!
for ((i = 0; i < 200; i++)); do [ ! -e ready ] || break; sleep 0.05; done
echo new >.page && mv .page watched/page
wait "$watcher"
is "the box is told of changes from outside" "$(<"$scratch/seen")" "changed to new"
empty
is "nothing of all that is left" "$(settled strays)" ""
finish
