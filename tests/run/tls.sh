#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# TLS that ends in the egress, because rules are about requests: who is trusted where, hosts that do
# not prove who they are, and what a program in a box may try (tls_attack.py).

. "$(dirname "$0")/lib.sh"
world "$0" "$@"
workspace
cp "$here"/egress_{attack*,client}.py "$here"/tls_attack.py .

# An authority of this test's own, which agentbox hears of by SSL_CERT_FILE.
certificates=$scratch/certificates
mkdir "$certificates"
(
	cd "$certificates" || exit
	key() {
		openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"
	}
	authority() {
		key "$1"
		openssl req -x509 -key "$1.key" -days 2 -subj "/CN=$1" -out "$1.pem"
	}
	# leaf NAME CA FROM TO EXTENSIONS...
	leaf() {
		local name=$1 ca=$2 from=$3 to=$4
		shift 4
		key "$name"
		openssl req -new -key "$name.key" -subj /CN=good.test -out "$name.csr"
		: >index && rm -f index.* serial*
		cat >ca.cnf <<-END
			[ca]
			default_ca = it
			[it]
			database = index
			rand_serial = yes
			new_certs_dir = .
			default_md = sha256
			policy = any
			x509_extensions = ext
			[any]
			commonName = supplied
			[ext]
			$(printf '%s\n' "$@")
		END
		openssl ca -batch -config ca.cnf -cert "$ca.pem" -keyfile "$ca.key" -in "$name.csr" \
			-startdate "$from" -enddate "$to" -notext -out "$name.pem"
	}
	past=20200101000000Z now=$(date -u -d yesterday +%Y%m%d%H%M%SZ)
	soon=$(date -u -d tomorrow +%Y%m%d%H%M%SZ) later=$(date -u -d '2 days' +%Y%m%d%H%M%SZ)
	name=subjectAltName=DNS:good.test
	authority root
	authority stranger
	leaf good root "$now" "$soon" $name
	leaf registry root "$now" "$soon" subjectAltName=DNS:www.good.test
	leaf expired root "$past" "$now" $name
	leaf early root "$soon" "$later" $name
	leaf other-name root "$now" "$soon" subjectAltName=DNS:other.test
	leaf other-ca stranger "$now" "$soon" $name
	leaf client-only root "$now" "$soon" $name extendedKeyUsage=clientAuth
	leaf common-name root "$now" "$soon" basicConstraints=CA:FALSE
	leaf below good "$now" "$soon" $name
	cat below.pem good.pem >by-leaf.pem
	mv below.key by-leaf.key
	key self-signed
	openssl req -x509 -key self-signed.key -days 2 -subj /CN=good.test -addext $name \
		-out self-signed.pem
) >"$scratch/openssl" 2>&1
[ -s "$certificates/self-signed.pem" ] || note "$(tail -n 5 "$scratch/openssl")"
cat /etc/ssl/certs/ca-certificates.crt "$certificates/root.pem" >"$scratch/bundle.pem"
export SSL_CERT_FILE=$scratch/bundle.pem
python3 -I -B "$here/tls_origin.py" "$certificates" 2>"$scratch/origin.log" &
within test -e "$certificates/ready"

rules=('allow = GET,HEAD https://good.test/**' 'allow = POST https://good.test/'
	'deny = https://good.test/secret/**'
	'allow = other.test' 'allow = https://good.test:9000/**')
for port in {9441..9455} 9461; do
	rules+=("allow = https://good.test:$port/**")
done
rules+=('allow = UPGRADE https://good.test:9462/chat')
profile tls '[egress]' "${rules[@]}" '[packages]' \
	'registry = npm https://www.good.test:9463/' 'min-age = 72h'

