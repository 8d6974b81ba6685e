// SPDX-License-Identifier: Apache-2.0
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');
const { execFileSync } = require('node:child_process');

test('a thread adds', (t, done) => {
	const worker = new Worker("require('worker_threads').parentPort.postMessage(1 + 1)", { eval: true });
	worker.on('message', sum => done(sum === 2 ? undefined : new Error(sum)));
});

test('a program answers', () => {
	if (String(execFileSync('echo', [__dirname])) !== __dirname + '\n') throw new Error();
});
