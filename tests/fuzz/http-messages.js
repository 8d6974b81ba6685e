// SPDX-License-Identifier: Apache-2.0
//
// A few thousand hostile messages for http-differential.js: the same ones on every run.

'use strict';

// A linear congruential generator.
let state = 20240229;
const random = (n) => {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
  return Math.floor((state / 0x80000000) * n);
};
const pick = (list) => list[random(list.length)];
// The first one is the harmless one, and comes most of the time.
const mostly = (list) => (random(4) ? list[0] : pick(list));

const parts = {
  start: [
    '', '\r\n', '\n', '\r', ' ', '\t', '\0', '\r\n\r\n', 'GET / HTTP/1.1',
  ],
  method: [
    'GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'CONNECT', 'REPORT', 'get',
    'GET ', 'G\0T', 'FOO', 'M-SEARCH', 'PURGE', 'PRI', '',
  ],
  target: [
    '/', '/a/b?c=d', '*', '//evil.test/', '/%61%2F%2f', '/../x', '/a/%2e%2e/b', '/a b', '/\t',
    '/a\0b', '/\u00e9', '/a#b', '/[x]|^{y}', '/\\', '/?a b', '/?\u00ff', 'http://example.test/a',
    'http://EXAMPLE.test:80/a?b', 'http://evil.test/', 'https://example.test/',
    'ftp://example.test/', 'http://u@example.test/', 'http://example.test:99999/',
    'http://example.test', 'example.test:443', '[2001:db8::1]:443', 'example.test', '/%', '/%zz',
    '/%00', '/%0d%0aX: y', '', '?', 'a', '/a%252e%252e/', '/..;/', 'http:example.test',
    'http://example.test?q', '/' + 'a'.repeat(300),
  ],
  version: [
    ' HTTP/1.1', ' HTTP/1.0', ' HTTP/2.0', ' HTTP/0.9', ' HTTP/1.2', ' HTTP/1.10', ' http/1.1',
    ' HTTP/01.1', ' HTTP/1.1 ', '  HTTP/1.1', '\tHTTP/1.1', ' HTTP/1,1', ' HTTP/11', ' HTTPS/1.1',
    ' RTSP/1.0', ' ICE/1.0', '', ' ', ' HTTP/1.1\0', ' HTTP/+1.1',
  ],
  end: [
    '\r\n', '\n', '\r', '\r\r\n', '\n\r', '\r\n ', '\r\n\t', '\0\r\n', ' \r\n', '\x0b\r\n', '\x85',
  ],
  host: [
    'Host: example.test', 'Host: EXAMPLE.test.', 'Host:example.test', 'Host: example.test:80',
    'Host: evil.test', 'Host: example.test, evil.test', 'Host:', 'Host: a@b.test',
    'Host: [2001:db8::1]', 'Host: example.test/', 'Host : example.test', 'Host\t: example.test',
    ' Host: example.test', 'host: example.test', 'Host: example.test\r\nHost: evil.test',
    'Host: 127.1', 'Host: \u00e9.test', 'Host: exa\0mple.test', 'X: y', 'Host: example.test:80:80',
    'Host: example.test:', 'Host;: x',
  ],
  length: [
    'Content-Length: 5', 'Content-Length: 0', 'Content-Length: 6', 'Content-Length:5',
    'Content-Length: +5', 'Content-Length: -5', 'Content-Length: 5,5', 'Content-Length: 5, 6',
    'Content-Length: 5 ', 'Content-Length: \t5', 'Content-Length: 0x5', 'Content-Length: 05',
    'Content-Length: 5\r\nContent-Length: 5', 'Content-Length: 5\r\nContent-Length: 6',
    'Content-Length: 5\r\nTransfer-Encoding: chunked', 'Content-Length:', 'Content-Length: 5 5',
    'Content-Length: 18446744073709551621', 'Content-Length: 9223372036854775808',
    'Content_Length: 5', 'Content-Length : 5', 'Content-Length\0: 5', 'Content-Length: 5\x0b',
    'Content-Length: \u00b25', 'content-length: 5', 'Content-Length: 5\r\n 6',
    'Content-Length: 5e0', 'Content-Length: 5.0',
  ],
  coding: [
    'Transfer-Encoding: chunked', 'transfer-encoding: CHUNKED', 'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: chunked, gzip', 'Transfer-Encoding: xchunked',
    'Transfer-Encoding: chunkedx', 'Transfer-Encoding: chunked, chunked',
    'Transfer-Encoding: identity', 'Transfer-Encoding:chunked', 'Transfer-Encoding : chunked',
    'Transfer-Encoding: \x0bchunked', 'Transfer-Encoding: "chunked"',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', 'Transfer-Encoding: chunked;x=y',
    'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked', 'Transfer-Encoding:\r\n chunked',
    'Transfer-Encoding: chunked\r\nContent-Length: 5', 'Transfer-Encoding\r\n: chunked',
    'Transfer-Encoding: ,chunked', 'Transfer-Encoding: chunked,', 'Transfer-Encoding: ',
    'TE: chunked', 'Transfer-Encoding:  chunked  ', 'Transfer-Encoding: \tchunked',
    'Transfer_Encoding: chunked',
  ],
  field: [
    '', 'A: b', 'A:', 'A: b\tc', 'A: \u00e9', 'A: b\r\n c', 'A : b', ': b', 'A', 'A\0: b', 'A: \0',
    'A: b\rC: d', 'A: b\nC: d', 'A: \x01', 'A: \x7f', '\u00e9: b', 'A(: b', 'Connection: close',
    'Connection: keep-alive', 'Connection: keep-alive, close',
    'Connection: upgrade\r\nUpgrade: websocket', 'Connection: upgrade\r\nUpgrade: h2c',
    'Upgrade: websocket', 'Connection: upgrade', 'Expect: 100-continue', 'Expect: 200-ok',
    'Proxy-Connection: close', 'Connection: Host', 'Trailer: X', 'A: ' + 'b'.repeat(200),
    'Connection: close\r\nConnection: keep-alive', 'Connection: close;x', 'Connection: "close"',
  ],
  chunks: [
    '5\r\nhello\r\n0\r\n\r\n', '0\r\n\r\n', '5\r\nhello\r\n', '05\r\nhello\r\n00\r\n\r\n',
    '5;x=y\r\nhello\r\n0\r\n\r\n', '5 \r\nhello\r\n0\r\n\r\n', ' 5\r\nhello\r\n0\r\n\r\n',
    '0x5\r\nhello\r\n0\r\n\r\n', '5\nhello\n0\n\n', '5\rhello\r\n0\r\n\r\n', '5\r\nhello0\r\n\r\n',
    '5\r\nhelloXX0\r\n\r\n', '6\r\nhello\r\n0\r\n\r\n', '-5\r\nhello\r\n0\r\n\r\n',
    '+5\r\nhello\r\n0\r\n\r\n', '5\r\nhello\r\n0\r\nA: b\r\n\r\n',
    '5\r\nhello\r\n0\r\nA : b\r\n\r\n', '5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n',
    '5\r\nhello\r\n0\r\n\n', '10000000000000005\r\nhello\r\n0\r\n\r\n', 'ffffffffffffffff\r\nhello',
    '5\r\nhello\r\n0\r\nGET / HTTP/1.1\r\n\r\n', 'g\r\n', '\r\n', '5;\nxx\r\nhello\r\n0\r\n\r\n',
    '5\r\nhello\n0\r\n\r\n', '5\r\nhello\r0\r\n\r\n', 'A\r\n0123456789\r\n0\r\n\r\n',
    '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n', '0\r\n', '0', '5\r\nhel',
    '000000000000000000005\r\nhello\r\n0\r\n\r\n',
  ],
  status: [
    'HTTP/1.1 200 OK', 'HTTP/1.0 200 OK', 'HTTP/1.1 200', 'HTTP/1.1 200 ',
    'HTTP/1.1 204 No Content', 'HTTP/1.1 304 Not Modified', 'HTTP/1.1 100 Continue',
    'HTTP/1.1 103 Early Hints', 'HTTP/1.1 101 Switching', 'HTTP/1.1 404 caf\u00e9',
    'HTTP/1.1 500 a\tb', 'HTTP/1.1 099 x', 'HTTP/1.1 600 x', 'HTTP/1.1 2000 x', 'HTTP/1.1 20 x',
    'HTTP/1.1  200 x', 'HTTP/1.1 +20 x', 'HTTP/2 200 OK', 'HTTP/1.2 200 OK', 'HTTP/0.9 200 OK',
    'http/1.1 200 OK', 'HTTP/1.1 200 a\0b', 'HTTP/1.1\t200 OK', 'ICY 200 OK', 'HTTP/1.1 200 a\rb',
    '\r\nHTTP/1.1 200 OK', 'HTTP/1.1 205 Reset', 'GET / HTTP/1.1',
  ],
};

