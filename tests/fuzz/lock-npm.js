// SPDX-License-Identifier: Apache-2.0
//
// Reads package-lock.json as npm does: the file that is named has an array of texts in JSON, stdout gets
// an array with, for each, the [name, version] of what it installs, or null. Without npm's own reader it is empty.
'use strict';
const fs = require('fs');
const os = require('os');
const path = require('path');

function arborist() {
  for (const root of ['/usr/share/nodejs', '/usr/share/npm/node_modules', '/usr/lib/node_modules/npm/node_modules',
    path.join(path.dirname(process.execPath), '../lib/node_modules/npm/node_modules')]) {
    try {
      return require(path.join(root, '@npmcli/arborist'));
    } catch (e) {
      // it is not there
    }
  }
  return null;
}

async function read(Arborist, top, text) {
  fs.writeFileSync(path.join(top, 'package-lock.json'), text);
  try {
    const tree = await new Arborist({ path: top }).loadVirtual();
    return [...tree.inventory.values()].filter((node) => !node.isProjectRoot && node.location.includes('node_modules/'))
      .map((node) => [node.packageName, node.package.version || '']);
  } catch (e) {
    return null;
  }
}

async function main() {
  const Arborist = arborist(), texts = JSON.parse(fs.readFileSync(process.argv[2], 'utf8')), found = [];
  const top = fs.mkdtempSync(path.join(os.tmpdir(), 'lock-npm.'));
  if (Arborist) {
    for (const text of texts) {
      found.push(await read(Arborist, top, text));
    }
  }
  fs.rmSync(top, { recursive: true });
  console.log(JSON.stringify(found));
}

main();
