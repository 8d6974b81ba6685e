#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A proxy between the egress and the hosts, upstream-proxy=, and authorities of one's own, ca=.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace

secret='corp-user:s3cr:et pass'
printf '127.0.0.1 proxy.test\n' >>"$WORLD/hosts"
python3 -I -B "$here/upstream_proxy.py" 3128 "$scratch/open" 2>/dev/null &
python3 -I -B "$here/upstream_proxy.py" 3129 "$scratch/locked" "$secret" 2>/dev/null &
within test -e "$scratch/open"
within test -e "$scratch/locked"
(umask 077 && printf '%s\n' "$secret" >"$HOME/secret" && echo "corp-user:wrong" >"$HOME/wrong")

hosts=("allow = good.test" "allow = inner.test" "allow = good.test:2222" "allow = private.test"
	"allow = 10.99.0.1:8080" "allow = 93.184.216.35:80" "allow = not-http.test"
	"allow = closes.test" "allow = forbids.test" "allow = endless.test" "allow = redirects.test"
	"allow = interim.test" "allow = gone.test" "allow = good.test:9" "allow = 127.0.0.1:8080")
profile open "[profile]" "extends = default" "[egress]" "upstream-proxy = http://proxy.test:3128" \
	"${hosts[@]}"
profile locked "[profile]" "extends = default" "[egress]" "upstream-proxy = http://127.0.0.1:3129" \
	"upstream-proxy-auth = file:$HOME/secret" "${hosts[@]}"
profile wrong "[profile]" "extends = locked" "[egress]" "upstream-proxy-auth = file:$HOME/wrong"
profile none "[profile]" "extends = default" "[egress]" "upstream-proxy = http://127.0.0.1:3129" \
	"${hosts[@]}"
profile inspect "[profile]" "extends = locked" "[egress]" "inspect = good.test"
profile dead "[profile]" "extends = default" "[egress]" "upstream-proxy = http://127.0.0.1:9" \
	"allow = good.test"
profile lost "[profile]" "extends = default" "[egress]" "upstream-proxy = http://nowhere.test:3128" \
	"allow = good.test"

box open curl -sS http://good.test/a
is "HTTP goes through it" "$out" "hello from good.test/a"
box open curl -sS https://good.test/b
is "TLS goes through it" "$out" "hello from good.test/b"
has "it was asked for a name" "$(<"$scratch/open")" "good.test:443 - 200"
ok "the log has the name, and not the address of the proxy" event \
	'.event == "net.connect" and .host == "good.test" and .address == null'
ok "every event that was judged names the policy" not event '.verdict and .policy == null'
is "which is one" "$(events | jq -r '.policy // empty' | sort -u | wc -l)" 1
box open curl -sS http://inner.test/c
is "it resolves the names" "$out" "hello from inner.test/c"
box open curl -sS http://93.184.216.35/d
is "literal addresses go through it as well" "$out" "hello from 93.184.216.35/d"
has "as what they are" "$(<"$scratch/open")" "93.184.216.35:80 - 200"
box open python3 -c 'import socket; print(socket.create_connection(("good.test", 2222)).recv(100))'
ok "so do other protocols, where the server speaks first" test -n "$out"
box open curl -sS http://127.0.0.1:8080/e
is "what a rule opens on this machine does not" "$out" "hello from 127.0.0.1/e"
lacks "(it was not asked)" "$(<"$scratch/open")" "127.0.0.1"
box open curl -sS -o /dev/null -w '%{http_code}' http://169.254.169.254/
is "other addresses inside stay closed" "$out" 403
box open curl -sS -o /dev/null -w '%{http_code}' http://bad.test/
is "rules come first" "$out" 403
lacks "it does not hear of what they deny" "$(<"$scratch/open")" "bad.test"

# --- credentials ---
: >"$scratch/locked"
box locked curl -sS https://good.test/f
is "credentials are sent" "$out" "hello from good.test/f"
is "as the file has them" "$(<"$scratch/locked")" "good.test:443 $secret 200"
box inspect curl -sS https://good.test/g
is "also where TLS is opened" "$out" "hello from good.test/g"
for name in wrong none; do
	box "$name" curl -sS http://good.test/
	has "$name credentials: the client is told" "$out" \
		"could not serve good.test:80: the upstream proxy wants other credentials (407)"
done
coded=$(printf %s "$secret" | base64)
box locked sh -c 'env; cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr "\0" "\n"; cat "$HOME/secret"'
lacks "they are not in the box" "$out$err" "s3cr"
lacks "in no form" "$out$err" "$coded"
not_found() {
	! grep -r -e 's3cr' -e "$coded" "$1"
}
ok "nor in the log" not_found "${XDG_STATE_HOME:-$HOME/.local/state}"
run "$AGENTBOX" profile show locked
lacks "nor in the profile" "$out" "s3cr"

