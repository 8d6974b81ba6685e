#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A database of advisories: how it is made, and what it says.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace

# osv FILE ID ECOSYSTEM NAME REST: an advisory, of which REST is "versions": [...] or the like.
osv() {
	mkdir -p "$(dirname "$1")"
	printf '{"schema_version": "1.6.0", "id": "%s", "affected": [{"package": {"ecosystem": "%s", "name": "%s"}, %s}]}\n' \
		"$2" "$3" "$4" "$5" >"$1"
}

osv osv/npm/MAL-1.json MAL-1 npm @scope/bad '"versions": ["1.0.0"]'
osv osv/npm/GHSA-1.json GHSA-1 npm pad '"ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.0.1"}]}]'
osv osv/pypi/PYSEC-1.json PYSEC-1 PyPI Needy.Project '"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "1.0"}]}]'
echo "no advisory" >osv/README
run "$AGENTBOX" advisories build db osv
is "a database is made of a directory" "$status" 0
is "and says of how many" "$out" "3 lines of 3 advisories"
ok "its lines are sorted" env LC_ALL=C sort -c db
run "$AGENTBOX" advisories check db pkg:npm/@scope/bad@1.0.0
is "malware is known" "$status $out" "1 pkg:npm/@scope/bad@1.0.0: malware, MAL-1"
run "$AGENTBOX" advisories check db pkg:npm/pad@1.0.0
is "so is what is vulnerable" "$status $out" "1 pkg:npm/pad@1.0.0: vulnerable, GHSA-1"
run "$AGENTBOX" advisories check db pkg:npm/pad@1.0.1 pkg:npm/bad@1.0.0
is "and nothing else" "$status" 0
run "$AGENTBOX" advisories check db pkg:pypi/needy_project@1.1
is "names are compared as their ecosystem does" "$status" 1
cp db before
echo '{"id": "MAL-2", "affected": [' >osv/npm/MAL-2.json
run "$AGENTBOX" advisories build db osv
is "what cannot be read is an error" "$status" 1
has "which names it" "$err" "MAL-2.json"
ok "and the database stays as it was" cmp db before
ok "nothing is left beside it" not test -e db.new
ln -sf ../README osv/npm/MAL-2.json
run "$AGENTBOX" advisories build db osv
is "links are not followed" "$status" 0
run "$AGENTBOX" advisories check osv/README pkg:npm/pad@1.0.0
is "what is no database is refused" "$status" 1
run "$AGENTBOX" advisories build db
is "usage" "$status" 2

# what a box is told of them
judged() {
	profile judged "[profile]" "extends = node" "[packages]" "registry = npm https://registry.test/" "$@"
}
curl_box() {
	box judged curl -sS "https://registry.test/$1"
}

mkdir -p "$HOME/kept"
cp before "$HOME/kept/db"
judged "advisories = $HOME/kept/db"
curl_box pad/-/pad-1.0.0.tgz
is "what is vulnerable comes, if the profile does not say otherwise" "$status" 0
lacks "and is no denial" "$out" "agentbox denied"
judged "advisories = $HOME/kept/db" "vulnerable = deny"
curl_box pad/-/pad-1.0.0.tgz
has "it is refused if it does" "$out" "it is vulnerable: GHSA-1"
ok "the log has it" event '.event == "package.deny" and .package == "pkg:npm/pad@1.0.0" and
	(.reason | contains("GHSA-1"))'
curl_box pad
lacks "and is not in the metadata" "$out" pad-1.0.0.tgz
has "other versions are" "$out" pad-1.1.0.tgz
curl_box pad/-/pad-1.1.0.tgz
lacks "and come" "$out" "agentbox denied"
osv osv/npm/MAL-3.json MAL-3 npm tally '"ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}]'
run "$AGENTBOX" advisories build "$HOME/kept/db" osv
judged "advisories = $HOME/kept/db"
curl_box tally/-/tally-0.3.0.tgz
has "malware is always refused" "$out" "it is malware: MAL-3"

judged "advisories = $HOME/kept/none"
box judged true
is "without its database there is no box" "$status" 125
has "and the line of the profile is named" "$err" "judged.ini:5"
cp before db
judged "advisories = $HOME/work/db" "[workspace]" "access = write"
box judged true
has "nor with one that the box could write" "$err" "which the box can write"
sed -i '1s/20../2020/' "$HOME/kept/db"
judged "advisories = $HOME/kept/db" "advisories-max-age = 24h"
curl_box pad/-/pad-1.1.0.tgz
has "one that is too old lets nothing pass" "$out" "too old"
judged "advisories = $HOME/kept/db" "advisories-max-age = 24h" "advisories-stale = allow"
curl_box pad/-/pad-1.1.0.tgz
lacks "unless the profile wants to be warned" "$out" "agentbox denied"
ok "and then it is" grep -Eq '^agentbox: the database of advisories is [0-9]{4} days old$' <<<"$err"
curl_box tally/-/tally-0.3.0.tgz
has "and what is in it still counts" "$out" "it is malware: MAL-3"
finish
