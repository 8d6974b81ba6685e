#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Whatever program asks for a package, the log has the same name for it, the verdict is the same, and
# the log says which program it was.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"

node_clients=/usr/local/lib/agentbox-clients/node_modules # see .ci/run
npm_url=http://registry.test/pad/-/pad-1.1.0.tgz
pypi_url=http://pypi.test/packages/aa/bb/cc/pad-1.0-py3-none-any.whl
cargo_url=http://crates.test/crates/pad/pad-1.0.0.crate
go_url=http://goproxy.test/go.test/pad/@v/v1.0.0.zip

# fetch URL: the statically linked program's command.
fetch() {
	local rest=${1#http://}

	echo "./fetch \$(getent ahostsv4 ${rest%%/*} | cut -d ' ' -f 1 | head -n 1) ${rest%%/*} /${rest#*/}"
}

# What is needed | purl | the program that the log has to name | command
clients() {
	local pip="install --disable-pip-version-check --retries 0 --target lib"

	pip+=" --index-url https://pypi.test/simple/ pad"

	cat <<-END
		npm|npm/pad@1.1.0|*/node*|npm install pad@1.1.0
		npx|npm/pad@1.1.0|*/node*|npx --yes --package pad@1.1.0 true
		$node_clients/pnpm|npm/pad@1.1.0|*/node*|node $node_clients/pnpm/bin/pnpm.cjs add pad@1.1.0
		$node_clients/yarn1|npm/pad@1.1.0|*/node*|node $node_clients/yarn1/bin/yarn.js add pad@1.1.0
		$node_clients/yarn4|npm/pad@1.1.0|*/node*|node $node_clients/yarn4/bin/yarn.js add pad@1.1.0
		curl|npm/pad@1.1.0|*/curl|curl -fsSo pad $npm_url
		wget|npm/pad@1.1.0|*/wget|wget -qO pad $npm_url
		./fetch|npm/pad@1.1.0|*/work/fetch|$(fetch $npm_url)
		pip3|pypi/pad@1.0|*/python3*|pip3 $pip
		python3|pypi/pad@1.0|*/python3*|python3 -m pip $pip
		curl|pypi/pad@1.0|*/curl|curl -fsSo pad $pypi_url
		./fetch|pypi/pad@1.0|*/work/fetch|$(fetch $pypi_url)
		cargo|cargo/pad@1.0.0|*/cargo|$(cargo_vendor)
		curl|cargo/pad@1.0.0|*/curl|curl -fsSo pad $cargo_url
		./fetch|cargo/pad@1.0.0|*/work/fetch|$(fetch $cargo_url)
		go|golang/go.test/pad@v1.0.0|*/go|env GOPROXY=https://goproxy.test GONOSUMDB=* GOMODCACHE=\$PWD/.mod "GOFLAGS=-mod=mod -modcacherw" GOTOOLCHAIN=local go get go.test/pad
		curl|golang/go.test/pad@v1.0.0|*/curl|curl -fsSo pad $go_url
		./fetch|golang/go.test/pad@v1.0.0|*/work/fetch|$(fetch $go_url)
	END
}

# judged LINE...: the profile of the next box.
judged() {
	profile judged "[profile]" "extends = default" "[limits]" "tmp = 4G" "[egress]" \
		"allow = registry.test:80" "allow = pypi.test:80" "allow = crates.test:80" \
		"allow = goproxy.test:80" "[packages]" \
		"registry = npm https://registry.test" "registry = pypi https://pypi.test" \
		"registry = cargo https://crates.test" "registry = golang https://goproxy.test" "$@"
}

# project: one of every ecosystem.
project() {
	rm -rf "$HOME/work"
	workspace
	mkdir -p src .cargo
	: >src/lib.rs
	printf '[package]\nname = "project"\nversion = "1.0.0"\nedition = "2021"\n[dependencies]\n%s\n' \
		'pad = { version = "1.0.0", registry = "test" }' >Cargo.toml
	printf '[registries.test]\nindex = "sparse+https://crates.test/"\n[net]\nretry = 0\n' \
		>.cargo/config.toml
	printf 'module example.test/project\n\ngo 1.16\n' >go.mod
	echo '{ "name": "project", "version": "1.0.0" }' >package.json
	printf 'registry=https://registry.test\naudit=false\nfund=false\nfetch-retries=0\n' >.npmrc
	printf 'registry "https://registry.test"\n' >.yarnrc
	printf '%s\n' 'npmRegistryServer: "https://registry.test"' 'enableTelemetry: false' \
		'enableNetwork: true' 'enableGlobalCache: false' >.yarnrc.yml
	: >yarn.lock
	cp "$scratch/fetch" . 2>/dev/null
}

# said KIND PURL EXE: whether the log has exactly one event of that kind about it, by that program.
said() {
	events | jq -s -e --arg kind "package.$1" --arg purl "pkg:$2" --arg exe "$3" '
		map(select(.event == $kind and .package == $purl)) | length > 0 and
		all(.[]; .exe != null and (.exe | test($exe)) and .pid > 0 and .argv != "")' >/dev/null
}

cc -static -O1 -o "$scratch/fetch" "$here/fetch.c" 2>/dev/null
while IFS='|' read -r need purl exe command; do
	project
	name="$purl by ${command:0:40}"
	command -v "$need" >/dev/null || [ -d "$need" ] || {
		skip "$name" "there is no $need"
		continue
	}
	pattern="^${exe//\*/.*}\$"
	judged
	sh_box judged "$command"
	is "$name: it comes" "$status" 0
	[ "$status" = 0 ] || note "$out $err"
	ok "and the log says who asked" said fetch "$purl" "$pattern"
	is "and none of what it installed is untracked" "$("$AGENTBOX" inventory --untracked)" ""
	installed=$("$AGENTBOX" inventory --format cyclonedx | jq -r '.components[] | select(any(.properties[];
		.name == "agentbox:installed")).purl')
	case $need in
	*npm | *yarn* | pip3 | cargo | go) is "but it is known" "$installed" "pkg:$purl" ;;
	esac
	project
	judged "deny = pkg:${purl%@*}"
	sh_box judged "$command"
	ok "nobody gets it who may not" not event '.event == "package.fetch"'
	ok "and the log says who asked for it" event ".event == \"package.deny\" and
		(.package | startswith(\"pkg:${purl%@*}\")) and (.exe | test(\"$pattern\"))"
done < <(clients)
finish
