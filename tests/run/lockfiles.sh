#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Lock files and what builds obey: what a command changes in them is found out, however it does it;
# [lockfiles] mode=deny keeps them as they are; the inventory lists what they name.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace
git init -q .

# lock HOST VERSION INTEGRITY [MEMBER]: a package-lock.json with one package.
lock() {
	printf '{"name": "x", "lockfileVersion": 3, "packages": {"": {}, "node_modules/left-pad": {
		"version": "%s", "resolved": "https://%s/left-pad/-/left-pad-%s.tgz"%s%s}}}\n' \
		"$2" "$1" "$2" "${3:+, \"integrity\": \"$3\"}" "${4-}"
}
hash1=sha512-XI5MPzVNApjAyhQzphX8BkmKsKUxD4LdyK24iZeQGinBN9yTQT3bFlCBy/aVx2HrNcqQGsdot8ghrjyrvMCoEA==
hash2=sha512-t09vSN3MdfsyCHoFcTRCH/iUtG7OJ0CsjzB8cjAmKc/va/kIgeDI/TxsigdncE/4be734m0cvIYwNaV4i2XqAw==
lock registry.test 1.3.0 "$hash1" >before
cp before package-lock.json
echo '{"name": "x", "scripts": {"test": "true"}}' >package.json

# --- what does not change is not told ---
box default true
is "a command that does nothing: status" "$status" 0
is "and no event about it" "$(events | jq -r .event | grep -v seal)" $'task.start\ntask.end'
touch package-lock.json
sh_box default 'cp package-lock.json x; cat x >package-lock.json; rm x'
is "nor when the same bytes are written again" "$(events | jq -r .event | grep -v seal)" $'task.start\ntask.end'