LIMIT=240 box tls python3 -B tls_attack.py "$@"
relate
note "$(grep -v denied <<<"$err")"
[ $# -eq 0 ] || finish
ok "the egress process lived through it" not event '.event == "egress.failed"'
ok "what was refused did not arrive" not grep -q "secret" "$WORLD/requests"
ok "nor at hosts that are not who they say" not grep -q "must-not-arrive" "$certificates/record"
ok "what came in plain text was a handshake" not grep -q "plain b'G'" "$certificates/record"
ok "a request is told with status and size" event '.event == "http.request" and
	.protocol == "https" and .method == "GET" and .path == "/hello" and .status == 200 and
	.bytes_down > 100 and .verdict == "allow" and .host == "good.test"'
ok "a refused one with its rule" event '.event == "http.request" and .path == "/secret/x" and
	.verdict == "deny" and .status == 403 and (.rule | endswith("tls.ini:4"))'
ok "a host that did not prove who it is with the reason" event '.event == "net.failed" and
	.port == 9441 and .reason == "the certificate of the host has expired"'
is "a request whose host left while it waited is not sent on" "$(events | jq -rs 'map(select(.port == 9463)) |
	.[0].flow as $first | map(select(.flow == $first).event) | join(" ")')" "net.connect net.close"
ok "a client that does not trust us, too" event '.event == "net.connect" and
	(.reason | contains("does not trust the authority of the task"))'
ok "no query and no body is told" not grep -qE '\?|must not' <(events)

# The authority: what it is, and where it is not.
box tls cat /run/agentbox/ca.pem
first=$out
box tls sh -c 'cat /run/agentbox/ca.pem; ls /run/agentbox/certs'
is "each task has its own authority" "$([ "$first" != "${out%-----*}-----" ] && echo differs)" differs
about=$(openssl x509 -noout -text <<<"$first")
has "it is one" "$about" "CA:TRUE, pathlen:0"
has "for certificates only" "$about" "Certificate Sign, CRL Sign"
has "and only for hosts that rules open" "$about" "DNS:good.test"
lacks "not for those that are relayed" "$about" "DNS:other.test"
profile short '[task]' 'deadline = 10m' '[egress]' 'allow = https://good.test/**'
box short cat /run/agentbox/ca.pem
end=$(date -d "$(openssl x509 -noout -enddate <<<"$out" | cut -d = -f 2)" +%s)
ok "it does not outlive the task by much" [ "$((end - $(date +%s)))" -lt 4300 ]
box tls sh -c 'grep -rl "PRIVATE KEY" /run /tmp /dev/shm /etc/ssl 2>/dev/null'
is "its key is not in the box" "$out" ""

# Who opens one of its files at once, as the first thing it does, waits until that is whole.
cc -static -O1 -x c -o first - <<'END'
#include <fcntl.h>
#include <unistd.h>
int main(int argc, char *path[])
{
	static char bytes[1 << 16];
	for (int i = 1; i < argc; i++) {
		const int fd = open(path[i], O_RDONLY);
		for (long n; (n = read(fd, bytes, sizeof(bytes))) > 0;)
			if (write(1, bytes, n) != n)
				return 1;
	}
	return 0;
}
END
# whole PATH: what is read first is what is read then.
whole() {
	local half

	box tls ./first "$1" "$1"
	half=$(($(stat -c %s "$scratch/out") / 2))
	[ "$half" -gt 500 ] && cmp -i "0:$half" -n "$half" "$scratch/out" "$scratch/out"
}
for file in /etc/ssl/certs/ca-certificates.crt /run/agentbox/{ca.pem,cacerts,certs/HASH.0,bundle.pem}; do
	ok "whoever is first to open $file has all of it" whole "$file"
done
ok "which begins with the host's" cmp -n "$(stat -c %s "$SSL_CERT_FILE")" "$SSL_CERT_FILE" "$scratch/out"
if [ "$(id -u)" = 0 ]; then
	mount --bind /bin/false "$EGRESS-tls"
	box tls ./first /run/agentbox/ca.pem
	umount "$EGRESS-tls"
	is "without an authority nobody takes an empty file for it" "$status:$out" "125:"
	has "and it is said why" "$err" "hear of the task's certificate authority"
fi

profile none '[egress]' 'allow = good.test'
box none sh -c 'ls /run/agentbox; env | grep /run/agentbox'
is "a task without such rules has none" "$out" ""
traces "$HOME" /etc/ssl/certs /usr/local/share >"$scratch/before"
box tls true
traces "$HOME" /etc/ssl/certs /usr/local/share >"$scratch/after"
is "it leaves no trace" "$(diff <(grep -v '/\.local ' "$scratch/before") \
	<(grep -v '/\.local ' "$scratch/after"))" ""
SSL_CERT_FILE=$scratch/nothing box tls true
has "a bundle that is not there is said to be missing" "$status $err" "125 agentbox: SSL_CERT_FILE"
finish
