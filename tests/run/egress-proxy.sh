#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The proxy of a box: what may be tried with it (egress_proxy.py, against agentbox-egress alone), and
# clients that use it.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace

cat >"$HOME/policy" <<-END
	[egress]
	allow = good.test
	allow = www.good.test
	allow = private.test
	allow = loopback.test
	allow = metadata.test
	allow = 10.99.0.1:8080
	allow = 127.0.0.1:8080
	allow = good.test:8080
	allow = good.test:2222
	deny = other.test
	proxy-port = 1080
END
LIMIT=240 egress_alone python3 -I -B "$here/egress_proxy.py" "$@"
relate
note "$err"

egress_ended
[ $# -eq 0 ] || finish
ok "every connection is told once" told \
	'[.[] | select(.event == "net.connect").flow | numbers] | sort == [range(1; length + 1)]'
ok "in the words of one without a proxy" told \
	'any(.[]; .event == "net.connect" and .host == "good.test" and .port == 443 and
		.protocol == "tls" and .verdict == "allow") and
	 any(.[]; .event == "net.connect" and .host == "bad.test" and .verdict == "deny" and
		.hint == "allow = bad.test")'
ok "who says nowhere to go is told" told \
	'any(.[]; .event == "net.connect" and .verdict == "deny" and .flow == null and
		.address == "127.0.0.1" and .port == 1080 and
		(.reason | startswith("a SOCKS command other")))'
ok "what was refused did not arrive" not grep -qE "/(smuggled|inside)" "$WORLD/requests"

printf '[egress]\nallow = good.test\nproxy-port = 1080\n' >"$HOME/proxy.ini"
chmod 644 "$HOME/proxy.ini"
# boxed COMMAND...: in a box that has the proxy.
boxed() {
	run "$AGENTBOX" exec -q -p "$HOME/proxy.ini" -- "$@"
}
boxed sh -c 'echo "$HTTPS_PROXY $https_proxy $http_proxy $no_proxy ${ALL_PROXY-none}"'
is "the usual variables are set" "$out" \
	"http://127.0.0.1:1080 http://127.0.0.1:1080 http://127.0.0.1:1080 localhost,127.0.0.1,::1 none"
for url in http://good.test/a https://good.test/a; do
	boxed curl -sSv "$url"
	is "curl: $url" "$out" "hello from good.test/a"
	has "curl: $url: it used the proxy" "$err" "127.0.0.1:1080"
	boxed python3 -c "import urllib.request as u; print(u.urlopen('$url').read().decode())"
	has "python: $url" "$out" "hello from good.test/a"
	if command -v wget >/dev/null; then
		boxed wget -qO- "$url"
		is "wget: $url" "$out" "hello from good.test/a"
	fi
	for scheme in socks5 socks5h; do
		boxed curl -sS -x "$scheme://127.0.0.1:1080" "$url"
		is "curl over $scheme: $url" "$out" "hello from good.test/a"
	done
done
boxed curl -sS https://bad.test/
has "a denial is one of the proxy" "$err" "403"
boxed python3 -c 'import urllib.request as u; u.urlopen("https://bad.test/")'
has "which clients show" "$err" "403 agentbox: no rule of the profile allows"
# shellcheck disable=SC2016 # for the shell in the box
boxed sh -c 'python3 -m http.server --bind 127.0.0.1 3000 >/dev/null 2>&1 & sleep 0.5
	curl -sS -o /dev/null -w "%{http_code}" http://localhost:3000/'
is "a server in the box is not asked for through it" "$out" "200"
printf '[egress]\nallow = good.test\n' >"$HOME/plain.ini"
run "$AGENTBOX" exec -q -p "$HOME/plain.ini" -- sh -c 'env | grep -i _proxy=; curl -s http://127.0.0.1:1080/'
is "without the key there is none" "$out" ""
printf '[egress]\nallow = good.test:1080\nproxy-port = 1080\n' >"$HOME/both.ini"
run "$AGENTBOX" profile check "$HOME/both.ini"
has "a port has one meaning" "$err" "both.ini:3: error: proxy-port = 1080: $HOME/both.ini:2 needs that port"
finish
