#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What is installed: packages in node_modules, site-packages and vendor are found by what they say of
# themselves, before a command, after it and while it runs; those that nobody fetched are told.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace
git init -q .

# npm DIR NAME VERSION: a package of npm, installed there.
npm_package() {
	mkdir -p "$1"
	printf '{"name": "%s", "version": "%s"}\n' "$2" "$3" >"$1/package.json"
}

# python_package SITE NAME VERSION
python_package() {
	mkdir -p "$1/$2-$3.dist-info"
	printf 'Metadata-Version: 2.1\nName: %s\nVersion: %s\n\nName: body\n' "$2" "$3" >"$1/$2-$3.dist-info/METADATA"
}

# rust_deps DIR CRATE: what rustc leaves of a crate that it has compiled there.
rust_deps() {
	mkdir -p "$1/deps"
	echo "$1/deps/x-00.d: $HOME/.cargo/registry/src/index.test-00/$2/src/lib.rs" >"$1/deps/x-00.d"
}

# go_module CACHE MODULE VERSION
go_module() {
	mkdir -p "$1/$2@$3"
	echo "module $2" >"$1/$2@$3/go.mod"
}

# yarn_archive NAME VERSION [KIND]: in the cache of yarn, as it writes it.
yarn_archive() {
	mkdir -p .yarn/cache
	python3 - "$1" ".yarn/cache/${1//\//-}-${3-npm-$2}-0123456789-0123456789.zip" <<-'END'
		import sys, zipfile
		with zipfile.ZipFile(sys.argv[2], "w", zipfile.ZIP_DEFLATED) as archive:
		    parts = ("node_modules/" + sys.argv[1]).split("/")
		    for i in range(1, len(parts) + 1):
		        archive.writestr("/".join(parts[:i]) + "/", "")
		    archive.writestr("/".join(parts) + "/package.json", "{}")
	END
}

# inventory OPTION...: what it lists of the latest task, sorted.
inventory() {
	run "$AGENTBOX" inventory "$@"
	[ "$status" = 0 ] || note "$err"
	cut -d ' ' -f 1 <<<"$out"
}

# untracked: the packages of which the log says so.
untracked() {
	events | jq -r 'select(.event == "package.untracked") | "\(.package) \(.file)"'
}

npm_package node_modules/left-pad left-pad 1.3.0
npm_package node_modules/@scope/a @scope/a 1.0.0
npm_package node_modules/@scope/a/node_modules/b b 2.0.0
npm_package node_modules/.pnpm/c@3.0.0/node_modules/c c 3.0.0
npm_package node_modules/left-pad/test/fixture fixture 9.9.9
mkdir -p node_modules/d node_modules/e
echo '{"name": "d"' >node_modules/d/package.json
mkfifo node_modules/e/package.json
ln -s ../sources node_modules/linked
python_package .venv/lib/python3.11/site-packages Foo_Bar 1.0
python_package site-packages baz 2.0rc1
mkdir -p vendor/composer vendor/serde vendor/bundle/ruby/3.1.0/specifications
printf '# example.com/m v1.2.3\n## explicit\nexample.com/m/x\n# example.com/n v1.0.0 => example.com/fork v1.1.0\n' >vendor/modules.txt
echo '{"packages": [{"name": "x/y", "version": "1.0"}]}' >vendor/composer/installed.json
printf '[package]\nname = "serde"\nversion = "1.0.1"\n' >vendor/serde/Cargo.toml
echo '{"files": {}, "package": "'"$(printf '%064d' 7)"'"}' >vendor/serde/.cargo-checksum.json
touch vendor/bundle/ruby/3.1.0/specifications/rack-test-2.0.0.gemspec
rust_deps target/debug sha-1-0.10.0
go_module .go/pkg/mod go.test/!a v1.2.0
mkdir -p .cache/go/cache/download/go.test/b/@v
touch .cache/go/cache/download/go.test/b/@v/v1.0.0.zip
yarn_archive @react-native/x 1.0.0
yarn_archive resolve 1.0.0 patch
npm_package .yarn/unplugged/u-npm-2.0.0-00/node_modules/u u 2.0.0
echo 'const RAW_RUNTIME_STATE = '"'"'{"packageRegistryData": [[null, []], ["plug", [["npm:1.0.0", {}]]]]}'"'"';' >.pnp.cjs
want="pkg:cargo/serde@1.0.1
pkg:cargo/sha-1@0.10.0
pkg:composer/x/y@1.0
pkg:gem/rack-test@2.0.0
pkg:golang/example.com/fork@v1.1.0
pkg:golang/example.com/m@v1.2.3
pkg:golang/go.test/a@v1.2.0
pkg:golang/go.test/b@v1.0.0
pkg:npm/%40react-native/x@1.0.0
pkg:npm/%40scope/a@1.0.0
pkg:npm/b@2.0.0
pkg:npm/c@3.0.0
pkg:npm/d
pkg:npm/e
pkg:npm/left-pad@1.3.0
pkg:npm/plug@1.0.0
pkg:npm/u@2.0.0
pkg:pypi/baz@2.0rc1
pkg:pypi/foo-bar@1.0"
sleep 0.05 # the clock of file systems ticks; see os/trees.c

