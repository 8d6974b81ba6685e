#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Programs that people use, where TLS ends in the egress: each reaches a host, with the box's
# variables and, if it looks where the distribution has its bundle, without them; each is told why a
# path is denied; and none gets through to a host that does not prove who it is.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace

# A host whose certificate is of nobody: for this, an address and a port of its own.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=good.test \
	-addext subjectAltName=DNS:good.test -keyout "$scratch/key" -out "$scratch/pem" 2>/dev/null
openssl s_server -quiet -accept 9444 -key "$scratch/key" -cert "$scratch/pem" -www \
	>"$scratch/stranger" 2>&1 </dev/null &

profile tls '[egress]' 'allow = GET,HEAD https://good.test/**' 'deny = https://good.test/secret/**' \
	'allow = https://good.test:9444/**' 'allow = https://registry.test/**' \
	'deny = https://registry.test/unlisted'

cat >Fetch.java <<'END'
import java.net.*;
class Fetch {
	public static void main(String[] args) throws Exception {
		HttpURLConnection c = (HttpURLConnection) new URL(args[0]).openConnection();
		System.out.println(c.getResponseCode() + " " + c.getResponseMessage());
	}
}
END
cat >fetch.js <<'END'
fetch(process.argv[2]).then(async r => console.log(r.status, r.statusText, await r.text()),
	e => { console.log(e.cause); process.exit(1); });
END
cat >fetch.py <<'END'
import sys, urllib.error, urllib.request
try:
    print(urllib.request.urlopen(sys.argv[1]).read())
except urllib.error.HTTPError as e:
    print(e.code, e.reason)
END
cat >fetch.rb <<'END'
require "net/http"
r = Net::HTTP.get_response(URI(ARGV[0]))
puts r.code, r.message
END

# client NAME PROGRAM COMMAND DENIED [plain]: COMMAND asks for $1. DENIED is what it shows of a
# denial. "plain": it also works without any variable.
client() {
	local name=$1 program=$2 command=$3 denied=$4

	if ! PATH=/usr/local/bin:/usr/bin:/bin command -v "$program" >/dev/null; then
		skip "$name" "it is not installed"
		return
	fi
	box tls sh -c "$command" sh "https://good.test/$name"
	if grep -q "443 good.test /$name" "$WORLD/requests"; then
		result ok "$name: reaches the host"
	else
		result "not ok" "$name: reaches the host"
		note "$out$err"
	fi
	if [ "${5-}" = plain ]; then
		box tls env -i PATH=/usr/bin:/bin HOME="$HOME" sh -c "$command" sh \
			"https://good.test/bare-$name"
		ok "$name: without variables, too" grep -q "443 good.test /bare-$name" "$WORLD/requests"
	fi
	box tls sh -c "$command" sh https://good.test/secret/x
	has "$name: is told of a denial" "$out$err" "$denied"
	lacks "$name: which did not arrive" "$(<"$WORLD/requests")" secret
	box tls sh -c "$command" sh https://good.test:9444/x
	has "$name: is told of a stranger" "$out$err" 502
	ok "$name: and the log says why" event '.event == "net.failed" and .port == 9444 and
		.reason == "the certificate of the host is self-signed"'
}

rule="a rule of the profile denies it"
# shellcheck disable=SC2016 # $1 is for the shell in the box
{
	client curl curl 'curl -sS -w "%{http_code}" "$1"' "agentbox denied" plain
	client wget wget 'wget -nv -O - "$1"' "agentbox: $rule" plain
	client git git 'git ls-remote "$1"' "agentbox denied" plain
	client openssl openssl 'host=${1#https://} path=/${host#*/} host=${host%%/*}
		case $host in *:*) at=$host ;; *) at=$host:443 ;; esac
		printf "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" "$path" "$host" |
		openssl s_client -quiet -verify_return_error -connect "$at" -servername good.test' \
		"agentbox denied" plain
	client python python3 'python3 fetch.py "$1"' "403 agentbox: $rule" plain
	client pip pip 'pip --disable-pip-version-check --no-cache-dir download --retries 0 --no-deps "$1"' \
		"403"
	client node node 'node fetch.js "$1"' "agentbox denied"
	client java java 'java Fetch.java "$1"' "403 agentbox: $rule" plain
	client ruby ruby 'ruby fetch.rb "$1"' "403" plain
	client go go 'GOPROXY=$1 GOCACHE=/tmp/go GOMODCACHE=/tmp/mod go list -m example.test/x@v1.0.0' \
		"agentbox denied" plain
	client cargo cargo 'cargo search --index "$1" x' 403
	client deno deno 'deno eval "const r = await fetch(\"$1\"); console.log(r.status, await r.text())"' \
		"agentbox denied"
	client bun bun 'bun -e "const r = await fetch(\"$1\"); console.log(r.status, await r.text())"' \
		"agentbox denied"
}

# Package managers that have a registry to talk to.
registry() {
	local name=$1 command=$2

	if ! PATH=/usr/local/bin:/usr/bin:/bin command -v "$name" >/dev/null; then
		skip "$name" "it is not installed"
		return
	fi
	rm -rf node_modules package.json ./*lock*
	echo '{"name":"x","version":"1.0.0"}' >package.json
	sh_box tls "$command tally"
	ok "$name: installs from a registry whose requests are read" test -e node_modules/tally/cli.js
	[ -e node_modules/tally/cli.js ] || note "$out$err"
	sh_box tls "$command unlisted"
	has "$name: is told of a denial" "$out$err" "${3:-403}"
}
profile tls '[workspace]' 'access = write' '[environment]' \
	'set = npm_config_registry=https://registry.test' 'set = npm_config_update_notifier=false' \
	'[egress]' 'allow = GET https://registry.test/**' 'deny = https://registry.test/unlisted'
registry npm "npm install --no-audit --no-fund" "$rule"
registry pnpm "pnpm add"
registry yarn "yarn add"
kill %1
finish
