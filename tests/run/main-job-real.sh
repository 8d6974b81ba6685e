#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The same against the npm registry of this machine, with the shipped profile.

. "$(dirname "$0")/lib.sh"
host "$0" "$@"

find_registry
profile=node
if [ -n "$special" ]; then
	echo "# the registry's address is not public here: the profile of this test names it"
	profile here "[profile]" "extends = node" "[egress]" "$special"
	profile=here
fi

workspace
cat >package.json <<-END
	{ "name": "project", "version": "1.0.0", "license": "Apache-2.0",
	  "dependencies": { "express": "^4.21.2" }, "scripts": { "test": "node test.js" } }
END
cat >test.js <<-END
	const server = require('express')().get('/', (_, res) => res.send('works')).listen(0, async () => {
		console.log('project', await (await fetch('http://127.0.0.1:' + server.address().port)).text());
		server.close();
	});
END

# Machines with a CA of their own have it in the distribution's bundle, which node does not read.
run "$AGENTBOX" exec -p "$profile" -e NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt -- \
	npm install --no-audit --no-fund
is "npm install passes" "$status" 0
[ "$status" = 0 ] || note "$err"
ok "express is there" test -s node_modules/express/index.js
ok "the packages came from the registry, and the log has them" \
	event ".event == \"package.fetch\" and .host == \"${registry#https://}\" and (.package | startswith(\"pkg:npm/express@4\"))"
box "$profile" npm test
is "npm test passes" "$status" 0
has "and ran the project" "$out" "project works"
is "HOME has the workspace and agentbox's own directories, nothing else" \
	"$(find "$HOME" -mindepth 1 -maxdepth 1 ! -name .config ! -name .local ! -name work)" ""
finish
