#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A task that installs, upgrades, edits a lock file by hand, unpacks a package that lay in the
# repository, and tries to publish: the report says exactly that. With npm, pip and cargo.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"

# Debian's cargo is older than sparse registries are stable.
vendor="env RUSTC_BOOTSTRAP=1 cargo vendor -Z sparse-registry"
[ "$(cargo --version 2>/dev/null | cut -d . -f 2)" -lt 68 ] 2>/dev/null || vendor="cargo vendor"

profile judged "[profile]" "extends = default" "[limits]" "tmp = 4G" "[packages]" \
	"registry = npm https://registry.test" "registry = pypi https://pypi.test" \
	"registry = cargo https://crates.test"

# report: each row of it, without what differs from run to run.
report() {
	run "$AGENTBOX" report --format json
	jq -r '.sections | to_entries[] | .key as $section | .value[] | [$section, .event, .verdict, .action, .package, .from, .change, .file, .host, .reason] |
		map(select(. != null)) | join(" ")' <<<"$out" | sort -u
}

project() {
	rm -rf "$HOME/work"
	workspace
	git init -q .
}

npm_task() {
	project
	printf 'registry=https://registry.test\naudit=false\nfund=false\nupdate-notifier=false\nfetch-retries=0\n' >.npmrc
	echo '{"name": "project", "version": "1.0.0"}' >package.json
	box judged npm install --save-exact pad@1.0.0
	is "npm: a first package" "$status" 0
	[ "$status" = 0 ] || note "$err"
	mkdir package
	echo '{"name": "evil", "version": "6.6.6"}' >package/package.json
	tar czf evil.tgz package
	rm -r package
	sh_box judged 'npm install --save-exact fresh@1.0.0 pad@1.1.0
		mkdir node_modules/evil && tar xzf evil.tgz -C node_modules/evil --strip-components 1
		sed -i "s,registry.test/fresh,evil.test/fresh," package-lock.json
		npm publish --//registry.test/:_authToken=x'
	ok "npm: the task" test "$status" != 0
	is "npm: the report" "$(report)" "$(sort <<-END
		denied publish.deny deny publish pkg:npm/project registry.test only a task that may publish may do this: publish
		findings lockfile.finding pkg:npm/fresh@1.0.0 package-lock.json evil.test its host is new to this lock file
		lockfiles lockfile.change content package-lock.json
		lockfiles lockfile.change pkg:npm/fresh@1.0.0 add package-lock.json evil.test
		lockfiles lockfile.change pkg:npm/pad@1.1.0 1.0.0 upgrade package-lock.json registry.test
		packages package.fetch allow artifact pkg:npm/fresh@1.0.0 registry.test
		packages package.fetch allow artifact pkg:npm/pad@1.1.0 registry.test
		publish publish.deny deny publish pkg:npm/project registry.test only a task that may publish may do this: publish
		untracked package.untracked pkg:npm/evil@6.6.6 node_modules/evil it was not there before, and no registry gave it to this task
	END
	)"
	run "$AGENTBOX" inventory --added --format cyclonedx
	is "npm: what was added" "$(jq -r '.components[] | "\(.purl) \([.properties[] | select(.name == "agentbox:came").value] | join(""))"' <<<"$out")" \
		"pkg:npm/evil@6.6.6 untracked
pkg:npm/fresh@1.0.0 fetched
pkg:npm/pad@1.1.0 fetched"
	run "$AGENTBOX" restore latest
	has "npm: and the lock file is put back" "$(<package-lock.json)" '"version": "1.0.0"'
}