# --- nothing changes ---
box default true
is "a command that changes nothing: status" "$status" 0
lacks "leaves no second inventory" "$(ls "$(latest_task)")" inventory.json
is "what is installed" "$(inventory)" "$want"
is "was so before" "$(inventory --before)" "$want"
is "nothing was added" "$(inventory --added)" ""
ok "the policy that is kept is the one of the log" test \
	"$(sha256sum <"$(latest_task)/policy.ini" | cut -d ' ' -f 1)" = "$(events | jq -r 'select(.event == "task.start").policy')"
is "none of it is untracked" "$(untracked)" ""

is "a crate that was vendored has the hash of its archive" "$(run "$AGENTBOX" inventory --format cyclonedx
	jq -r '.components[] | select(.name == "serde").hashes[0].content' <<<"$out")" "$(printf '%064d' 7)"

# --- packages come without being fetched ---
npm_package evil evil 6.6.6
python_package target/x evil 6.6.6 # nobody looks there
sleep 0.05
sh_box default 'mv evil node_modules/evil; mv target/x/* site-packages; mkdir -p deep/node_modules/@s
	cp -r node_modules/left-pad deep/node_modules/@s/left-pad; rm -r node_modules/d'
is "untracked=report: status" "$status" 0
is "those that were moved there, also with an old time" "$(untracked)" "pkg:npm/evil@6.6.6 node_modules/evil
pkg:npm/left-pad@1.3.0 deep/node_modules/@s/left-pad
pkg:pypi/evil@6.6.6 site-packages/evil-6.6.6.dist-info"
is "inventory --untracked" "$(inventory --untracked)" "pkg:npm/evil@6.6.6
pkg:npm/left-pad@1.3.0
pkg:pypi/evil@6.6.6"
has "one that is gone" "$(inventory --before)" pkg:npm/d
lacks "is gone" "$(inventory)" pkg:npm/d
run "$AGENTBOX" inventory --added --format cyclonedx
is "how it came, and since when" "$(jq -r '[.components[].properties[] | select(.name == "agentbox:came").value] | unique | join(" ")' <<<"$out")" \
	untracked
ok "in the hour of the task" test "$(jq -r '.components[0].properties[] | select(.name == "agentbox:first-seen").value' <<<"$out" |
	cut -c 1-10)" = "$(date -u +%F)"
# What changes before the baseline has been there is in doubt.
sh_box default 'sleep 1; touch node_modules/evil; rm -r deep'
is "the next task has them in its baseline" "$(untracked)" ""
sh_box default 'sleep 1; mv node_modules old; mv old node_modules'
is "a tree that was moved and came back is the same" "$(untracked)" ""
npm_package other/node_modules/f f 1.0
mv other/node_modules stash
sleep 0.05
sh_box default 'mv stash other/node_modules'
is "one that was made of another directory is not" "$(untracked)" "pkg:npm/f@1.0 other/node_modules/f"

