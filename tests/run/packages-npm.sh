#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Packages of npm, judged on their way in: npm against the test registry.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"

# project NAME...: an empty project that depends on them, and goes there.
project() {
	local name

	rm -rf "$HOME/work"
	mkdir -p "$HOME/work"
	cd "$HOME/work" || exit 1
	for name in "$@"; do
		printf '"%s": "%s",' "${name%@*}" "${name##*@}"
	done | sed 's/,$//; s/.*/{ "name": "project", "version": "1.0.0", "dependencies": {&} }/' >package.json
	printf 'registry=https://registry.test\ncafile=/etc/ssl/certs/ca-certificates.crt\naudit=false\n' >.npmrc
}

# judged LINE...: the profile of the next box.
judged() {
	profile judged "[profile]" "extends = node" "[packages]" "registry = npm https://registry.test/" "$@"
}

judged
project tally@^0.3.0
box judged npm install
is "npm install passes" "$status" 0
[ "$status" = 0 ] || note "$err"
has "and says so" "$out" "added 3 packages"
ok "the log has what was resolved" event '.event == "package.resolve" and .package == "pkg:npm/tally"'
ok "the log has what came" event '.event == "package.fetch" and
	.package == "pkg:npm/%40scope/words@2.0.1" and (.digest | startswith("sha512:"))'
finish
