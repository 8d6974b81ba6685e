#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Where TLS ends: inspect= and relay=.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace

profile plain "[profile]" "extends = default" "[egress]" "allow = *.good.test" "allow = good.test"
profile open "[profile]" "extends = plain" "[egress]" "inspect = *.good.test" \
	"inspect = good.test:8443" "relay = deep.www.good.test"
profile bad "[profile]" "extends = open" "[egress]" "deny = https://deep.www.good.test/x"
issuer() {
	sh_box "$1" "echo | openssl s_client -connect $2:443 -servername $2 2>/dev/null |
		openssl x509 -noout -issuer"
}

issuer plain www.good.test
has "TLS is relayed by itself" "$out" "agentbox test CA"
issuer open www.good.test
lacks "it ends in the egress where the profile says so" "$out" "agentbox test CA"
has "with an authority of the task" "$out" "issuer"
issuer open deep.www.good.test
has "but not for what it says is relayed" "$out" "agentbox test CA"
issuer open good.test
has "nor for other ports of a host" "$out" "agentbox test CA"

box open curl -sS https://www.good.test/b
is "what is read arrives" "$out" "hello from www.good.test/b"
ok "and is in the log" event '.event == "http.request" and .protocol == "https" and
	.host == "www.good.test" and .path == "/b" and .verdict == "allow"'
box open curl -sS https://deep.www.good.test/b
is "what is relayed arrives" "$out" "hello from deep.www.good.test/b"
ok "and only its connection is in the log" not event '.event == "http.request"'
box bad true
is "a rule about what is relayed is an error" "$status" 125
has "that names both lines" "$err" \
	"open.ini:6: error: relay = deep.www.good.test: $HOME/.config/agentbox/bad.ini:4"
finish
