#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Packages of npm, judged by what the lock files name when the task starts.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"

# judged LINE...: the profile of the next box.
judged() {
	profile judged "[profile]" "extends = node" "[packages]" "registry = npm https://registry.test/" "$@"
}

# project NAME...: a project that depends on them, with its lock file alone; and goes there.
project() {
	local name

	rm -rf "$HOME/work"
	workspace
	for name in "$@"; do
		printf '"%s": "%s",' "${name%@*}" "${name##*@}"
	done | sed 's/,$//; s/.*/{ "name": "project", "version": "1.0.0", "dependencies": {&} }/' >package.json
	printf 'registry=https://registry.test\ncafile=/etc/ssl/certs/ca-certificates.crt\naudit=false\n' >.npmrc
	judged
	box judged npm install
	[ "$status" = 0 ] || note "$err"
	rm -rf node_modules
}

installed() {
	jq -r .version "node_modules/$1/package.json" 2>/dev/null
}

# denied PURL REASON: whether the log has it.
denied() {
	event ".event == \"package.deny\" and .package == \"$1\" and (.reason | contains(\"$2\"))"
}

none=("add = deny" "upgrade = deny" "downgrade = deny")

project tally@^0.3.0
judged "${none[@]}"
box judged npm ci
is "what the lock file names comes" "$status" 0
[ "$status" = 0 ] || note "$err"
ok "and the log says that it did" event '.event == "package.fetch" and
	.package == "pkg:npm/tally@0.3.0" and .change == "locked"'
box judged npm install fresh
ok "nothing new does" test "$status" != 0
has "npm says why" "$err" "no lock file named it when the task started"
ok "and the log which line" event '.event == "package.deny" and .package == "pkg:npm/fresh" and
	.change == "add" and (.rule | endswith("judged.ini:5"))'
ok "the registry was not asked for it" not grep -q "registry.test /fresh" "$WORLD/requests"

project pad@1.0.0
judged "${none[@]}"
sed -i 's/"pad": "1.0.0"/"pad": "^1.0.0"/' package.json
rm package-lock.json
box judged npm install
is "without its lock file all of it is new" "$(installed pad)" ""
project pad@1.0.0
judged "upgrade = deny"
box judged npm install pad@latest
is "the latest version is the one that is named" "$(installed pad)" 1.0.0
box judged npm install pad@1.1.0
has "a newer one is not there" "$err" "No matching version found for pad@1.1.0"
box judged curl -sS https://registry.test/pad/-/pad-1.1.0.tgz
has "nor are its bytes" "$out" "newer than what the lock files named"
project pad@1.1.0
judged "downgrade = ask"
box judged curl -sS https://registry.test/pad/-/pad-1.0.0.tgz
has "older ones are asked about, and nobody can be" "$out" "nobody has been asked yet"
ok "the log has it" denied pkg:npm/pad@1.0.0 "older than"
sh_box judged 'sed -i s/1.1.0/1.0.0/g package-lock.json
	curl -sS https://registry.test/pad/-/pad-1.0.0.tgz'
has "what the command writes into a lock file does not count" "$out" "older than"

project fresh@1.1.0
judged "min-age = 72h" "min-age-exempt = locked"
box judged npm ci
is "what is named may be young" "$(installed fresh)" 1.1.0
box judged npm install newborn
ok "and nothing else" test "$status" != 0

judged "max-add = 2"
box judged npm install tally
ok "there is an end to what is added" test "$status" != 0
has "and npm says so" "$err" "as it may that no lock file named"
is "two packages came" "$(events | jq -r 'select(.event == "package.fetch" and .change == "add").package' |
	sort -u | wc -l)" 2
box judged npm ci
is "what is named is not counted" "$(installed fresh)" 1.1.0

# A box that cannot write has the same lock files.
judged "${none[@]}" "[workspace]" "access = read"
sh_box judged 'for what in fresh/-/fresh-1.1.0.tgz pad/-/pad-1.0.0.tgz; do
	curl -sS -o /dev/null -w "%{http_code} " https://registry.test/$what
	done'
is "without write access too" "$out" "200 403 "

judged "${none[@]}"
echo '{' >package-lock.json
box judged curl -sS https://registry.test/pad/-/pad-1.0.0.tgz
has "a lock file that is none names nothing" "$out" "no lock file that could be read named it"
project pad@1.0.0
judged "${none[@]}"
head -c 70M /dev/zero >pnpm-lock.yaml
box judged npm ci
is "one that is too large does not hide the others" "$(installed pad)" 1.0.0
rm -f pnpm-lock.yaml
jq '.packages["node_modules/pad"].resolved = "git+ssh://git@example.test/pad.git#0123456789abcdef0123456789abcdef01234567"' \
	package-lock.json >lock && mv lock package-lock.json
box judged curl -sS https://registry.test/pad/-/pad-1.0.0.tgz
has "a registry is not asked for what comes from git" "$out" "no lock file named it"

project pad@1.0.0
judged "typosquat = ask" "typosquat-exempt = pkg:npm/crossenv"
sed 's/"node_modules\/pad": {/"node_modules\/lodahs": { "version": "1.0.0" }, &/' package-lock.json >lock
mv lock package-lock.json
box judged npm install loadsh
has "a name like that of a popular package is asked about" "$err" \
	"can be mistaken for that of lodash; nobody has been asked yet"
ok "and the registry is not" not grep -q loadsh "$WORLD/requests"
box judged curl -sS -o /dev/null -w '%{http_code}' https://registry.test/crossenv
is "unless the profile knows it" "$out" 404
box judged curl -sS -o /dev/null -w '%{http_code}' https://registry.test/lodahs
is "or a lock file" "$out" 404
finish
