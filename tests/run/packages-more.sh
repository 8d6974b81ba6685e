#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Packages of PyPI, cargo, Go and RubyGems, judged on their way in: pip, cargo, go, gem and bundle against
# test registries.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"

# judged LINE...: the profile of the next box.
judged() {
	profile judged "[profile]" "extends = default" "[limits]" "tmp = 4G" "[packages]" \
		"registry = pypi https://pypi.test" "registry = cargo https://crates.test" \
		"registry = golang https://goproxy.test" "registry = gem https://gems.test" "$@"
}

# empty: a project without anything, and goes there.
empty() {
	rm -rf "$HOME/work"
	workspace
}

# denied PURL REASON: whether the log has it.
denied() {
	event ".event == \"package.deny\" and .package == \"$1\" and (.reason | contains(\"$2\"))"
}

# can PROGRAM OPTION: whether it is there, for the user that the box runs as.
can() {
	command -v "$1" >/dev/null && "$@" >/dev/null 2>&1
}

pip_tests() {
	local name

	# pip REQUIREMENT...: into the directory "lib" of the project.
	pip() {
		box judged python3 -m pip install --disable-pip-version-check --retries 0 --target lib \
			--index-url https://pypi.test/simple/ "$@"
	}
	which() {
		PYTHONPATH=lib python3 -c "import $1; print($1.which)" 2>&1
	}

	judged
	empty
	pip needy_project
	is "pip install passes" "$status" 0
	[ "$status" = 0 ] || note "$err"
	is "with what it needs" "$(which pad)" 1.0
	ok "the log has what came" event '.event == "package.fetch" and
		.package == "pkg:pypi/needy-project@1.0" and (.digest | startswith("sha256:")) and
		.published == "2020-01-02T03:04:05.000Z" and .time_source == "server"'
	empty
	pip fresh
	is "without min-age pip takes the newest version" "$(which fresh)" 1.1

	judged "min-age = 72h"
	empty
	pip fresh
	is "a version that is too young is not there" "$(which fresh)" 1.0
	empty
	pip fresh==1.1
	has "nobody gets it by asking for it" "$err" "from versions: 1.0)"
	box judged python3 -m pip install --disable-pip-version-check --retries 0 --target lib --no-deps \
		https://pypi.test/packages/aa/bb/cc/fresh-1.1-py3-none-any.whl
	ok "nor by its URL" test "$status" != 0
	has "pip says why" "$err" "published"
	ok "the log has it" denied pkg:pypi/fresh@1.1 "has to be 3 days old"
	empty
	pip grown
	is "a file that was added to an old version is judged by its own age" "$(which grown)" 1.0
	empty
	pip newborn
	has "where all are too young there is none" "$err" "No matching distribution found"
	pip timeless
	has "nor one whose age nobody tells" "$err" "No matching distribution found"
	pip gone
	is "nor one that was withdrawn" "$(which gone)" 1.0
	empty
	pip tampered
	ok "bytes that were not promised do not come" test "$status" != 0
	ok "and are not installed" not test -e lib/tampered.py
	ok "the log has it" denied pkg:pypi/tampered@1.0 "bytes are not those"

	box judged curl -sS https://pypi.test/simple/fresh/
	has "who does not ask for JSON gets a page of links" "$out" '<a href="https://pypi.test/packages/'
	lacks "without what is too young" "$out" "fresh-1.1"
	judged "deny = pkg:pypi/paged@1.1"
	empty
	pip paged
	is "an index that is such a page is filtered" "$(which paged)" 1.0
	box judged curl -sS https://pypi.test/packages/aa/bb/cc/paged-1.1-py3-none-any.whl
	has "and what it leads to is judged" "$out" "a line of the profile denies"
	judged "min-age = 72h"
	empty
	pip paged
	has "it tells nobody's age" "$err" "No matching distribution found"

	judged "deny = pkg:pypi/Needy_Project"
	empty
	pip needy.project
	ok "a package that is denied does not come, however it is written" test "$status" != 0
	for name in simple/ pypi/pad/json; do
		box judged curl -sS https://pypi.test/$name
		has "what cannot be filtered is not there: $name" "$out" "agentbox"
	done
	box judged curl -sS -X POST -d x https://pypi.test/legacy/
	has "nor can anything be uploaded" "$out" "only a task that may publish"
}

