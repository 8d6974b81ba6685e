// SPDX-License-Identifier: Apache-2.0
//
// Compares wire/http with node's llhttp over thousands of hostile messages:
//
//   node http-differential.js DRIVER [FILE]...     DRIVER is built from http-driver.c
//
// What we accept, llhttp must accept as the same messages: method, target, host, status, body, and
// no message more. What we send on for one, llhttp must read as just that one. Where we refuse what
// llhttp takes, the reason must be in `stricter`: each is a decision, none an accident.

'use strict';
const { spawnSync } = require('child_process');
const { Duplex } = require('stream');
const fs = require('fs');
const http = require('http');
const messages = require('./http-messages.js');

// Our reason for refusing what llhttp accepts.
const stricter = new Map([
  ['body', 'extensions of chunks, and their number of digits'],
  ['folded line', 'obsolete'],
  ['field that some take for another one', 'Transfer_Encoding, Content_Length'],
  ['field twice that may be there once', 'Host, Expect, Upgrade'],
  ['Content-Length that is no number', 'a tab before it'],
  ['Transfer-Encoding other than chunked', 'codings before chunked'],
  ['Transfer-Encoding in HTTP/1.0', 'unknown there'],
  ['version of HTTP other than 1.1 and 1.0', 'HTTP/0.9 and 2.0'],
  ['no method of HTTP', 'methods of UPnP and of caches; empty lines before a request'],
  ['HTTP/2 without negotiation', 'its preface'],
  ['no request line of HTTP/1', 'two spaces in a row'],
  ['line that ends with a bare LF', 'llhttp takes it after a request line of HTTP/0.9'],
  ['no Host', 'HTTP/1.0 without it'],
  ['Host that is no host', 'names and canonical literals only'],
  ['Host other than that of the target', 'llhttp does not look'],
  ['target whose host is no host', 'names and canonical literals only'],
  ['target that is no path and no URL', 'other schemes'],
  ['CONNECT to what is no host and port', 'names and canonical literals only'],
  ['asterisk for another method than OPTIONS', 'llhttp does not look'],
  ['OPTIONS without a path', 'would mean an asterisk'],
  ['character that no path has', 'bytes that have to be encoded'],
  ['control character in the path', 'encoded ones'],
  ['dot segment in the path', 'llhttp does not look'],
  ['path encoded twice', 'llhttp does not look'],
  ['character that no query has', 'bytes above ASCII'],
  ['Expect other than 100-continue', 'node answers 417 as well'],
  ['body of a request that has none', 'CONNECT and TRACE'],
  ['no answer of HTTP/1', 'empty lines before it'],
  ['no status line of HTTP/1', 'control characters in the phrase, a status of no class'],
  ['body of an answer that has none', '1xx and 204'],
]);

const hex = (text) => Buffer.from(text, 'hex');
const latin1 = (text) => hex(text).toString('latin1');

// A connection over which @bytes come, and then the end.
function connection(bytes) {
  const stream = new Duplex({
    read() {},
    write(chunk, encoding, done) { done(); },
  });
  stream.on('error', () => {});
  stream.push(bytes);
  stream.push(null);
  return stream;
}

// All that node does with the bytes is done after a few turns of its loop.
async function settled(stream, seen) {
  for (let i = 0; i < 4; i++) await new Promise(setImmediate);
  stream.destroy();
  return seen;
}

function note(seen, message, properties) {
  const one = { ...properties, body: [], complete: false };
  seen.messages.push(one);
  message.on('data', (data) => one.body.push(data));
  message.on('end', () => { one.complete = message.complete; });
  message.on('error', () => {});
  return one;
}

function makeServer() {
  const server = http.createServer({ insecureHTTPParser: false, maxHeaderSize: 65536 });
  const noteRequest = (req) =>
    note(req.socket.seen, req, { method: req.method, url: req.url, host: req.headers.host });
  const answer = (req, res) => { noteRequest(req); req.on('end', () => res.end()); };
  for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, answer);
  server.on('connect', (req) => { noteRequest(req).complete = true; });
  server.on('clientError', (error, socket) => { socket.seen.error = error.code; });
  return server;
}

const server = makeServer();

function readRequests(bytes) {
  const stream = connection(bytes);
  stream.seen = { messages: [], error: null };
  server.emit('connection', stream);
  return settled(stream, stream.seen);
}

function readResponse(bytes) {
  const stream = connection(bytes);
  const seen = { messages: [], error: null };
  const agent = new http.Agent();
  agent.createConnection = () => stream;
  const req = http.request({ host: '127.0.0.1', agent, insecureHTTPParser: false });
  const noteResponse = (res) => note(seen, res, { status: res.statusCode });
  req.on('response', noteResponse);
  req.on('upgrade', (res) => { noteResponse(res).complete = true; });
  req.on('error', (error) => { seen.error = error.code; });
  req.end();
  return settled(stream, seen);
}

function canonicalHost(host) {
  return new URL(`http://${host.replace(/\.(?=$|:\d+$)/, '')}/`).host;
}

