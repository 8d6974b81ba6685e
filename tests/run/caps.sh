#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Caps of a rule: max-upload=, requests=, bytes=. What is too much does not reach the origin.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace
cp "$here/caps_client.py" .
seen=$WORLD/seen
: >"$seen"
python3 -I -B "$here/caps_origin.py" "$WORLD" "$seen" >"$scratch/origin" &
origin=$!
within test -s "$scratch/origin"
site=http://good.test:9001

profile caps "[profile]" "extends = offline" "[egress]" \
	"allow = POST $site/up/** max-upload=64K" \
	"allow = $site/none/** max-upload=0" \
	"allow = $site/rate/** requests=3/m" \
	"allow = $site/fast/** requests=2/s" \
	"allow = $site/bytes/** bytes=256K" \
	"allow = GET $site/free/**" \
	"allow = UPGRADE $site/ws bytes=64K" \
	"allow = https://good.test:9443/** max-upload=64K requests=5/h bytes=1M" \
	"allow = good.test:9444 bytes=256K" \
	"allow = good.test:2223 bytes=64K" \
	"allow = good.test:2224 bytes=64K"
head -c 65536 /dev/zero >small
head -c 65537 /dev/zero >large

# caps SCRIPT: in the box; what the origin has seen is $got.
caps() {
	: >"$seen"
	sh_box "${profile_of:-caps}" "curl() { command curl -sS --max-time 20 \"\$@\"; }; $1"
	got=$(<"$seen")
}
client() {
	: >"$seen"
	box caps python3 -I -B caps_client.py "$@"
	got=$(<"$seen")
}

# --- max-upload ---
caps "curl -T small -X POST $site/up/0"
is "a body as large as it may be" "$status$out$err" 0
is "arrives" "$got" "POST /up/0 65536 whole"
caps "curl --data-binary @large -w '%{http_code}' -o answer $site/up/0; cat answer"
has "one byte more is refused" "$out" "413agentbox denied good.test:9001: its body is larger than max-upload= of its rule"
has "with its rule" "$out" ": allow = POST $site/up/** max-upload=64K"
is "and nothing of it arrives" "$got" ""
ok "the log has it" event '.event == "http.request" and .verdict == "deny" and .status == 413 and
	.path == "/up/0" and (.rule | endswith("caps.ini:4"))'
has "and stderr" "$err" "denied POST good.test:9001/up/0 (http): its body is larger"
caps "cat small | curl -T - -X POST $site/up/0"
is "a body in chunks as large as it may be" "$got" "POST /up/0 65536 whole"
client slow_chunks
is "one byte more in chunks is refused" "$out" "([413], 'end')"
is "the origin gets what may pass, and no end" "$got" "POST /up/0 65536 cut"
ok "the log has it, with the bytes that passed" event '.event == "http.request" and
	.verdict == "deny" and .status == 413 and .bytes_up > 65536 and
	(.reason | startswith("its body is larger"))'
client one_chunk
is "a chunk that is too large" "$out" "([413], 'end')"
ok "is not passed on beyond the cap" test "$(cut -d ' ' -f 3 <<<"$got")" -le 65536
client answered_early
is "what follows a body that was cut is not read" "$out" "([413], 'end')"
lacks "nor does it arrive" "$got" "free"
client pipelined
is "a second request that is too large: the first is answered" "$out" "([200, 413], 'end')"
is "and arrives alone" "$got" "POST /up/3 4 whole"
client expected
is "a client that asks first (100-continue) is told at once" "$out" "([413], 'end')"
is "and the origin hears nothing" "$got" ""
client huge
is "a length beyond all numbers" "$out" "[400]"
caps "curl -w '%{http_code} ' -o /dev/null $site/none/7; curl -d x -w '%{http_code} ' -o /dev/null $site/none/7
	echo x | curl -T - -w '%{http_code}' -o /dev/null $site/none/7"
is "max-upload=0 allows no body" "$out" "200 413 413"
lacks "not a byte" "$got" "none/7 1"

# --- requests ---
caps "for i in 1 2 3 4 5; do curl -w '%{http_code} ' -o /dev/null $site/rate/7; done
	curl -D - $site/rate/7; curl -w ' %{http_code}' -o /dev/null $site/free/7"
has "three requests in a minute" "$out" "200 200 200 429 429 "
has "the fourth is told why" "$out" "agentbox denied good.test:9001: there were too many of them for requests="
ok "and when to come again" grep -qE 'Retry-After: ([1-9]|[1-5][0-9]|60)' <<<"$out"
is "the origin sees three" "$(grep -c /rate/ <<<"$got")" 3
has "other rules have their own" "$out" " 200"
caps "for i in 1 2 3 4 5 6; do curl -w '%{http_code} ' -o /dev/null $site/rate/7 & done; wait"
is "also of those at the same time" "$(tr ' ' '\n' <<<"$out" | sort | tr -d '\n')" "200200200429429429"
caps "for i in 1 2 3; do curl -w '%{http_code} ' -o /dev/null $site/fast/7; done; sleep 1.1
	curl -w '%{http_code}' -o /dev/null $site/fast/7"
is "when the time is over there may be others" "$out" "200 200 429 200"

# --- bytes ---
caps "curl -o a $site/bytes/100000; curl -o b $site/bytes/100000; curl -w ' %{http_code} ' $site/bytes/100000
	curl -w '%{http_code} ' -o /dev/null $site/bytes/1"
has "an answer that says it is too long is refused" "$out" "bytes= of its rule is used up"
is "what is left serves others" "$(tail -n 1 <<<"$out")" " 403 200 "
ok "the log has it" event '.event == "http.request" and .verdict == "deny" and .status == 403 and
	.path == "/bytes/100000" and (.reason | startswith("bytes="))'
