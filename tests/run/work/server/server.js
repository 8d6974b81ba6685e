// SPDX-License-Identifier: Apache-2.0
// server.js PORT [HOST]: serves page.html, echoes what is posted, and watches the page as dev servers do.
const fs = require('fs');
let reloads = 0;

fs.watch('page.html', () => reloads++);
require('http').createServer((request, answer) => {
	if (request.url === '/reloads') answer.end(String(reloads > 0));
	else if (request.method === 'POST') request.pipe(answer);
	else fs.createReadStream('page.html').pipe(answer);
}).listen(+process.argv[2], process.argv[3], () => fs.writeFileSync('up', ''));