// The canonical form, as url.h describes it, of a target that node read.
function canonicalTarget(url) {
  const [, path, query] = /^(?:https?:\/\/[^/?]*)?([^?]*)(.*)$/i.exec(url);
  const canonical = (path || '/')
    .replace(/%([0-9a-f]{2})/gi, (all, code) => {
      const c = String.fromCharCode(parseInt(code, 16));
      return /[A-Za-z0-9._~-]/.test(c) ? c : all.toUpperCase();
    })
    .replace(/[[\]^{|}]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase())
    .replace(/\/+/g, '/');
  return canonical + query;
}

function startDiffers(ours, theirs) {
  if (ours.status) return ours.status === theirs.status ? null : 'status';
  if (latin1(ours.method) !== theirs.method) return 'method';
  const connect = theirs.method === 'CONNECT';
  const host = canonicalHost(connect ? theirs.url : theirs.host);
  if (canonicalHost(latin1(ours.host)) !== host) return 'host';
  const target = latin1(ours.path) + latin1(ours.query);
  return connect || target === canonicalTarget(theirs.url) ? null : 'target';
}

// Says how a message of ours differs from node's, or nothing.
function differs(ours, theirs) {
  if (!theirs) return 'a message that llhttp does not see';
  const how = startDiffers(ours, theirs);
  if (how) return how;
  if (ours.complete !== theirs.complete) return 'end of the body';
  return !ours.complete || hex(ours.body).equals(Buffer.concat(theirs.body)) ? null : 'body';
}

const complete = (list) => list.filter((one) => one.complete).length;

// We refused it at some point: did llhttp, without having accepted more until then?
function refused(ours, theirs, counts) {
  const both = theirs.error && !/EOF|ECONNRESET/.test(theirs.error) &&
    complete(theirs.messages) <= complete(ours.messages);
  counts[both ? 'refused' : 'stricter']++;
  if (!both) counts.reasons.set(ours.reason, (counts.reasons.get(ours.reason) || 0) + 1);
  return both || stricter.has(ours.reason) ? null : `refused by us alone: ${ours.reason}`;
}

function compare(ours, theirs, counts) {
  for (const [i, message] of ours.messages.entries()) {
    if (ours.end === 'bad' && !message.complete) break;
    const how = differs(message, theirs.messages[i]);
    if (how) return how;
  }
  if (ours.end === 'bad') return refused(ours, theirs, counts);
  counts[complete(ours.messages) ? 'accepted' : 'incomplete']++;
  if (ours.end === 'last') return null;
  if (complete(ours.messages) !== complete(theirs.messages)) return 'number of messages';
  return ours.end === 'all' && theirs.error ? `refused by llhttp alone: ${theirs.error}` : null;
}

// What the driver makes of each message.
function drive(driver, kind, inputs) {
  const frames = inputs.flatMap((bytes) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return [length, bytes];
  });
  const run = spawnSync(driver, [kind], { input: Buffer.concat(frames), maxBuffer: 1 << 30 });
  const lines = run.stdout.toString('latin1').split('\n').slice(0, -1);
  if (run.status !== 0 || lines.length !== inputs.length)
    throw new Error(`driver: status ${run.status}, ${lines.length} of ${inputs.length} messages`);
  return lines.map((line) => JSON.parse(line));
}

async function check(driver, kind, read, inputs) {
  const counts = { accepted: 0, incomplete: 0, refused: 0, stricter: 0, sent: 0 };
  counts.reasons = new Map();
  let found = 0;
  const report = (what, bytes) => {
    if (what && found++ < 20) console.log(`# ${what}: ${JSON.stringify(bytes.toString('latin1'))}`);
  };

  const all = drive(driver, kind, inputs);
  for (const [i, ours] of all.entries()) {
    report(compare(ours, await read(inputs[i]), counts), inputs[i]);
    for (const message of ours.messages.filter((one) => one.sent)) {
      const again = await read(hex(message.sent));
      const how = differs(message, again.messages[0]) || again.error;
      counts.sent++;
      report(how && `sent on: ${how}`, hex(message.sent));
      if (again.messages.length > 1) report('sent on: more than one', hex(message.sent));
    }
  }
  console.log(`# ${inputs.length} ${kind}: accepted ${counts.accepted}, incomplete ` +
    `${counts.incomplete}, refused by both ${counts.refused}, by us alone ${counts.stricter}; ` +
    `${counts.sent} sent on`);
  for (const [reason, n] of [...counts.reasons].sort((a, b) => b[1] - a[1]))
    console.log(`#   ${n} ${reason}`);
  return found === 0 && counts.accepted > 500 && counts.refused > 500;
}

async function main([driver, ...files]) {
  const corpus = files.map((file) => fs.readFileSync(file));
  const rounds = [
    ['requests', readRequests, [...corpus, ...messages.requests()]],
    ['responses', readResponse, [...corpus, ...messages.responses()]],
  ];
  let failed = 0;

  console.log(`1..${rounds.length}`);
  for (const [i, [kind, read, inputs]] of rounds.entries()) {
    const ok = await check(driver, kind, read, inputs);
    failed += !ok;
    console.log(`${ok ? 'ok' : 'not ok'} ${i + 1} - the same ${kind} as llhttp`);
  }
  process.exit(failed ? 1 : 0);
}

main(process.argv.slice(2));