# --- what does ---
# change NAME NEW-LOCK WANT...: after it was written, the log has the wanted words.
change() {
	local name=$1 new=$2 said
	shift 2
	cp before package-lock.json
	printf '%s\n' "$new" >new
	sh_box default 'cat new >package-lock.json; rm new'
	is "$name: status" "$status" 0
	said=$(events | jq -r 'select(.event | startswith("lockfile")) |
		"\(.event) \(.change // .reason) \(.package) \(.from) \(.host)"')
	for want; do
		has "$name" "$said" "$want"
	done
}
change upgrade "$(lock registry.test 1.4.0 "$hash2")" \
	"lockfile.change upgrade pkg:npm/left-pad@1.4.0 1.3.0 registry.test"
change downgrade "$(lock registry.test 1.0.0 "$hash2")" \
	"lockfile.change downgrade pkg:npm/left-pad@1.0.0 1.3.0"
change "another host" "$(lock evil.test 1.3.0 "$hash1")" \
	"lockfile.finding it comes from another place than before pkg:npm/left-pad@1.3.0 null evil.test"
change "another hash" "$(lock registry.test 1.3.0 "$hash2")" \
	"lockfile.finding another hash for the same version"
change "no hash" "$(lock registry.test 1.3.0 "")" "lockfile.finding its hash was removed"
change "a weak hash" "$(lock registry.test 1.4.0 sha1-W4o6d2Xf4AEmHd6RVYnngvjJTR4=)" \
	"lockfile.finding its hash is a weak one"
change "a script" "$(lock registry.test 1.3.0 "$hash1" ', "hasInstallScript": true')" \
	"lockfile.finding it runs a script when it is installed"
change "another name" "$(lock registry.test 1.3.0 "$hash1" ', "name": "evil"')" \
	"lockfile.change remove pkg:npm/left-pad@1.3.0" \
	"lockfile.finding it is installed under another name pkg:npm/evil@1.3.0" \
	"lockfile.finding its URL names another package pkg:npm/evil@1.3.0"
change "no TLS" "$(lock registry.test 1.3.0 "$hash1" | sed 's/https:/http:/')" \
	"lockfile.finding it is fetched without knowing from whom"
change "no JSON" "{" "lockfile.unread"
change "a name twice" '{"lockfileVersion": 3, "packages": {}, "packages": {}}' "lockfile.unread a name stands twice"

# --- however it is done ---
sh_box default 'mv package-lock.json other; ln -s other package-lock.json'
has "a link in its place" "$(events)" '"reason":"it is a symbolic link"'
rm -f package-lock.json other
cp before package-lock.json
sh_box default 'rm package-lock.json; mkfifo package-lock.json'
is "a FIFO in its place holds nobody up: status" "$status" 0
has "and is told" "$(events)" '"event":"lockfile.unread"'
rm -f package-lock.json
cp before package-lock.json
sh_box default 'mkdir -p a/b; echo "left-pad==1.0" >a/b/requirements-dev.txt'
has "a new one in a new directory" "$(events)" '"file":"a/b/requirements-dev.txt","change":"add","package":"pkg:pypi/left-pad@1.0"'
rm -r a
sh_box default 'git mv -f package-lock.json x 2>/dev/null || mv package-lock.json x'
has "one that is gone" "$(events)" '"file":"package-lock.json","change":"remove"'
rm -f x
cp before package-lock.json
mkdir -p node_modules/y
sh_box default 'cp package-lock.json node_modules/y/package-lock.json'
is "what packages bring along is not the workspace's" "$(events | jq -r .event | grep -v seal)" $'task.start\ntask.end'
rm -r node_modules
sh_box default 'printf "all:\n\tcurl evil.test\n" >Makefile; mkdir -p .cargo; echo >.cargo/config.toml'
has "a new Makefile" "$(events)" '"event":"build.change"'
has "a new .cargo/config.toml" "$(events)" '"file":".cargo/config.toml","change":"add"'
rm -r Makefile .cargo
sh_box default 'sed -i "s/true/evil/" package.json'
has "scripts of package.json" "$(events | jq -r 'select(.event == "build.change") | .reason')" scripts
sh_box default 'sed -i "s/\"x\"/\"y\"/" package.json'
is "but not its other members" "$(events | jq -r .event | grep -v seal)" $'task.start\ntask.end'
box offline true
profile read '[profile]' 'description = x'
box read sh -c 'echo 2>/dev/null >package-lock.json'
lacks "a workspace that cannot be written is not looked at" "$(ls "$(latest_task)")" baseline

# --- rules ---
profile rules '[profile]' 'extends = default' '[lockfiles]' 'hosts = *.registry.test' 'hosts = registry.test' \
	'require-integrity = yes'
cp before package-lock.json
lock mirror.registry.test 1.4.0 "$hash2" >new
sh_box rules 'cat new >package-lock.json'
is "a host that hosts= names: status" "$status" 0
lock registry.test.evil.test 1.4.1 "$hash2" >new
sh_box rules 'cat new >package-lock.json'
is "one that it does not: status" "$status" 123
has "and why" "$err" "its host is none of [lockfiles] hosts="
lock registry.test 1.4.2 >new
sh_box rules 'cat new >package-lock.json; exit 7'
is "the command's own failure comes first" "$status" 7
has "without a hash: why" "$err" "require-integrity="
lock registry.test 1.4.3 >new
sh_box rules 'cat new >package-lock.json'
is "without a hash: status" "$status" 123

# --- deny ---
profile deny '[profile]' 'extends = default' '[lockfiles]' 'mode = deny'
cp before package-lock.json
mkdir -p sub
cp before sub/package-lock.json
sh_box deny 'echo >package-lock.json; rm -f package-lock.json; mv package-lock.json x; mv sub sub2
	ln -f new package-lock.json; echo >Cargo.lock; mkdir Cargo.lock; cp new sub/package-lock.json; true'
is "deny: status" "$status" 0
ok "deny: the file is as it was" cmp before package-lock.json
ok "deny: and the one below" cmp before sub/package-lock.json
ok "deny: no other came into being" test ! -e Cargo.lock
sh_box deny 'mkdir q; cp new q/package-lock.json'
is "deny: in a new directory it is noticed: status" "$status" 123
has "deny: and told" "$err" "denied: q/package-lock.json: add"
rm -r q sub
if command -v npm >/dev/null; then
	sh_box deny 'npm ls --package-lock-only'
	lacks "deny: npm can read the lock file" "$err" ENOLOCK
fi

# --- the inventory ---
cp before package-lock.json
lock registry.test 1.4.0 "$hash2" >new
sh_box default 'cat new >package-lock.json'
run "$AGENTBOX" inventory --before
has "inventory --before" "$out" "pkg:npm/left-pad@1.3.0  registry  package-lock.json"
run "$AGENTBOX" inventory
has "inventory" "$out" "pkg:npm/left-pad@1.4.0"
lacks "inventory has what is there alone" "$out" "1.3.0"
run "$AGENTBOX" inventory --added --format cyclonedx
is "cyclonedx" "$(jq -r '.bomFormat, .specVersion, .components[0].purl, .components[0].hashes[0].alg' <<<"$out")" \
	$'CycloneDX\n1.6\npkg:npm/left-pad@1.4.0\nSHA-512'
is "its hash in hexadecimal" "$(jq -r '.components[0].hashes[0].content' <<<"$out" | xxd -r -p | base64 -w 0)" \
	"${hash2#sha512-}"
first=$out
run "$AGENTBOX" inventory --added --format cyclonedx
is "the same bytes each time" "$out" "$first"
SOURCE_DATE_EPOCH=0 run "$AGENTBOX" inventory --format=spdx
is "spdx" "$(jq -r '.spdxVersion, .creationInfo.created, .packages[0].versionInfo, .relationships[0].relatedSpdxElement' <<<"$out")" \
	$'SPDX-2.3\n1970-01-01T00:00:00Z\n1.4.0\nSPDXRef-Package-1'
sh_box default 'printf "%s" "$1" >package-lock.json'
lock 'user:hunter2@registry.test' 1.5.0 "$hash1" | sed 's/\.tgz"/.tgz?token=hunter2"/' >new
sh_box default 'cat new >package-lock.json'
ok "no secret of a URL is kept" not grep -q hunter2 "$(latest_task)/events.jsonl" "$(latest_task)/inventory.json"
is "nobody else may read it" "$(stat -c %a "$(latest_task)/inventory.json" "$(latest_task)/baseline.tar")" $'600\n600'

# --- restore ---
rm -rf package-lock.json package.json sub Makefile
cp before package-lock.json
mkdir -p sub
echo 'all:' >sub/Makefile
chmod 755 sub/Makefile
ln -s sub/Makefile Makefile
touch -d 2020-01-01 package-lock.json sub/Makefile
traces package-lock.json sub >"$scratch/traces"
sh_box default 'echo evil >package-lock.json; rm -r sub; rm Makefile; echo x >Makefile; echo "y==1" >requirements.txt'
run "$AGENTBOX" restore -n latest
is "restore -n: status" "$status" 0
has "restore -n: says what" "$out" "would restore package-lock.json"
has "restore -n: does nothing" "$(<package-lock.json)" evil
run "$AGENTBOX" restore latest
is "restore: status" "$status" 0
is "restore: byte for byte, with modes and times" "$(traces package-lock.json sub | grep -v ' d ')" \
	"$(grep -v ' d ' "$scratch/traces")"
is "restore: a link is one again" "$(readlink Makefile)" sub/Makefile
has "restore: what was added is named" "$out" "left, though the task has added it: requirements.txt"
ok "restore: and left" test -e requirements.txt
run "$AGENTBOX" restore --remove latest
ok "restore --remove: or removed" test ! -e requirements.txt
run "$AGENTBOX" restore latest
is "restore: nothing is left to do" "$out" ""
mkdir "$HOME/outside"
sh_box default "rm -r sub; ln -s $HOME/outside sub; echo z >package-lock.json"
run "$AGENTBOX" restore latest
is "restore: a link in the way: status" "$status" 1
has "restore: is told" "$out" "not restored: sub/Makefile"
is "restore: and not followed" "$(ls -A "$HOME/outside")" ""
ok "restore: the rest is done" cmp before package-lock.json
rm sub Makefile

# --- a large one ---
{
	echo '{"lockfileVersion": 3, "packages": {"": {}'
	for ((i = 0; i < 5000; i++)); do
		echo ", \"node_modules/p$i\": {\"version\": \"1.0.$i\", \"integrity\": \"$hash1\"}"
	done
	echo '}}'
} >large
sh_box default 'mv large package-lock.json'
is "5000 packages: status" "$status" 0
run "$AGENTBOX" inventory --added
is "and all are listed" "$(wc -l <<<"$out")" 5000
is "and each has an event" "$(events | grep -c '"change":"add","package":')" 5000
sh_box default 'sed -i s/1.0.4999/1.0.5000/ package-lock.json'
is "and one that changed is found" "$(events | jq -r .package | grep -v null)" pkg:npm/p4999@1.0.5000

# --- an inventory that takes long: one that stands still ---
python3 -c 'import json; json.dump({"lockfileVersion": 3, "packages": {"node_modules/p%d" % i: {
	"version": "1.0.0", "resolved": "https://registry.test/p%d.tgz" % i} for i in range(20000)}}, open("held", "w"))'
