#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The test world itself: a test that finds nothing wrong in a world where nothing works says nothing.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace

is "no test has capabilities it was not born with" \
	"$(awk '/^CapEff/ { print ($2 == "0000000000000000") }' /proc/self/status)" \
	"$([ "$(id -u)" = 0 ] && echo 0 || echo 1)"
is "HTTP" "$(curl -sS http://good.test/a)" "hello from good.test/a"
is "HTTPS, trusted" "$(curl -sS https://www.good.test/b)" "hello from www.good.test/b"
is "HTTPS on another port" "$(curl -sS https://good.test:8443/b)" "hello from good.test/b"
is "POST" "$(curl -sS -d abc http://other.test/)" abc
is "private addresses answer, so that refusing them means something" \
	"$(curl -sS http://private.test/; curl -sS http://metadata.test/; curl -sS http://loopback.test/)" \
	$'hello from private.test/\nhello from metadata.test/\nhello from loopback.test/'
if [ -e /proc/net/if_inet6 ]; then
	is "IPv6" "$(curl -sS http://six.test/)" "hello from six.test/"
else
	skip "IPv6" "this kernel has none"
fi
is "TCP" "$(timeout 5 bash -c 'cat </dev/tcp/good.test/2222')" "220 banner.test"
ok "requests are recorded" grep -qx "GET 443 www.good.test /b" "$WORLD/requests"
ok "unknown names do not resolve" not getent ahosts nowhere.test

npm init -y >/dev/null
printf 'registry=https://registry.test\ncafile=/etc/ssl/certs/ca-certificates.crt\n' >.npmrc
run npm install tally eager --no-audit --no-fund
is "npm installs from the registry" "$status" 0
has "and what it installed runs" "$(node_modules/.bin/tally)" "       a       b       c"
is "install scripts run" "$(cat node_modules/eager/ran)" "$HOME"
run npm install nonesuch --no-audit
is "what the registry does not have cannot be installed" "$status" 1
is "nothing runs but what belongs to the world" "$(settled strays)" ""
finish