chmod 644 "$HOME/secret"
box locked true
is "a file that others can read is refused" "$status" 125
has "with file and line" "$err" "locked.ini:5: error: upstream-proxy-auth = file:$HOME/secret: others can read it"
chmod 600 "$HOME/secret"
for bad in "" "nocolon" ":nouser" $'a:b\nc:d' $'a:\x01'; do
	printf %s "$bad" >"$HOME/secret"
	box locked true
	has "credentials of no form: $(printf %q "$bad")" "$status $err" "125 agentbox: "
	has "are refused: $(printf %q "$bad")" "$err" "USER:PASSWORD"
done
rm "$HOME/secret"
box locked true
has "a file that is not there is refused" "$status $err" "upstream-proxy-auth = file:$HOME/secret: No such file"
(umask 077 && echo "$secret" >"$HOME/work/secret")
profile inside "[profile]" "extends = open" "[egress]" "upstream-proxy-auth = file:$HOME/work/secret"
box inside true
has "and one in the workspace" "$status $err" "which the box can read: keep it elsewhere"

# --- a proxy that will not ---
while read -r host answer; do
	box open curl -sS --max-time 20 "http://$host/"
	has "$host" "$out" "could not serve $host:80: $answer"
done <<-END
	not-http.test the upstream proxy does not speak HTTP
	closes.test the upstream proxy closed the connection
	forbids.test the upstream proxy does not allow it (403)
	endless.test the upstream proxy does not speak HTTP
	redirects.test the upstream proxy refuses the connection
	interim.test the upstream proxy refuses the connection
	gone.test the upstream proxy cannot reach the host
END
box dead curl -sS http://good.test/
has "a proxy that is not there" "$out" "the upstream proxy cannot be reached"
box lost curl -sS http://good.test/
has "a proxy that has no address" "$out" "the name of the upstream proxy cannot be looked up"
box open curl -sS https://gone.test/
ok "in TLS it is an alert" test "$status" -ne 0
ok "and in the log a sentence" event '.event == "net.failed" and .host == "gone.test" and
	.reason == "the upstream proxy cannot reach the host"'

# --- ca= ---
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
		-subj "/CN=corporate CA" -keyout "$scratch/corp.key" -out "$HOME/corp.pem"
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=corp \
		-keyout "$scratch/host.key" -out "$scratch/host.csr"
	openssl x509 -req -in "$scratch/host.csr" -CA "$HOME/corp.pem" -CAkey "$scratch/corp.key" \
		-days 2 -extfile <(echo "subjectAltName=DNS:good.test") -out "$scratch/host.pem"
} 2>/dev/null
(cd "$scratch" && exec openssl s_server -accept 9443 -cert host.pem -key host.key -www -quiet >/dev/null 2>&1) &
sleep 0.3
profile corp "[profile]" "extends = default" "[egress]" "allow = GET https://good.test:9443/**" \
	"allow = good.test"
profile ca "[profile]" "extends = corp" "[egress]" "ca = $HOME/corp.pem"
box corp curl -sS https://good.test:9443/
has "an authority that nobody named does not count" "$out" "authority that this machine does not trust"
box ca curl -sS https://good.test:9443/
has "one that the profile names does" "$out" "s_server"
box ca curl -sS https://good.test/h
is "and those of the machine still do" "$out" "hello from good.test/h"
for bad in "" "hello" "$(head -n 3 "$HOME/corp.pem")" "$(<"$scratch/corp.key")" \
	"$(sed 3d "$HOME/corp.pem")" "$(sed 's/-----END.*//' "$HOME/corp.pem")"; do
	printf '%s\n' "$bad" >"$HOME/bad.pem"
	profile bad "[profile]" "extends = corp" "[egress]" "ca = $HOME/bad.pem"
	box bad true
	has "a file without whole certificates is an error: ${bad:0:20}" "$status $err" \
		"125 agentbox: $HOME/.config/agentbox/bad.ini:4: error: ca = $HOME/bad.pem: "
done
chmod 666 "$HOME/bad.pem"
box bad true
has "and one that others can write" "$err" "other users can write it"
cp "$HOME/corp.pem" "$HOME/work/corp.pem"
profile bad "[profile]" "extends = corp" "[workspace]" "access = write" "[egress]" "ca = $HOME/work/corp.pem"
box bad true
has "or the box" "$err" "which the box can write"
rm "$HOME/bad.pem"
profile bad "[profile]" "extends = corp" "[egress]" "ca = $HOME/bad.pem"
box bad true
has "or that is not there" "$err" "ca = $HOME/bad.pem: No such file"
profile bad "[profile]" "extends = default" "[egress]" "ca = $HOME/bad.pem"
box bad true
has "also where no TLS is opened" "$status $err" "125 agentbox: $HOME/.config/agentbox/bad.ini:4: error: "
finish
