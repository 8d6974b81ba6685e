#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What a program in a box may try on the network, against agentbox-egress alone (egress_attack.py).

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace

cat >"$HOME/policy" <<-END
	[egress]
	allow = good.test
	allow = *.good.test
	allow = six.test
	allow = mixed.test
	allow = private.test
	allow = private.test:8080
	allow = 10.99.0.1:8080
	allow = metadata.test
	allow = loopback.test
	allow = good.test:7
	allow = good.test:2222
	allow = good.test:8080
	allow = good.test:8443
	allow = good.test:9000
	allow = good.test:9001
	allow = good.test:9002
	allow = good.test:9003
	allow = good.test:9004
	deny = other.test
END
printf '93.184.216.34 mixed.test\n10.99.0.1 mixed.test\n' >>"$WORLD/hosts"
python3 -I -B "$here/egress_origin.py" "$scratch/hostile" 2>"$scratch/hostile.log" &
origin=$!
within test -e "$scratch/hostile"

LIMIT=240 egress_alone python3 -I -B "$here/egress_attack.py" "$@"
kill "$origin"
relate
note "$err"

if is_sanitized; then
	skip "egress was confined fully" "a sanitized build has no filter"
else
	ok "egress was confined fully" told \
		'any(.[]; .event == "egress.ready" and .level == "full")'
fi
egress_ended
[ $# -eq 0 ] || finish
ok "every connection is told once" told \
	'[.[] | select(.event == "net.connect").flow] | sort == [range(1; length + 1)]'
ok "and every one that was relayed ends once" told \
	'([.[] | select(.event == "net.close").flow] | sort) as $c | $c == ($c | unique)'
ok "a denial has its reason, and says what would allow it" told \
	'any(.[]; .event == "net.connect" and .host == "bad.test" and .verdict == "deny" and
		.hint == "allow = bad.test" and .rule == null)'
ok "a denied name is told when it is asked for" told \
	'[.[] | select(.event == "dns.query" and .host == "bad.test")] | length == 1'
ok "a refused port is told" told \
	'any(.[]; .event == "net.refused" and .port == 3306 and .host == "bad.test" and
		.protocol == "tcp" and .hint == "allow = bad.test:3306")'
ok "UDP is told" told 'any(.[]; .event == "net.refused" and .port == 443 and .protocol == "udp")'
ok "literal addresses are told" told \
	'any(.[]; .event == "net.connect" and .address == "169.254.169.254" and .verdict == "deny")'
ok "the address behind a name is told" told \
	'any(.[]; .host == "private.test" and .address == "10.99.0.1" and .verdict == "deny" and
		.hint == "allow = 10.99.0.1")'
ok "requests are told" told \
	'any(.[]; .event == "http.request" and .path == "/first" and .verdict == "allow") and
	 any(.[]; .event == "http.request" and .path == "/second" and .verdict == "deny")'
ok "what was refused did not arrive" not grep -qE " (/second|/third) |other.test" "$WORLD/requests"
ok "nothing came to hosts inside but by rule" not grep -E "^GET (80|443) (private|metadata|loopback)" \
	"$WORLD/requests"
ok "hosts that misbehave were asked" grep -q "/cut-chunks" "$scratch/hostile"
ok "a path without its query is in the log" not grep -q '?' "$scratch/events"
finish