const next = 'GET /next HTTP/1.1\r\nHost: example.test\r\n\r\n';

// Fields after @lines, the empty line, and a body that fits them or does not.
function finish(lines) {
  const framing = random(3);
  if (framing === 1) lines.push(mostly(parts.length));
  if (framing === 2) lines.push(mostly(parts.coding));
  for (let i = random(3); i > 0; i--) {
    const field = pick(parts.field);
    if (field) lines.splice(1 + random(lines.length), 0, field);
  }
  let text = '';
  for (const line of lines) text += line + (random(40) ? '\r\n' : pick(parts.end));
  text += random(25) ? '\r\n' : pick(parts.end);
  if (framing === 1) text += pick(['hello', 'hello', 'hell', 'hello!', '']);
  if (framing === 2) text += mostly(parts.chunks);
  return text;
}

function request() {
  const space = random(30) ? ' ' : pick(['', '  ', '\t', '\r', '\0']);
  const start = random(12) ? '' : pick(parts.start);
  const line = mostly(parts.method) + space + mostly(parts.target) + mostly(parts.version);
  return start + finish([line, mostly(parts.host)]) + (random(3) ? '' : next);
}

function response() {
  const first = random(10) ? '' : 'HTTP/1.1 100 Continue\r\n\r\n';
  return first + finish([mostly(parts.status), 'Server: x']);
}

