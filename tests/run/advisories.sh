#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A database of advisories: how it is made, and what it says.

. "$(dirname "$0")/lib.sh"
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
finish
