#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Rules about requests, enforced by agentbox-egress alone: method, path, WebSocket (egress_requests.py).

. "$(dirname "$0")/lib.sh"
world "$0" "$@"

python3 -I -B "$here/egress_requests.py" origin "$scratch/origin" 2>"$scratch/origin.log" &
origin=$!
within test -e "$scratch/origin"

# requests MODE: what the requests in the box found, and what the log says of them.
requests() {
	: >"$scratch/origin"
	cat >"$HOME/policy" <<-END
		[egress]
		mode = $1
		allow = GET,HEAD http://good.test/repos/**
		allow = POST http://good.test/repos/*/issues
		deny = http://good.test/repos/*/secret/**
		deny = GET http://good.test/repos/a!b
		allow = other.test
		deny = PUT,POST http://other.test/**
		allow = www.good.test:9010
		allow = UPGRADE http://www.good.test:9010/chat/*
		allow = GET http://good.test:8080/a
		allow = GET http://six.test/a
		allow = GET http://10.99.0.1/a
		allow = registry.test
	END
	LIMIT=120 egress_alone python3 -I -B "$here/egress_requests.py" "$1"
	relate "$1: "
	note "$err"
	egress_ended "$1: "
}


requests enforce
ok "a denial has its rule" told 'any(.[]; .event == "http.request" and .verdict == "deny" and
	.path == "/repos/x/secret/y" and .rule == "policy:5")'
ok "or the line that would allow it" told 'any(.[]; .event == "http.request" and
	.method == "DELETE" and .rule == null and
	.hint == "allow = DELETE http://good.test/repos/x")'
ok "for WebSocket, too" told 'any(.[]; .event == "http.request" and
	.hint == "allow = UPGRADE http://www.good.test:9010/other")'
ok "a connection is told with the rule of its first request" told 'any(.[];
	.event == "net.connect" and .host == "good.test" and .port == 80 and .rule == "policy:3")'
ok "nothing that was refused arrived" not grep -qE "secret|issues/1|DELETE|POST /repos/x |overridden" \
	"$WORLD/requests"
ok "not even a connection" not grep -q "8080 " "$scratch/origin"
enforced=$(jq -c 'select(.event == "http.request") | [.method, .host, .port, .path, .verdict]' \
	"$scratch/events" | sort -u)

: >"$WORLD/requests"
requests audit
ok "audit: what is denied arrives" grep -q "/repos/x/secret/y" "$WORLD/requests"
is "audit: every event has the verdict that it would have had" \
	"$(jq -c 'select(.event == "http.request") | [.method, .host, .port, .path, .verdict]' \
		"$scratch/events" | sort -u | comm -23 <(echo "$enforced") -)" ""
kill "$origin"
finish
