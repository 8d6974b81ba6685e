#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What agentbox is for: npm install and npm test in a clean clone, against the test registry.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"

mkdir -p "$HOME/.ssh" "$HOME/.npm" "$HOME/upstream"
echo "a private key" >"$HOME/.ssh/id_ed25519"
echo "//registry.test/:_authToken=hunter2" >"$HOME/.npmrc"
echo "alias ls=ls" >"$HOME/.bashrc"
profile here "[profile]" "extends = node" "[egress]" "allow = registry.test"

cd "$HOME/upstream" || exit 1
cat >package.json <<-END
	{ "name": "project", "version": "1.0.0", "license": "Apache-2.0",
	  "dependencies": { "tally": "^0.3.0" }, "scripts": { "test": "node test.js" } }
END
printf 'registry=https://registry.test\ncafile=/etc/ssl/certs/ca-certificates.crt\n' >.npmrc
cat >test.js <<-END
	const got = require('tally').words('a b');
	if (got !== '       a       b') throw new Error(got);
	console.log('project works');
END
printf 'node_modules\n' >.gitignore
git init -q . && git add . &&
	git -c user.name=test -c user.email=test@good.test commit -qm first || exit 1
git clone -q "$HOME/upstream" "$HOME/work"
cd "$HOME/work" || exit 1

outside() {
	traces "$HOME/.ssh" "$HOME/.npm" "$HOME/.npmrc" "$HOME/.bashrc" "$HOME/.config" "$HOME/upstream" \
		/tmp /etc/passwd /etc/hosts
	ls -A "$HOME"
	cat /proc/self/mountinfo
}
run "$AGENTBOX" exec -p here -- true # makes the state directory
before=$(outside)

box here npm install
is "npm install passes" "$status" 0
has "and says so" "$out" "added 3 packages"
[ "$status" = 0 ] || note "$err"
ok "the packages came from the registry" grep -q "GET 443 registry.test /tally/-/tally-0.3.0.tgz" \
	"$WORLD/requests"
ok "the log has the connection" \
	event '.event == "net.connect" and .host == "registry.test" and .verdict == "allow"'
ok "the log ends with the status" event '.event == "task.end" and .exit == 0'
is "what it made belongs to the caller" "$(stat -c %u node_modules/tally/package.json)" "$(id -u)"

box here npm test
is "npm test passes" "$status" 0
has "and ran the project" "$out" "project works"

box here npm ci
is "npm ci passes, from the lock file" "$status" 0

is "nothing outside of the workspace changed" "$(outside)" "$before"
is "no process is left" "$(settled strays)" ""

echo 'registry=https://other.test' >.npmrc
box here npm install pad --fetch-retries=0
ok "another registry is not reached" test "$status" != 0
has "launcher: what was refused" "$err" "other.test"
has "launcher: which line would allow it" "$err" "allow = other.test"
ok "no byte arrived there" not grep -q other.test "$WORLD/requests"
ok "the log has the refusal" event '.verdict == "deny" and .host == "other.test"'
finish
