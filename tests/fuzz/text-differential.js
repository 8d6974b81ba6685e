// SPDX-License-Identifier: Apache-2.0
//
// Compares wire/json, wire/rfc3339 and eco/semver with what node and npm have, over thousands of
// texts that are almost right:
//
//   node text-differential.js DRIVER       built from text-driver.c

'use strict';
const { execFileSync, spawnSync } = require('child_process');
const path = require('path');

const driver = process.argv[2];
let number = 0;

// Numbers that are the same in each run.
let state = 1;
const random = (n) => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return (state >>> 8) % n;
};
const pick = (list) => list[random(list.length)];

// One to three small edits of one of the seeds.
function mutants(seeds, alphabet, count) {
  const out = [...seeds];
  while (out.length < count) {
    let text = [...pick(seeds)];
    for (let edits = 1 + random(3); edits > 0; edits--) {
      const at = random(text.length + 1);
      text.splice(at, random(2), ...(random(4) ? [pick(alphabet)] : []));
      if (random(8) === 0)
        text = text.concat([...pick(seeds)]);
    }
    out.push(text.join(''));
  }
  return out;
}

function ask(module, rows) {
  const input = rows.map((row) => row.map((text) => Buffer.from(text).toString('hex')).join(' '));
  const run = spawnSync(driver, [module], { input: input.join('\n') + '\n', maxBuffer: 1 << 28 });
  const lines = run.stdout.toString().split('\n').slice(0, -1);
  if (run.status !== 0 || lines.length !== rows.length)
    throw new Error(`the driver gave ${lines.length} answers to ${rows.length} questions`);
  return lines;
}

function compare(module, rows, theirs) {
  const ours = ask(module, rows);
  const accepted = ours.filter((line) => line !== 'bad').length;
  const wrong = rows.findIndex((row, i) => ours[i] !== theirs(...row));
  const named = `${module}: ${rows.length} texts, ${accepted} of them accepted`;
  number++;
  if (wrong < 0 && accepted > 100)
    return console.log(`ok ${number} - ${named}`);
  console.log(`not ok ${number} - ${named}`);
  if (wrong >= 0)
    console.log(`# ${JSON.stringify(rows[wrong])}: ${ours[wrong]}, not ${theirs(...rows[wrong])}`);
}

function json(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return 'bad';
  }
  if (typeof value !== 'string')
    return 'good -';
  return 'good ' + (value.isWellFormed?.() ?? !/\p{Surrogate}/u.test(value) ?
    Buffer.from(value).toString('hex') : 'none');
}

compare('json', mutants([
  'null', 'true', 'false', '0', '-1.5e+10', '"a\\u00e9\\n\\ud83d\\ude00☃"', '"\\\\\\"\\/"', '[]', '{}',
  '[1,[2,{"a":null}],"x"]', '{"a":{"b":[1,2,3]},"c":"d"}', ' {\t"a" :\r\n1 , "b":[ ] } ',
], [...'{}[]:,"\\ \n\t0123456789eE+-.aunltrfs/☃\u0000\u001f\u007f\u00a0'], 20000).map((t) => [t]), json);

// ISO 8601 is more than RFC 3339, and node's reader has no leap seconds.
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;

function time(text) {
  const leap = /:60(\.\d+)?(Z|[+-])/i;
  const at = rfc3339.test(text) ? Date.parse(text.toUpperCase().replace(leap, ':59$1$2')) : NaN;
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)/.exec(text) ?? [];
  if (Number.isNaN(at) || /T24/i.test(text) || Number(text.slice(-5, -3)) > 23 && !/z$/i.test(text))
    return 'bad';
  if (Number(day) > new Date(Date.UTC(2000 + year % 400, month, 0)).getUTCDate())
    return 'bad';
  if (leap.test(text))
    return Math.floor(at / 1000 + 1) % 86400 ? 'bad' : String(at + 1000);
  return String(at);
}

compare('rfc3339', mutants([
  '2015-03-24T00:12:24.039Z', '2024-12-13T09:07:24.887000+00:00', '2024-02-29T23:59:59-08:00',
  '2016-12-31T23:59:60Z', '1969-12-31t23:59:59.1z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z',
], [...'0123456789:-+.TZtz '], 20000).map((t) => [t]), time);

// npm has it inside; Debian has it beside.
function find(name) {
  const npm = (command) => {
    try {
      return execFileSync('npm', command, { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
    } catch {
      return '/nonexistent';
    }
  };
  const roots = ['/usr/share/nodejs', path.join(npm(['root', '-g']), 'npm/node_modules')];
  for (const root of roots) {
    try {
      return require(path.join(root, name));
    } catch {
      continue;
    }
  }
  return null;
}

const semver = find('semver');
if (semver) {
  const parse = (text) => (/^\s*[v=]|^\s|\s$/.test(text) ? null : semver.parse(text));
  const versions = mutants([
    '1.2.3', '0.0.0', '1.0.0-alpha.1', '1.0.0-rc.1+build.5', '2.0.0-0', '10.20.30-a-b.0x1',
    '9007199254740991.0.0', '1.0.0-1.2.10', '1.0.0+001', '1.0.0-alpha.beta',
  ], [...'0123456789.-+aAzx _v'], 20000);
  compare('semver', versions.map((text) => [text, pick(versions.slice(0, 400))]), (a, b) => {
    const [x, y] = [parse(a), parse(b)];
    return x && y ? String(semver.compare(x, y)) : 'bad';
  });
} else {
  number++;
  console.log(`ok ${number} - semver # SKIP no npm with it`);
}
console.log(`1..${number}`);
