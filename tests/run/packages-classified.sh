#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Ecosystems whose metadata is not filtered: what is asked for is told apart, logged, and denied by
# name; nothing is published. apt against a test archive; of the others, the requests that their
# clients make.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace

# judged LINE...: the profile of the next box.
judged() {
	local name lines=()

	for name in gem nuget composer docker github; do
		lines+=("registry = $name https://$name.test")
	done
	profile judged "[profile]" "extends = default" "[packages]" "registry = deb https://deb.test/debian" \
		"registry = maven https://maven.test/maven2" "${lines[@]}" "$@"
}

# Request | what the log calls it | the package that it is about
requests() {
	local digest
	digest=$(printf '0%.0s' {1..64})

	cat <<-END
		GET https://gem.test/versions|index|
		GET https://gem.test/specs.4.8.gz|unknown|
		POST https://gem.test/api/v1/gems|push|
		DELETE https://gem.test/api/v1/gems/yank|yank|
		GET https://maven.test/maven2/org/example/pad/1.0/pad-1.0.pom|version|maven/org.example/pad@1.0
		GET https://maven.test/maven2/org/example/pad/1.0/pad-1.0.jar|artifact|maven/org.example/pad@1.0
		GET https://maven.test/maven2/org/example/pad/maven-metadata.xml|index|
		PUT https://maven.test/maven2/org/example/pad/1.0/pad-1.0.jar|deploy|
		GET https://nuget.test/v3-flatcontainer/pad/1.0.0/pad.1.0.0.nupkg|artifact|nuget/pad@1.0.0
		GET https://nuget.test/v3/index.json|index|
		PUT https://nuget.test/api/v2/package|push|
		GET https://composer.test/p2/a/pad.json|index|
		POST https://composer.test/api/security-advisories/|audit|
		POST https://composer.test/api/update-package|update or create|
		GET https://docker.test/v2/library/pad/manifests/latest|version|docker/library/pad@latest
		GET https://docker.test/v2/library/pad/blobs/sha256:$digest|artifact|docker/library/pad
		GET https://docker.test/token?scope=repository:library/pad:pull|index|
		GET https://docker.test/token?scope=repository:library/pad:pull,push|log in, or more than to pull|
		PUT https://docker.test/v2/library/pad/manifests/latest|push or delete|
		GET https://github.test/a/pad/archive/refs/tags/v1.0.tar.gz|artifact|github/a/pad
		GET https://github.test/a/pad.git/info/refs?service=git-upload-pack|version|github/a/pad
		POST https://github.test/a/pad.git/git-receive-pack|git push|
		GET https://nuget.test/elsewhere|unknown|
	END
}

# ask_all: asks for all of them; $out has a status for each.
ask_all() {
	requests | cut -d '|' -f 1 >requests
	sh_box judged "while read -r method url; do
		curl -sS -o /dev/null -w '%{http_code}\n' -X \$method \"\$url\" </dev/null
	done <requests"
}

# each FUNCTION: calls it with each request's status, action and purl.
each() {
	local request action purl answer

	while IFS='|' read -r request action purl <&3 && read -r answer <&4; do
		"$1" "$request" "$answer" "$action" "$purl"
	done 3< <(requests) 4<<<"$out"
}

logged() {
	local path=${1#*.test}

	event ".event == \"http.request\" and .action == \"$2\" and .path == \"${path%%\?*}\""
}

as_it_is() {
	case $3 in
	index | version | artifact) is "$1 passes" "$2" 200 ;;
	*) is "$1 does not pass" "$2" 403 ;;
	esac
	ok "and is called $3" logged "$1" "$3"
}

by_name() {
	[ -n "$4" ] || return
	is "$1 is denied by its name" "$2" 403
	ok "which is $4" event ".event == \"package.deny\" and (.package // \"\" | startswith(\"pkg:$4\"))"
}

# apt_get WORD...: with nothing of the machine's.
apt_get() {
	mkdir -p apt/lists/partial apt/archives/partial
	: >apt/status
	echo 'deb [trusted=yes] https://deb.test/debian stable main' >apt/sources.list
	box judged apt-get -q -o APT::Sandbox::User="$(id -un)" -o Dir::Etc::sourcelist="$PWD/apt/sources.list" \
		-o Dir::Etc::sourceparts=/nonexistent -o Dir::Etc::parts=/nonexistent \
		-o Dir::Etc::preferencesparts=/nonexistent -o Dir::State="$PWD/apt" \
		-o Dir::State::status="$PWD/apt/status" -o Dir::Cache="$PWD/apt" -o Acquire::Languages=none "$@"
}

judged
ask_all
each as_it_is
judged "deny = pkg:gem/pad" "deny = pkg:maven/org.example/*" "deny = pkg:nuget/Pad" \
	"deny = pkg:docker/library/pad" "deny = pkg:github/a/**"
ask_all
each by_name

if command -v apt-get >/dev/null; then
	judged "deny = pkg:deb/*evil"
	apt_get update
	is "apt-get update passes" "$status" 0
	[ "$status" = 0 ] || note "$err"
	apt_get download pad
	is "apt-get download passes" "$status" 0
	ok "the package is there" test -s pad_1.0-1_all.deb
	ok "and in the log" event '.event == "http.request" and .action == "artifact" and
		(.path | endswith("/pad_1.0-1_all.deb"))'
	apt_get download evil
	has "a package that is denied does not come: apt says why" "$err" "a line of the profile denies"
	ok "the log has it" event '.event == "package.deny" and (.package // "" | test("^pkg:deb/.*evil"))'
else
	skip "apt" "it is not installed"
fi
for name in mvn composer nuget docker; do
	skip "$name itself" "its requests are tested instead"
done
finish