pip_task() {
	local pip="python3 -m pip install -q --disable-pip-version-check --retries 0 --target lib --index-url https://pypi.test/simple/"

	project
	echo 'fresh==1.0' >requirements.txt
	sh_box judged "$pip -r requirements.txt"
	is "pip: a first package" "$status" 0
	[ "$status" = 0 ] || note "$err"
	mkdir -p evil-6.6.6.dist-info
	printf 'Name: evil\nVersion: 6.6.6\n' >evil-6.6.6.dist-info/METADATA
	tar czf evil.tgz evil-6.6.6.dist-info
	rm -r evil-6.6.6.dist-info
	sh_box judged "$pip Needy_Project; $pip --upgrade fresh
		sed -i s/1.0/1.1/ requirements.txt; echo '--extra-index-url https://evil.test/' >>requirements.txt
		tar xzf evil.tgz -C lib; curl -sS -f -X POST -d x https://pypi.test/legacy/"
	ok "pip: the task" test "$status" != 0
	is "pip: the report" "$(report)" "$(sort <<-END
		denied publish.deny deny upload pypi.test only a task that may publish may do this: upload
		findings lockfile.finding requirements.txt new instruction: --extra-index-url https://evil.test/
		lockfiles lockfile.change content requirements.txt
		lockfiles lockfile.change pkg:pypi/fresh@1.1 1.0 upgrade requirements.txt
		packages package.fetch allow artifact pkg:pypi/fresh@1.1 pypi.test
		packages package.fetch allow artifact pkg:pypi/needy-project@1.0 pypi.test
		packages package.fetch allow artifact pkg:pypi/pad@1.0 pypi.test
		publish publish.deny deny upload pypi.test only a task that may publish may do this: upload
		untracked package.untracked pkg:pypi/evil@6.6.6 lib/evil-6.6.6.dist-info it was not there before, and no registry gave it to this task
	END
	)"
}

cargo_task() {
	project
	mkdir -p src .cargo evil
	: >src/lib.rs
	printf '[package]\nname = "project"\nversion = "1.0.0"\nedition = "2021"\n[dependencies]\n%s\n' \
		'fresh = { version = "=1.0.0", registry = "test" }' >Cargo.toml
	printf '[registries.test]\nindex = "sparse+https://crates.test/"\n[net]\nretry = 0\n' >.cargo/config.toml
	sh_box judged "$vendor"
	is "cargo: a first package" "$status" 0
	[ "$status" = 0 ] || note "$err"
	printf '[package]\nname = "evil"\nversion = "6.6.6"\n' >evil/Cargo.toml
	tar czf evil.tgz evil
	rm -r evil
	sh_box judged "echo 'pad = { version = \"1\", registry = \"test\" }' >>Cargo.toml
		sed -i 's/\"=1.0.0\"/\"1.1.0\"/' Cargo.toml; $vendor; tar xzf evil.tgz -C vendor
		sed -i '/^checksum/d' Cargo.lock
		curl -sS -f -X PUT -d x https://crates.test/api/v1/crates/new"
	ok "cargo: the task" test "$status" != 0
	is "cargo: the report" "$(report)" "$(sort <<-END
		build build.change content Cargo.toml
		denied publish.deny deny publish crates.test only a task that may publish may do this: publish
		findings lockfile.finding pkg:cargo/fresh@1.1.0 1.0.0 Cargo.lock crates.test its hash was removed
		findings lockfile.finding pkg:cargo/pad@1.0.0 Cargo.lock crates.test it has no hash
		lockfiles lockfile.change content Cargo.lock
		lockfiles lockfile.change pkg:cargo/fresh@1.1.0 1.0.0 upgrade Cargo.lock crates.test
		lockfiles lockfile.change pkg:cargo/pad@1.0.0 add Cargo.lock crates.test
		packages package.fetch allow artifact pkg:cargo/fresh@1.1.0 crates.test
		packages package.fetch allow artifact pkg:cargo/pad@1.0.0 crates.test
		publish publish.deny deny publish crates.test only a task that may publish may do this: publish
		untracked package.untracked pkg:cargo/evil@6.6.6 vendor/evil it was not there before, and no registry gave it to this task
	END
	)"
}

if command -v npm >/dev/null; then
	npm_task
else
	skip npm "npm is not installed"
fi
if python3 -m pip --version >/dev/null 2>&1; then
	pip_task
else
	skip pip "pip is not installed"
fi
if cargo --version >/dev/null 2>&1; then
	cargo_task
else
	skip cargo "cargo is not installed"
fi
finish
