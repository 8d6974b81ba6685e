#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The profiles node, python, rust and go as they are shipped: what their registries have comes, each
# package is in the log, nothing is published, and there is no way around that.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"

# fetched PURL: whether the log has it, with when it was published and what it is.
fetched() {
	event ".event == \"package.fetch\" and .package == \"$1\" and .verdict == \"allow\" and
		(.digest | startswith(\"sha\")) and .published == \"$2\" and .exe != null"
}

# asked URL [OPTION]...: what curl is told there; in a box of $profile.
asked() {
	box "$profile" curl -sS -m 20 "${@:2}" "$1"
	printf '%s\n' "$out$err"
}

# empty: a project without anything, and goes there.
empty() {
	rm -rf "$HOME/work"
	workspace
}

node_tests() {
	profile=node
	empty
	echo '{ "name": "project", "version": "1.0.0", "dependencies": { "tally": "^0.3.0" } }' >package.json
	printf 'registry=https://any.npmjs.org\naudit=false\nfund=false\nfetch-retries=0\n' >.npmrc
	box node npm install
	is "node: npm install passes" "$status" 0
	[ "$status" = 0 ] || note "$err"
	ok "node: the log has what came" fetched pkg:npm/tally@0.3.0 2020-01-01T00:00:00.000Z
	ok "node: and nothing that nobody fetched" not event '.event == "package.untracked"'
	rm -rf node_modules
	box node npm ci
	is "node: npm ci passes" "$status" 0
	ok "node: the log has it as well" fetched pkg:npm/%40scope/words@2.0.1 2020-01-01T00:00:00.000Z
	box node npm install fresh
	is "node: nothing is too young" "$(jq -r .version node_modules/fresh/package.json)" 1.1.0
	box node npm publish --//any.npmjs.org/:_authToken=x
	has "node: nothing is published" "$err" "only a task that may publish may do this: publish"
	ok "node: which the log has" event '.event == "publish.deny" and .package == "pkg:npm/project"'
	box node npm install tampered
	ok "node: nothing else comes than was promised" test "$status" != 0
	box node npm install detour moved@1.0.0
	has "node: a registry leads nowhere else" "$err" "the registry leads elsewhere for it"
	box node npm install detour
	is "node: nor does its metadata" "$(jq -r .version node_modules/detour/package.json)" 1.0.0
	has "node: audits pass" "$(asked https://any.npmjs.org/-/npm/v1/security/advisories/bulk -d sent)" sent

	has "node: headers for node-gyp come" "$(asked https://nodejs.org/dist/v18.0.0/SHASUMS256.txt)" \
		"hello from nodejs.org"
	has "node: nothing is sent there" "$(asked https://nodejs.org/dist/v18.0.0/x -d secret)" \
		"to allow it, add to the profile:"
	has "node: nor anything else had" "$(asked https://nodejs.org/api/)" \
		"allow = GET https://nodejs.org/api/"
	has "node: a path leads to nothing else" "$(asked https://nodejs.org/dist/%2e%2e/pad --path-as-is)" \
		"dot segment in the path"
	has "node: nor does a Host" \
		"$(asked https://nodejs.org/dist/pad/-/pad-1.0.0.tgz -H 'Host: any.npmjs.org')" "agentbox"
	lacks "node: nor a name for another" \
		"$(asked https://any.npmjs.org/pad/-/pad-1.0.0.tgz --connect-to any.npmjs.org::nodejs.org:)" hello
	has "node: a dependency from git says what would allow it" "$(asked https://github.com/a/b)" \
		"allow = github.com"
	profile strict "[profile]" "extends = node" "[packages]" "deny = pkg:npm/pad"
	box strict npm install pad
	has "node: a profile that extends it denies" "$err" "a line of the profile denies this package"
}

python_tests() {
	profile=python
	empty
	box python python3 -m pip install --disable-pip-version-check --retries 0 --target lib needy_project gone==1.1
	is "python: pip install passes" "$status" 0
	[ "$status" = 0 ] || note "$err"
	ok "python: the log has what came" fetched pkg:pypi/needy-project@1.0 2020-01-02T03:04:05.000Z
	has "python: nothing is uploaded" "$(asked https://upload.pypi.org/legacy/ -d x)" \
		"only a task that may publish"
	is "python: what Poetry asks of a version comes" "$(asked https://pypi.org/pypi/pad/1.0/json)" "{}"
	has "python: but not of one that there is not" "$(asked https://pypi.org/pypi/pad/9.9/json)" \
		"has no such version"
}

rust_tests() {
	local vendor
	read -ra vendor <<<"$(cargo_vendor)"

	profile=rust
	empty
	mkdir -p src .cargo
	: >src/lib.rs
	printf '[package]\nname = "project"\nversion = "1.0.0"\nedition = "2021"\n[dependencies]\npad = "1"\n' >Cargo.toml
	printf '[source.crates-io]\nreplace-with = "sparse"\n[source.sparse]\nregistry = "sparse+https://index.crates.io/"\n' \
		>.cargo/config.toml
	box rust "${vendor[@]}"
	is "rust: cargo vendor passes" "$status" 0
	[ "$status" = 0 ] || note "$err"
	ok "rust: the log has what came" fetched pkg:cargo/pad@1.0.0 2020-01-02T03:04:05.000Z
	has "rust: nothing is published" "$(asked https://crates.io/api/v1/crates/new -T Cargo.toml)" \
		"only a task that may publish"
}

go_tests() {
	local store=https://storage.googleapis.com

	profile=go
	empty
	printf 'module example.test/project\n\ngo 1.16\n' >go.mod
	box go env GONOSUMDB=* GOFLAGS=-mod=mod GOTOOLCHAIN=local go get go.test/pad
	is "go: go get passes" "$status" 0
	[ "$status" = 0 ] || note "$err"
	ok "go: the log has what came, from where the module proxy keeps it" fetched pkg:golang/go.test/pad@v1.0.0 \
		2020-01-02T03:04:05.000Z
	has "go: what the module proxy has not led to does not come" \
		"$(asked $store/proxy-golang-org-prod/pad.zip)" "no request that agentbox knows"
	has "go: nor what others keep there" "$(asked $store/anybody/pad.zip)" "allow = "
	profile strict "[profile]" "extends = go" "[packages]" "deny = pkg:golang/go.test/pad"
	profile=strict
	has "go: nor what is denied, by its store" "$(asked https://proxy.golang.org/go.test/pad/@v/v1.0.0.zip -L)" \
		"a line of the profile denies"
}

# can PROGRAM OPTION: whether it is there, for the user that the box runs as.
can() {
	command -v "$1" >/dev/null && "$@" >/dev/null 2>&1
}

for client in "node npm" "python python3 -m pip" "rust cargo" "go go version"; do
	read -ra command <<<"${client#* }"
	if [ "${#command[@]}" = 1 ]; then
		command+=(--version)
	fi
	if can "${command[@]}"; then
		"${client%% *}_tests"
	else
		skip "${client%% *}" "there is no ${command[0]}"
	fi
done
finish
