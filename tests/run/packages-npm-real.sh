#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A project of 300 packages from the npm registry of this machine, none younger than three days: with
# agentbox, and without it by npm's own --before. Skipped where there is none to be reached.

. "$(dirname "$0")/lib.sh"
host "$0" "$@"

find_registry
profile aged "[profile]" "extends = default" "[packages]" "registry = npm $registry/" "min-age = 72h" \
	${special:+"[egress]" "$special"}

workspace
cat >package.json <<-END
	{ "name": "project", "version": "1.0.0", "license": "Apache-2.0",
	  "dependencies": { "express": "^4", "webpack": "^5", "eslint": "^9", "jest": "^29" } }
END
printf 'registry=%s/\n' "$registry" >.npmrc
export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
options=(--no-audit --no-fund --ignore-scripts)

LIMIT=300 run npm install "${options[@]}" --cache "$scratch/npm" --package-lock-only \
	--before "$(date -u -d '72 hours ago' +%Y-%m-%dT%H:%M:%SZ)"
is "without agentbox, npm makes a lock file" "$status" 0
[ "$status" = 0 ] || note "$err"
mv package-lock.json "$scratch/lock"

start=$(date +%s%N)
LIMIT=300 box aged npm install "${options[@]}"
is "npm install passes" "$status" 0
[ "$status" = 0 ] || note "$err"
note "in $((($(date +%s%N) - start) / 1000000)) ms; $(events | jq -s -r '
	"\(map(select(.event == "package.resolve")) | length) resolved, \(
	map(select(.event == "package.resolve") | .count) | add) versions hidden, \(
	map(select(.event == "package.fetch")) | length) fetched"')"
ok "the lock file is the same, to the byte" cmp package-lock.json "$scratch/lock"
cmp -s package-lock.json "$scratch/lock" || note "$(diff package-lock.json "$scratch/lock")"
ok "it has 300 packages" test "$(jq '.packages | length' package-lock.json)" -gt 300

rm -rf node_modules
start=$(date +%s%N)
LIMIT=300 box aged npm ci "${options[@]}"
is "npm ci passes" "$status" 0
[ "$status" = 0 ] || note "$err"
note "in $((($(date +%s%N) - start) / 1000000)) ms"
ok "every package has its digest and its time" event '.event == "package.fetch" and .digest and .published'
is "nothing was denied" "$(events | jq -r 'select(.event == "package.deny")')" ""
finish