cargo_tests() {
	local vendor
	read -ra vendor <<<"$(cargo_vendor)"

	# cargo_project REQUIREMENT: a package that depends on @fresh or the like.
	cargo_project() {
		empty
		mkdir -p src .cargo
		: >src/lib.rs
		printf '[package]\nname = "project"\nversion = "1.0.0"\nedition = "2021"\n[dependencies]\n%s\n' \
			"${1% *} = { version = \"${1#* }\", registry = \"test\" }" >Cargo.toml
		printf '[registries.test]\nindex = "sparse+https://crates.test/"\n[net]\nretry = 0\n' \
			>.cargo/config.toml
		box judged "${vendor[@]}"
	}
	locked() {
		sed -n "/^name = \"$1\"/{n;s/.*\"\(.*\)\"/\1/p}" Cargo.lock 2>&1
	}

	judged
	cargo_project "pad ^1.0"
	is "cargo vendor passes" "$status" 0
	[ "$status" = 0 ] || note "$err"
	ok "the log has what came" event '.event == "package.fetch" and
		.package == "pkg:cargo/pad@1.0.0" and (.digest | startswith("sha256:"))'
	cargo_project "fresh ^1.0"
	is "without min-age cargo takes the newest version" "$(locked fresh)" 1.1.0
	cp Cargo.lock "$scratch/Cargo.lock"

	judged "min-age = 72h"
	cp "$scratch/Cargo.lock" Cargo.lock
	box judged "${vendor[@]}" --locked
	has "a lock file does not bring in what is too young: cargo says why" "$err" "published"
	ok "the log has it" denied pkg:cargo/fresh@1.1.0 "has to be 3 days old"
	cargo_project "fresh ^1.0"
	is "a version that is too young is not chosen" "$(locked fresh)" 1.0.0
	cargo_project "fresh =1.1.0"
	ok "nobody gets it by asking for it" grep -qE "is yanked|which didn't match: 1.0.0" <<<"$err"
	cargo_project "newborn ^1.0"
	ok "where all are too young there is none" test "$status" != 0
	cargo_project "timeless ^1.0"
	ok "nor one whose age nobody tells" test "$status" != 0
	cargo_project "tampered ^1.0"
	ok "bytes that were not promised do not come" test "$status" != 0
	ok "the log has it" denied pkg:cargo/tampered@1.0.0 "bytes are not those"
}

go_tests() {
	local proxy=https://goproxy.test sums=off

	# go_project MODULE[@VERSION]: a module that needs it.
	go_project() {
		empty
		printf 'module example.test/project\n\ngo 1.16\n' >go.mod
		box judged env GOPROXY="$proxy" GOSUMDB="$sums" GOFLAGS=-mod=mod GOTOOLCHAIN=local go get "$1"
	}
	required() {
		awk -v module="$1" '{ sub("^require ", "") } $1 == module { print $2 }' go.mod
	}

	judged
	go_project go.test/Fresh
	is "go get passes" "$status" 0
	[ "$status" = 0 ] || note "$err"
	is "and takes the newest version" "$(required go.test/Fresh)" v1.1.0
	ok "the log has what came" event '.event == "package.fetch" and
		.package == "pkg:golang/go.test/fresh@v1.1.0"'

	# The key of the database in registry_more.py.
	sums=sums.test+61edafa5+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c
	go_project go.test/Fresh
	is "a checksum database is asked through the proxy" "$status" 0
	[ "$status" = 0 ] || note "$err"
	ok "and its tiles come" event '.event == "http.request" and .action == "index" and
		(.path | test("^/sumdb/sums.test/tile/8/0/000")) and .status == 200'
	go_project go.test/tampered
	has "go finds what is not what the database has" "$err" "SECURITY ERROR"
	sums=off
	proxy=https://goproxy.test/none,https://goproxy.test,direct
	go_project go.test/pad
	is "go looks on at the next proxy of its list" "$(required go.test/pad)" v1.0.0
	judged "deny = pkg:golang/go.test/pad"
	go_project go.test/pad
	has "but not after a denial" "$err" "a line of the profile denies"
	lacks "nor at the source" "$err" "go.test/pad?go-get=1"
	proxy=https://goproxy.test

	judged "min-age = 72h"
	go_project go.test/pad
	has "an author's word for the time of a version does not count: go says so" "$err" \
		"only its author says"
	judged "min-age = 72h" "time-source = any"
	go_project go.test/pad
	is "unless the profile says that it does" "$(required go.test/pad)" v1.0.0
	go_project go.test/Fresh
	has "a version that is too young does not come" "$err" "published"
	go_project go.test/Fresh@v1.1.0
	has "nobody gets it by asking for it" "$err" "published"
	go_project go.test/Fresh@v1.0.0
	is "the older one comes" "$(required go.test/Fresh)" v1.0.0
	box judged curl -sS https://goproxy.test/go.test/!fresh/@v/v1.1.0.zip
	has "nor does its archive by itself" "$out" "has to be 3 days old"
	ok "the log has it" denied pkg:golang/go.test/fresh@v1.1.0 "has to be 3 days old"
	judged "deny = pkg:golang/go.test/fresh"
	go_project go.test/Fresh@v1.0.0
	has "a module that is denied does not come" "$err" "a line of the profile denies"
}