rust_deps stash evil-1.0.0
mv .yarn other-yarn
yarn_archive @e/vil 1.0.0
mv .yarn/cache/* stash/
rmdir .yarn/cache .yarn
mv other-yarn .yarn
sleep 0.05
sh_box default 'mkdir -p target/release; mv stash/deps target/release; mkdir -p .go/pkg/mod/evil.test/x@v1.0.0
	mv stash/*.zip .yarn/cache; sed -i "s/plug/evil/" .pnp.cjs'
is "in a cache of go, of yarn, and among what rustc has compiled" "$(untracked)" "pkg:cargo/evil@1.0.0 target/release/deps
pkg:golang/evil.test/x@v1.0.0 .go/pkg/mod/evil.test/x@v1.0.0
pkg:npm/%40e/vil@1.0.0 .yarn/cache/@e-vil-npm-1.0.0-0123456789-0123456789.zip
pkg:npm/evil@1.0.0 .pnp.cjs"
ok "and what others run has changed" event '.event == "build.change" and .file == ".pnp.cjs"'
lacks "but no lock file" "$(events)" lockfile.change

profile strict '[profile]' 'extends = default' '[inventory]' 'untracked = fail'
sh_box strict 'mkdir -p node_modules/g; echo "{}" >node_modules/g/package.json'
is "untracked=fail: status" "$status" 123
has "and why" "$err" "denied: untracked: pkg:npm/g in node_modules/g"
profile loose '[profile]' 'extends = default' '[inventory]' 'untracked = allow'
sh_box loose 'mkdir -p node_modules/h; echo "{}" >node_modules/h/package.json'
is "untracked=allow: no event" "$(untracked)" ""
has "but it is listed" "$(inventory --untracked)" pkg:npm/h
profile plain '[profile]' 'extends = default' '[egress]' 'allow = good.test'
sh_box plain 'mkdir -p node_modules/i; echo "{}" >node_modules/i/package.json'
is "hosts that are no registries: it may be theirs" "$(untracked)" ""
profile plain '[profile]' 'extends = default' '[egress]' 'allow = good.test' \
	'[inventory]' 'untracked = fail'
sh_box plain 'mkdir -p node_modules/j; echo "{}" >node_modules/j/package.json'
is "but for a profile that insists" "$status $(untracked)" "123 pkg:npm/j node_modules/j"

# --- while it runs ---
mkfifo go
"$AGENTBOX" exec -q -p default -- sh -c 'mkdir -p node_modules/late
	echo "{\"version\": \"1\", \"name\": \"late\"}" >node_modules/late/package.json
	echo "late==1" >requirements.txt; echo >ready; read -r _ <go' &
for ((i = 0; i < 200; i++)); do
	[ ! -e ready ] || break
	sleep 0.05
done
is "a running task: what was added" "$(inventory --added)" $'pkg:npm/late@1\npkg:pypi/late@1'
run "$AGENTBOX" inventory --changes
has "what its log will say" "$out" "requirements.txt: add pkg:pypi/late@1"
has "what is untracked" "$out" "untracked: pkg:npm/late@1 in node_modules/late"
echo >go
wait
is "it has ended: the same" "$(inventory --added)" $'pkg:npm/late@1\npkg:pypi/late@1'
run "$AGENTBOX" inventory --changes
is "inventory --changes of a task that has ended: status" "$status" 1

# --- hostile ones ---
sh_box default 'cd node_modules; rm -rf late g h; d=x; for i in $(seq 100); do d=$d/node_modules/x; done; mkdir -p $d
	mkdir -p "$(printf "n\nl")" @s/@t big; head -c 9000000 /dev/zero >big/package.json
	printf "{\"name\": \"\\\\u001b[31m\", \"version\": \"1\"}" >"$(printf "n\nl")/package.json"; ln -s / up; ln -s . loop
	mkdir shut; chmod 0 shut; mkdir lie; echo "{\"name\":\"left-pad\",\"version\":\"1.3.0\"}" >lie/package.json'
is "deep, odd and unreadable ones: status" "$status" 0
has "what lies about its name is told" "$(untracked)" "pkg:npm/left-pad@1.3.0 node_modules/lie"
has "what does not say who it is, too" "$(untracked)" "pkg:npm/big node_modules/big"
lacks "and no escape sequence" "$(inventory)" $'\033'
chmod 700 node_modules/shut

# --- formats of others, with all of that in them ---
run "$AGENTBOX" inventory --format cyclonedx
cp "$scratch/out" "$scratch/bom.json"
is "cyclonedx: every reference once" "$(jq -r '.components[]."bom-ref"' "$scratch/bom.json" | sort | uniq -d)" ""
library='const { Validation } = require("@cyclonedx/cyclonedx-library");
	new Validation.JsonStrictValidator("1.6").validate(require("fs").readFileSync(process.argv[1], "utf8"))
		.then(error => { console.log(JSON.stringify(error)); process.exit(error === null ? 0 : 1); });'
export NODE_PATH=/usr/local/lib/node_modules:/usr/lib/node_modules:/usr/share/nodejs
if node -e 'require("@cyclonedx/cyclonedx-library")' 2>/dev/null; then
	ok "cyclonedx: valid for its own library" node -e "$library" "$scratch/bom.json"
	jq '.components[0].type = "x"' "$scratch/bom.json" >"$scratch/bad.json"
	ok "which would say if not" not node -e "$library" "$scratch/bad.json"
else
	skip "cyclonedx: valid for its own library" "npm install -g @cyclonedx/cyclonedx-library ajv ajv-formats ajv-formats-draft2019"
fi
run "$AGENTBOX" inventory --format spdx
ok "spdx: as its schema and its text have it" python3 "$here/documents.py" spdx "$scratch/out"
SOURCE_DATE_EPOCH=1 run "$AGENTBOX" inventory --format cyclonedx
first=$out
SOURCE_DATE_EPOCH=1 run "$AGENTBOX" inventory --format cyclonedx
is "SOURCE_DATE_EPOCH: the same bytes" "$out" "$first"
has "SOURCE_DATE_EPOCH: and its time" "$out" '"timestamp": "1970-01-01T00:00:01Z"'
finish