caps "curl -o a $site/bytes/200000; curl -o b $site/bytes/stream/100000; echo \$?; wc -c <b
	curl -w '%{http_code}' $site/bytes/1"
is "one that does not is cut" "$(head -n 1 <<<"$out")" 56
ok "where the bytes are used up" test "$(sed -n 2p <<<"$out")" -lt 62144
has "then nothing passes" "$out" "bytes= of its rule is used up"
is "with 403" "$(tail -n 1 <<<"$out")" 403
lacks "and nothing arrives" "$got" "/bytes/1 "
ok "the log has the cut" event '.event == "http.request" and .verdict == "deny" and .status == 200 and
	.path == "/bytes/stream/100000" and (.reason | startswith("bytes="))'
caps "head -c 300000 /dev/zero | curl --data-binary @- -w '%{http_code}' -o /dev/null $site/bytes/0"
is "a body that is longer than what is left is refused" "$out" 403
is "as a whole" "$got" ""
caps "head -c 300000 /dev/zero | curl -T - -X POST -w '%{http_code}' -o /dev/null $site/bytes/0"
is "in chunks, too" "$out" 403
ok "and cut" grep -qE '^POST /bytes/0 [0-9]+ cut$' <<<"$got"
caps "for i in 1 2 3 4 5 6 7 8; do curl -f -o p\$i $site/bytes/100000 & done; wait; cat p? | wc -c"
ok "those at the same time share it" test "$(tail -n 1 <<<"$out")" -le 262144
client endless
is "a server that never ends is cut" "$out" "(True, 'ConnectionResetError')"
ok "after the last byte, and the log says why" event '.event == "net.close" and .verdict == "deny" and .bytes_down == 65536 and
	(.rule | endswith("caps.ini:13"))'
has "and stderr" "$err" "bytes= of its rule is used up [$HOME/.config/agentbox/caps.ini:13]"
client echo
is "both ways count" "$out" True
caps "python3 -I -B caps_client.py endless; python3 -I -B caps_client.py refused"
is "a connection after that is refused" "$(tail -n 1 <<<"$out")" "(0, 'ConnectionResetError')"
ok "and the log says so" event '.event == "net.connect" and .verdict == "deny" and
	(.reason | startswith("bytes="))'
client websocket
is "WebSocket is cut like any connection" "$out" "(True, 'ConnectionResetError')"

# --- TLS ---
tls=https://good.test:9443
caps "curl -T small -X POST $tls/a/0; curl --data-binary @large -w '%{http_code} ' -o /dev/null $tls/b/0
	for i in 1 2 3 4 5; do curl -w '%{http_code} ' -o /dev/null $tls/c/7; done"
is "inside of TLS, too" "$out" "413 200 200 200 200 429 "
lacks "and nothing arrives" "$got" "/b/0"
caps "curl -o a https://good.test:9444/200000; curl -o b https://good.test:9444/200000; echo \$?; wc -c <b
	curl https://good.test:9444/1; echo \$?"
is "relayed TLS is cut, and then refused" "$(sed -n '1p;3p' <<<"$out" | tr '\n' ' ')" "56 35 "
ok "both are in the log" event '.event == "net.close" and .verdict == "deny"'

profile part "[profile]" "extends = offline" "[egress]" "allow = good.test:9443" "allow = good.test:9444 bytes=1K" \
	"allow = POST https://good.test:9443/up/** max-upload=64K" "allow = GET https://good.test:9444/free/**"
profile_of=part caps "curl -w '%{http_code} ' -o /dev/null $tls/c/7
	curl --data-binary @large -w '%{http_code} ' -o /dev/null $tls/up/0"
is "of a host that is allowed as a whole, a part may be capped" "$out" "200 413 "
lacks "nothing of it arrives" "$got" "/up/0"
profile_of=part caps "for path in free/5000 other/5000 free/6000; do
	curl -w '%{http_code} ' -o /dev/null https://good.test:9444/\$path; done"
is "or free of caps" "$out" "200 403 200 "

# --- a registry ---
profile registry "[profile]" "extends = offline" "[egress]" "allow = https://registry.test/** requests=2/h" \
	"[packages]" "registry = npm https://registry.test/"
profile_of=registry caps "for i in 1 2 3; do curl -w '%{http_code} ' -o /dev/null https://registry.test/tally; done"
is "what is allowed because of its package is capped, too" "$out" "200 200 429 "

# --- audit ---
profile audit "[profile]" "extends = caps" "[egress]" "mode = audit"
profile_of=audit caps "curl --data-binary @large -w '%{http_code} ' -o /dev/null $site/up/0
	cat large | curl -T - -X POST -w '%{http_code} ' -o /dev/null $site/up/1
	for i in 1 2 3 4; do curl -w '%{http_code} ' -o /dev/null $site/rate/7; done
	curl -w '%{http_code} ' -o a $site/bytes/300000; curl -o b https://good.test:9444/300000; wc -c <b"
is "mode=audit lets all pass" "$out" "200 200 200 200 200 200 200 300000"
is "and writes down what it would have denied" "$(events | jq -s '[.[] | select(.verdict == "deny" and .event != "net.connect")] | length')" 5

# --- profiles ---
profile child "[profile]" "extends = caps" "[egress]" "allow = $site/rate/** requests=120/m bytes=1024M"
run "$AGENTBOX" profile show child
has "a profile that extends another sets other caps" "$out" "allow = $site/rate/** requests=120/m bytes=1G"
lacks "in their place" "$out" "requests=3/m"
kill "$origin"
finish
