#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Real clients behind agentbox-egress alone: each reaches what is allowed, by name and without a
# proxy variable, and shows why it does not reach the rest.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace

cat >"$HOME/policy" <<-END
	[egress]
	allow = good.test
	allow = good.test:8443
	allow = good.test:9418
	allow = registry.test
END

inside() {
	LIMIT=60 egress_alone "$@"
	text=$out$err
}

seen() {
	told "any(.[]; $1)"
}

# client NAME COMMAND REFUSAL: what reaches https://HOST/x, and what it says when TLS is refused.
client() {
	local name=$1 command=$2 refusal=$3

	if ! command -v "$name" >/dev/null; then
		skip "$name" "it is not installed"
		return
	fi
	inside sh -c "${command//HOST/good.test}"
	ok "$name: allowed" grep -qE " 443 good.test /x" "$WORLD/requests"
	: >"$WORLD/requests"
	inside sh -c "${command//HOST/other.test}"
	ok "$name: denied" not grep -q other.test "$WORLD/requests"
	has "$name: and says why" "${text,,}" "$refusal"
	ok "$name: and so does the log" seen \
		'.event == "net.connect" and .host == "other.test" and .verdict == "deny" and
		 .port == 443 and .hint == "allow = other.test"'
}

CA=/etc/ssl/certs/ca-certificates.crt
client curl "curl -sS https://HOST/x" "access denied"
client wget "wget -nv -O - https://HOST/x" "ssl"
client git "git ls-remote https://HOST/x" "access was denied"
client python3 "python3 -I -c '
import urllib.request
print(urllib.request.urlopen(\"https://HOST/x\").read())'" "access_denied"
client node "NODE_EXTRA_CA_CERTS=$CA node -e '
fetch(\"https://HOST/x\").then(r => r.text()).then(console.log, e => console.log(e.cause))'" \
	"access denied"
client openssl "printf 'GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n' |
	openssl s_client -quiet -connect HOST:443 -servername HOST" "access denied"

inside curl -sS http://other.test/x
has "HTTP: curl shows the answer" "$text" "agentbox denied other.test:80: no rule"
inside wget -O - http://other.test/x
has "HTTP: wget shows its first line" "$text" "403 agentbox: no rule of the profile allows this host"
inside sh -c "curl -sS http://good.test/x http://good.test/y && curl -sS http://good.test/z"
is "HTTP: what is allowed passes" "$out" "$(printf 'hello from good.test/%s\n' x y z)"

git init -q --bare "$scratch/repository" && touch "$scratch/repository/git-daemon-export-ok"
git daemon --base-path="$scratch" --listen=93.184.216.34 --reuseaddr 2>"$scratch/daemon" &
daemon=$!
sleep 0.2
inside sh -c "cd '$scratch' && git clone git://good.test/repository clone && ls clone/.git/HEAD"
has "git's own protocol on its port" "$text" "clone/.git/HEAD"
inside git ls-remote git://other.test/repository
lacks "but only to the host of the rule" "$text" "HEAD"
kill "$daemon"

# A burst of downloads like that of a package manager, and a command whose first act is to connect.
inside sh -c "seq 60 | xargs -P 20 -I{} curl -sS https://registry.test/tally/{} -o /dev/null && echo all"
has "60 connections from 20 clients" "$text" "all"
EGRESS_LATE=1 inside curl -sS http://good.test/early
is "the first instruction may connect, before egress has started" "$out" "hello from good.test/early"
ok "no event was lost" seen '.event == "exit" and .status == 0'
finish