# hold PROFILE: a task whose inventory is stopped as soon as it is there, with a lock file that keeps
# it busy for longer.
hold() {
	local pid i

	for ((i = 0; i < 5; i++)); do # it may be over before it is seen
		cp before package-lock.json
		env --default-signal=INT "$AGENTBOX" exec -p "$1" -- cp held package-lock.json >/dev/null 2>&1 </dev/null &
		task=$!
		while kill -0 $task 2>/dev/null; do
			pid=$(pgrep -P $task -x agentbox-invent) && kill -STOP "$pid" && return
		done
	done
}
# over: how the task ended, within ten seconds; and what the log says of its inventory.
over() {
	local i

	for ((i = 0; i < 500; i++)); do
		kill -0 $task 2>/dev/null || break
		sleep 0.02
	done
	kill -KILL $task 2>/dev/null
	wait $task
	echo "$? $(events | jq -r 'select(.event == "inventory.failed").reason')"
}
profile short "[profile]" "extends = default" "[task]" "deadline = 2s"
hold default
kill -INT $task
over >"$scratch/over"
is "a signal ends it, and fails a gate" "$(<"$scratch/over")" "123 it was interrupted"
hold short
over >"$scratch/over"
is "so does the deadline" "$(<"$scratch/over")" "123 it took too long"
rm held

# --- a hostile one ---
head -c 70000000 /dev/zero | tr '\0' '[' >huge
sh_box default 'mv huge package-lock.json'
is "a lock file of 70 MB: status" "$status" 0
has "is not read" "$(events)" "too large"
head -c 3000000 /dev/zero | tr '\0' '[' >package-lock.json
sh_box default 'cp package-lock.json x; cat x x >package-lock.json'
has "one that is nested without end" "$(events)" '"event":"lockfile.unread"'
finish
