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
	profile judged "[profile]" "extends = default" "[packages]" "registry = npm https://registry.test/" "$@"
}

# asked WORD: whether the registry was asked for something with it in its line.
asked() {
	grep -q "$@" "$WORLD/requests"
}

# forget: what the registry was asked for.
forget() {
	: >"$WORLD/requests"
}

# denied PURL REASON: whether the log has it.
denied() {
	event ".event == \"package.deny\" and .package == \"$1\" and (.reason | contains(\"$2\"))"
}

installed() {
	jq -r .version "node_modules/$1/package.json" 2>/dev/null
}

judged
project tally@^0.3.0
box judged npm install
is "npm install passes" "$status" 0
[ "$status" = 0 ] || note "$err"
has "and says so" "$out" "added 3 packages"
ok "the log has what was resolved" event '.event == "package.resolve" and .package == "pkg:npm/tally"'
ok "the log has what came" event '.event == "package.fetch" and
	.package == "pkg:npm/%40scope/words@2.0.1" and (.digest | startswith("sha512:")) and
	.published == "2020-01-01T00:00:00.000Z" and .time_source == "server"'
cp package-lock.json "$scratch/lock"
rm -rf node_modules
forget
box judged npm ci
is "npm ci passes, from the lock file" "$status" 0
ok "which skips the metadata: agentbox does not" asked "GET 443 registry.test /tally$"
ok "each version is known to the log" event '.event == "package.fetch" and .package == "pkg:npm/tally@0.3.0"'
ok "the lock file is as it was" cmp package-lock.json "$scratch/lock"

judged "min-age = 72h"
project fresh@^1.0.0
box judged npm install
is "a version that is too young is not there" "$(installed fresh)" 1.0.0
has "npm says that agentbox hid it" "$err" "agentbox hid 1 version of fresh: 1.1.0 (published"
ok "and so does the log" event '.event == "package.resolve" and .package == "pkg:npm/fresh" and
	.count == 1 and (.rule | endswith("judged.ini:5"))'
project fresh@1.1.0
box judged npm install
has "nobody gets it by asking for it" "$err" "No matching version found for fresh@1.1.0"
project newborn@1
box judged npm install
has "where all are too young, npm says why" "$err" "none of its 1 versions may be used"

profile free "[profile]" "extends = node" "[packages]" "registry = npm https://registry.test/"
project needy@1.0.0
box free npm install
is "without min-age it comes" "$(installed fresh)" 1.1.0
rm -rf node_modules
forget
box judged npm ci
ok "a lock file does not bring in what is too young" test "$status" != 0
has "npm says why" "$err" "has to be 3 days old"
ok "the log has it" denied pkg:npm/fresh@1.1.0 "published"
ok "nothing of it was asked for" not asked "fresh-1.1.0.tgz"
box judged curl -sS -i https://registry.test/fresh/-/fresh-1.1.0.tgz
has "curl is told in the first line" "$out" "HTTP/1.1 403 agentbox: pkg:npm/fresh@1.1.0: published"
has "and in the body, with the line of the profile" "$out" "rule: judged.ini:5: min-age = 3d"
box judged curl -sS -o old.tgz -r 0-9 https://registry.test/fresh/-/fresh-1.0.0.tgz
is "an older one comes, as a whole" "$(sha512sum <old.tgz | cut -c 1-128)" \
	"$(events | jq -r 'select(.event == "package.fetch").digest' | cut -d : -f 2)"
box judged curl -sS https://registry.test/fresh/1.1.0
has "nor does a version's own metadata" "$out" "has to be 3 days old"
forget
box judged curl -sS https://registry.test/fresh/latest
is "the latest version is the latest that is old enough" "$(jq -r .version <<<"$out")" 1.0.0
ok "for which all are asked for" asked "registry.test /fresh$"
box judged curl -sS https://registry.test/fresh/beta
has "a tag that there is not is none" "$out" "no version that may be used is called beta"
box judged curl -sS https://registry.test/newborn/latest
has "nor where all are too young" "$out" "no version that may be used"
box judged curl -sS https://registry.test/fresh/-/fresh-9.9.9.tgz
has "what the metadata does not have is not asked for" "$out" "has no such version"

project timeless@1.0.0
box judged npm install
has "a version whose age nobody tells is not there" "$err" "none of its 1 versions"
judged "min-age = 72h" "min-age-missing = allow"
box judged npm install
is "unless the profile says so" "$(installed timeless)" 1.0.0

for name in tampered bulky; do
	project $name@1.0.0
	box judged npm install --fetch-retries=0
	ok "$name: bytes that were not promised do not come" test "$status" != 0
	ok "$name: and are not installed" not test -e node_modules/$name/package.json
	ok "$name: the log has it" denied pkg:npm/$name@1.0.0 "bytes are not those"
done
box judged curl -sS -o whole https://registry.test/tampered/-/tampered-1.0.0.tgz
is "of a small one nothing comes" "$(stat -c %s whole 2>/dev/null || echo 0)" 0
ok "and its client is told" test "$status" != 0

project detour@^1.0.0
box judged npm install
is "a version whose bytes are elsewhere is not there" "$(installed detour)" 1.0.0
judged "[egress]" "allow = other.test"
project moved@1.0.0
box judged npm install --fetch-retries=0
ok "a redirect leads nowhere else" test "$status" != 0
ok "no byte was asked for there" not asked other.test
ok "the log has it" denied pkg:npm/moved@1.0.0 "leads elsewhere"
for what in moved/-/moved-1.1.0.tgz renamed twofold; do
	box judged curl -sSL https://registry.test/$what
	has "nor to another package: $what" "$out" "the registry leads elsewhere"