const bytes = [
  '\0', '\t', '\n', '\r', '\r\n', ' ', ',', ':', ';', '0', '5', 'a', '\x0b', '\x7f', '\x80', '\xff',
];

// Each byte of @text left out, and each of `bytes` before it and in its place.
function* edited(text) {
  for (let i = 0; i <= text.length; i++) {
    yield text.slice(0, i) + text.slice(i + 1);
    for (const byte of bytes) {
      yield text.slice(0, i) + byte + text.slice(i);
      yield text.slice(0, i) + byte + text.slice(i + 1);
    }
  }
}

const chunked = 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n';
const sized = 'Content-Length: 5\r\nA: b\r\n\r\nhello';
const ask = 'POST /a HTTP/1.1\r\nHost: example.test\r\n';
const answer = 'HTTP/1.1 200 OK\r\nServer: x\r\n';

function* requests() {
  yield* edited(ask + chunked + next);
  yield* edited(ask + sized + next);
  for (let i = 0; i < 4000; i++) yield request();
}

function* responses() {
  yield* edited(answer + chunked);
  yield* edited(answer + sized);
  for (let i = 0; i < 2000; i++) yield response();
}

const buffers = (texts) => [...texts].map((text) => Buffer.from(text, 'latin1'));
module.exports = { requests: () => buffers(requests()), responses: () => buffers(responses()) };
