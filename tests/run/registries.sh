#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# [registry NAME]: whose packages come from where, and who vouches for it.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"

# sections LINE...: a profile with two registries, the second of which has these lines.
sections() {
	profile sections "[profile]" "extends = default" "[registry corp]" "ecosystem = npm" \
		"url = https://registry.test/" "scope = @scope" "internal = pkg:npm/pad" \
		"[registry other]" "ecosystem = npm" "url = https://other.test/npm/" "$@"
}

# said URL: what the box is told there.
said() {
	box sections curl -sS "$1"
	printf '%s\n' "$out"
}

workspace
sections
echo '{ "name": "project", "version": "1.0.0", "dependencies": { "@scope/words": "2.0.1" } }' >package.json
printf '%s\n' "@scope:registry=https://registry.test" "registry=https://other.test/npm/" audit=false \
	cafile=/etc/ssl/certs/ca-certificates.crt cache=/tmp/cache >.npmrc
box sections npm install
has "npm asks the other registry for what is internal, and hears why not" "$err" \
	"pkg:npm/pad: it is internal, and this is not the registry corp"
ok "and does not get to ask" not grep -E "other.test .*(pad|words)" "$WORLD/requests"
ok "the log has the line" event '.event == "package.deny" and .package == "pkg:npm/pad" and
	(.rule | endswith("sections.ini:7"))'
sed -i '2s/.*/registry=https:\/\/registry.test/' .npmrc
box sections npm install
is "from the right one it comes" "$status" 0
[ "$status" = 0 ] || note "$err"
has "the scope is bound as well" "$(said https://other.test/npm/@scope%2fwords)" "not the registry corp"
has "however it is written" "$(said https://other.test/npm/%40scope/words)" "not the registry corp"
lacks "and another is not" "$(said https://other.test/npm/@scop%2fwords)" "it is internal"
has "what is not below its URL is no registry" "$(said https://other.test/pad)" "agentbox denied"

# A host that an authority of the organisation vouches for.
(
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
		-subj "/CN=corp CA" -keyout "$scratch/corp.key" -out "$HOME/corp.pem"
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=corp \
		-keyout "$scratch/host.key" -out "$scratch/host.csr"
	openssl x509 -req -in "$scratch/host.csr" -CA "$HOME/corp.pem" -CAkey "$scratch/corp.key" -days 2 \
		-extfile <(echo "subjectAltName=DNS:other.test,DNS:good.test") -out "$scratch/host.pem"
) 2>/dev/null
(cd "$scratch" && exec openssl s_server -accept 9443 -cert host.pem -key host.key -www -quiet >/dev/null 2>&1) &
server=$!
for ((i = 0; i < 100; i++)); do
	curl -sk -o /dev/null https://other.test:9443/ && break
	sleep 0.05
done

sections "[registry private]" "ecosystem = npm" "url = https://other.test:9443/"
has "an authority that nobody names vouches for nothing" "$(said https://other.test:9443/pkg)" \
	"certificate"
sections "[registry private]" "ecosystem = npm" "url = https://other.test:9443/" "ca = $HOME/corp.pem"
has "the one of the registry does" "$(said https://other.test:9443/pkg)" "the metadata is no JSON"
has "and those of the machine" "$(said https://other.test/npm/pkg)" "agentbox could not serve"
lacks "for the same host" "$out" "certificate"
sections "[registry private]" "ecosystem = npm" "url = https://other.test:9443/" "ca = $HOME/corp.pem" \
	"[registry good]" "ecosystem = npm" "url = https://good.test:9443/"
has "but for no other one" "$(said https://good.test:9443/pkg)" "certificate"
sections "[registry private]" "ecosystem = npm" "url = https://other.test:9443/" "ca = $HOME/work/corp.pem" \
	"[workspace]" "access = write"
cp "$HOME/corp.pem" "$HOME/work"
box sections true
has "what the box can write vouches for nothing" "$err" "which the box can write"
kill "$server"
finish