done
project @scope/hop@1.0.0
box judged npm install --fetch-retries=0
is "but to the same" "$(installed @scope/hop)" 1.0.0
judged "sources = any" "[egress]" "allow = other.test"
box judged curl -sSL https://registry.test/moved/-/moved-1.0.0.tgz
has "unless the profile lets it" "$out" "hello from other.test"
judged "min-age = 72h"

for name in twice broken squeezed lying cut small large bomb doubled; do
	box judged curl -sS https://registry.test/$name
	has "$name metadata does not pass" "$out" "agentbox could not serve"
	lacks "$name: no byte of it" "$out" dist-tags
	box judged curl -sS https://registry.test/$name/-/$name-1.0.0.tgz
	has "$name: nor what it is about" "$out" "could not be had"
done

project packed@^1.0.0
box judged npm install
is "metadata may come packed" "$(installed packed)" 1.0.0

judged "deny = pkg:npm/@scope/*" "deny = pkg:npm/pad@1.1.0"
project tally@^0.3.0
forget
box judged npm install
has "a package that is denied is not there" "$err" "pkg:npm/%40scope/words: a line of the profile denies"
ok "its metadata was not asked for" not asked words
project pad@^1.0.0
box judged npm install
is "nor is a version that is denied" "$(installed pad)" 1.0.0
judged "allow = pkg:npm/pad"
rm -rf package-lock.json node_modules
box judged npm install
is "with allow=, what it names comes" "$(installed pad)" 1.1.0
project tally@^0.3.0
box judged npm install
has "and nothing else" "$err" "no line of the profile allows this package"
judged "scripts = deny"
project eager@^1.0.0
box judged npm install
has "scripts = deny" "$err" "none of its 1 versions"

judged "[egress]" "allow = registry.test" "allow = https://registry.test/**"
project tampered@1.0.0
forget
box judged npm publish --//registry.test/:_authToken=x
ok "npm publish fails" test "$status" != 0
has "and says why" "$err" "only a task that may publish may do this: publish"
ok "the log has it" event '.event == "publish.deny" and .action == "publish" and .package == "pkg:npm/project"'
for what in "PUT /-/package/pad/dist-tags/latest" "DELETE /pad/-rev/1" "PUT /-/user/org.couchdb.user:x" \
	"GET /-/whoami" "POST /-/v1/login" "GET /-/npm/v1/tokens" "POST /-/npm/v1/security/audits/quick" \
	"GET /-/v1/search" "GET /-/all" "PATCH /pad" "GET /pad/x/y/z"; do
	box judged curl -sS -o /dev/null -w '%{http_code}' -X "${what%% *}" "https://registry.test${what#* }"
	is "$what is refused" "$out" 403
done
box judged curl -sS -o /dev/null -w '%{http_code}' -H 'X-HTTP-Method-Override: PUT' https://registry.test/pad
is "so is what a field makes another request" "$out" 403
ok "none of these has arrived" not asked -E "^(PUT|DELETE|POST|PATCH) |/-/|/x"
box judged npm install --fetch-retries=0
ok "a rule that allows the host does not make it less of a registry" test "$status" != 0

judged "deny = pkg:npm/pad" "max-denied = 2"
project pad@^1.0.0
sh_box judged 'for v in 1.0.0 1.1.0 1.0.0; do curl -sS https://registry.test/pad/-/pad-$v.tgz; done
	curl -sS https://registry.test/fresh'
has "who was denied too often is denied everything" "$out" "too much was denied to this task before"
judged "max-bytes = 1K"
project needy@1.0.0
sh_box judged 'for i in 1 2 3 4 5 6 7; do
	curl -sS -o /dev/null -w "%{http_code} " https://registry.test/fresh/-/fresh-1.0.0.tgz
	done'
is "there is an end to what is fetched" "$(tr ' ' '\n' <<<"$out" | uniq | xargs)" "200 403"

profile audit "[profile]" "extends = node" "[packages]" "registry = npm https://registry.test/" \
	"min-age = 72h" "[egress]" "mode = audit"
project fresh@1.1.0
box audit npm install
is "mode = audit: it passes" "$(installed fresh)" 1.1.0
ok "and the log has the verdict" denied pkg:npm/fresh@1.1.0 published

profile release "[profile]" "extends = default" "[workspace]" "access = read" "[task]" "intent = release" \
	"[packages]" "registry = npm https://registry.test/" "publish = allow" "[egress]" "allow = *.other.test"
run "$AGENTBOX" profile show release
ok "nobody publishes who may reach all hosts below a domain" test "$status" != 0
has "and the profile says so" "$err" "allows all of *.other.test"
profile release "[profile]" "extends = default" "[workspace]" "access = read" "[task]" "intent = release" \
	"[packages]" "registry = npm https://registry.test/" "publish = allow"
forget
box release npm publish --//registry.test/:_authToken=x --cache=/tmp/cache
is "a release publishes" "$status" 0
[ "$status" = 0 ] || note "$err"
ok "the registry has it" asked "PUT 443 registry.test /project"
ok "and the log" event '.event == "publish.allow" and .package == "pkg:npm/project"'
finish
