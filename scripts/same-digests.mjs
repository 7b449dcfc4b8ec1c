// Compares digests between Node.js versions: runs the same seeds on this version and on another one. A digest covers
// every event and every message.
//
//     node scripts/same-digests.mjs [--node 24] [--seeds 100]
//
// The other version comes from npm, as the package that holds its binary for this platform, into a temporary folder.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const understudy = fileURLToPath(new URL('../bin/understudy.mjs', import.meta.url));
const { values } = parseArgs({
  options: { node: { type: 'string', default: '24' }, seeds: { type: 'string', default: '100' } },
});
const folder = mkdtempSync(join(tmpdir(), 'understudy-node-'));
try {
  const other = installNode(values.node);
  const [here, there] = await Promise.all([digestsOn(process.execPath), digestsOn(other)]);
  const differing = Object.keys(here.seeds).filter((seed) => here.seeds[seed] !== there.seeds[seed]);
  const versions = `Node.js ${process.versions.node} and ${there.version}`;
  if (differing.length > 0 || here.digest !== there.digest) {
    console.error(`${versions} differ, first in seed ${differing[0] ?? '?'}: ${here.digest}, ${there.digest}`);
    process.exitCode = 1;
  } else console.log(`${versions}: seeds 1 to ${values.seeds} have the same digests, together ${here.digest}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The path of a Node.js of that major version. */
function installNode(version) {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const npm = spawnSync(
    'npm',
    ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', `${name}@${version}`],
    { stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' },
  );
  if (npm.status !== 0) throw new Error(`npm could not install ${name}@${version}`);
  return join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

async function digestsOn(node) {
  const args = [understudy, 'sim', 'fuzz', '--seeds', values.seeds, '--jobs', '1', '--json'];
  const [{ stdout: version }, text] = [spawnSync(node, ['-p', 'process.versions.node']), await output(node, args)];
  const seeds = {};
  let digest;
  for (const line of text.trim().split('\n')) {
    const report = JSON.parse(line);
    if (report.seed === undefined) digest = report.digest;
    else seeds[report.seed] = report.digest;
  }
  return { version: String(version).trim(), seeds, digest };
}

function output(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(chunks).toString());
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}`));
    });
  });
}
