#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The profiles for the patterns of a task, as they are shipped, with npm and the test registry.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"

for name in assist develop dependencies release; do
	profile "my-$name" "[profile]" "extends = $name" "[packages]" "registry = npm https://registry.test/"
done
profile free "[profile]" "extends = node" "[packages]" "registry = npm https://registry.test/"

# project NAME@VERSION...: a project with a lock file of these versions; and goes there.
project() {
	rm -rf "$HOME/work"
	workspace
	printf 'registry=https://registry.test\ncafile=/etc/ssl/certs/ca-certificates.crt\naudit=false\ncache=/tmp/cache\n' >.npmrc
	echo '{ "name": "project", "version": "1.0.0" }' >package.json
	box free npm install --save-exact "$@"
	[ "$status" = 0 ] || note "$err"
	rm -rf node_modules
	cp package-lock.json "$scratch/lock"
}

installed() {
	jq -r .version "node_modules/$1/package.json" 2>/dev/null
}

# asked WORD: whether the registry was asked for something with it in its line.
asked() {
	grep -q "$@" "$WORLD/requests"
}

# The lock file names a version that is an hour old at most: somebody has chosen it.
project fresh@1.1.0 pad@1.0.0
: >"$WORLD/requests"
sh_box my-assist 'cp -r . /tmp/copy && cd /tmp/copy && npm ci && cat node_modules/fresh/package.json'
is "assist: what the lock file names can be had" "$(sed -n '/^{/,$p' <<<"$out" | jq -r .version)" 1.1.0
sh_box my-assist 'cp -r . /tmp/copy && cd /tmp/copy && npm install tally'
has "assist: nothing new" "$err" "pkg:npm/tally: no lock file named it"
sh_box my-assist 'cp -r . /tmp/copy && cd /tmp/copy && npm install pad@1.1.0'
has "assist: no other version" "$err" "No matching version found for pad@1.1.0"
ok "assist: nobody was asked for what is new" not asked "tally"
box my-assist npm ci
ok "assist: the repository cannot be written" test ! -e node_modules
box my-assist npm publish --//registry.test/:_authToken=x
has "assist: nothing is published" "$err" "only a task that may publish may do this"

box my-develop npm ci
is "develop: what the lock file names is free" "$(installed fresh)" 1.1.0
box my-develop npm install tally
is "develop: a new package comes" "$(installed tally)" 0.3.0
box my-develop npm install newborn
has "develop: unless it is too young" "$err" "none of its 1 versions may be used"
box my-develop npm install loadsh
has "develop: or looks like another" "$err" "can be mistaken for that of lodash"
box my-develop npm publish --//registry.test/:_authToken=x
has "develop: nothing is published" "$err" "only a task that may publish may do this"
box my-develop npm search tally
has "develop: nor searched" "$err" "the profile allows no searches"

project fresh@1.0.0 pad@1.1.0
box my-dependencies npm update --save pad fresh
is "dependencies: an update comes as far as it is old enough" "$(installed fresh) $(installed pad)" "1.0.0 1.1.0"
box my-dependencies npm install pad@1.0.0
ok "dependencies: going back" test "$status" != 0
box my-dependencies curl -sS https://registry.test/pad/-/pad-1.0.0.tgz
has "dependencies: is asked about" "$out" "older than what the lock files named when the task started; nobody has been asked yet"
box my-dependencies npm install tally
is "dependencies: new packages come" "$(installed tally)" 0.3.0
: >"$WORLD/requests"
box my-dependencies npm search tally
ok "dependencies: the registry may be searched" asked -- "/-/v1/search"
ok "dependencies: the log has what was added" event '.event == "http.request" and .action == "search"'

project pad@1.1.0
box my-release npm publish --//registry.test/:_authToken=x
is "release: it publishes" "$status" 0
[ "$status" = 0 ] || note "$err"
ok "release: and the log says so" event '.event == "publish.allow" and .package == "pkg:npm/project"'
sh_box my-release 'echo >>package.json'
ok "release: from a source that it cannot write" test "$status" != 0
profile wrong "[profile]" "extends = release" "[workspace]" "access = write"
run "$AGENTBOX" profile check wrong
has "release: and no profile lets it" "$err$out" "a task that may publish does not write the source"
finish