gem_tests() {
	# gems NAME [OPTION]...: into the directory "lib" of the project.
	gems() {
		box judged gem install --no-document --clear-sources --source https://gems.test --install-dir lib "$@"
	}
	unpacked() {
		find lib/gems -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | sort | xargs
	}

	ruby "$here/gems.rb" "$WORLD/gems" >"$scratch/gems" 2>&1 || note "$(<"$scratch/gems")"
	judged
	empty
	gems needy
	is "gem install passes" "$status" 0
	[ "$status" = 0 ] || note "$err"
	is "with what it needs" "$(unpacked)" "needy-1.0 pad-1.0"
	ok "the log has what came" event '.event == "package.fetch" and .package == "pkg:gem/needy@1.0" and
		(.digest | startswith("sha256:")) and .published == "2020-01-02T03:04:05.000Z"'
	judged "min-age = 72h"
	empty
	gems fresh
	is "a version that is too young is not there" "$(unpacked)" "fresh-1.0"
	gems fresh --version 1.1
	ok "nobody gets it by asking for it" test "$status" != 0
	gems tampered
	has "bytes that were not promised do not come" "$(unpacked)" "fresh-1.0"
	ok "the log has it" denied pkg:gem/tampered@1.0 "bytes are not those"
	box judged curl -sS https://gems.test/gems/fresh-1.1.gem
	has "nor does a gem by itself" "$out" "has to be 3 days old"
	judged "deny = pkg:gem/pad"
	empty
	gems needy
	is "a gem that is denied does not come, nor what needs it" "$(unpacked)" ""
	ok "the log has it" denied pkg:gem/pad "a line of the profile denies"

	can bundle --version || {
		skip "bundle" "it is not installed"
		return
	}
	judged "min-age = 72h"
	empty
	printf "source 'https://gems.test'\ngem 'fresh'\ngem 'needy'\n" >Gemfile
	box judged env BUNDLE_PATH=lib bundle install
	is "bundle install passes" "$status" 0
	[ "$status" = 0 ] || note "$out $err"
	is "with the version that is old enough" "$(grep -o 'fresh (.*)' Gemfile.lock)" "fresh (1.0)"
	sed -i 's/fresh (1.0)/fresh (1.1)/' Gemfile.lock
	rm -rf lib
	box judged env BUNDLE_PATH=lib BUNDLE_FROZEN=1 bundle install
	ok "a lock file does not bring in another" test "$status" != 0
}

if can python3 -m pip --version; then
	pip_tests
else
	skip "pip" "it is not installed"
fi
if can cargo --version; then
	cargo_tests
else
	skip "cargo" "it is not installed"
fi
if can go version; then
	go_tests
else
	skip "go" "it is not installed"
fi
if can gem --version; then
	gem_tests
else
	skip "gem" "it is not installed"
fi
finish
