// Run before the other npm scripts, so that a fresh clone needs no further step. Uses nothing but Node itself.
// Checks the Node version, and runs `npm ci` when what is installed is not what package-lock.json says.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`understudy needs Node.js 20.19 or newer (24 is recommended); this is ${process.versions.node}.`);
  process.exit(1);
}

if (!installed()) {
  console.error('Installing the dependencies that package-lock.json names (npm ci) ...');
  const npm = process.env.npm_execpath;
  const run =
    npm !== undefined && npm.endsWith('npm-cli.js')
      ? spawnSync(process.execPath, [npm, 'ci'], { cwd: root, stdio: 'inherit' })
      : spawnSync('npm', ['ci'], { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (run.status !== 0) {
    console.error(`npm ci failed${run.error === undefined ? '' : `: ${run.error.message}`}.`);
    process.exit(run.status ?? 1);
  }
}

/**
 * Whether node_modules holds what the lock names. Compares contents, not dates: a fresh checkout dates every file today.
 * Optional packages may be absent, because they are the binaries of other platforms.
 */
function installed() {
  const record = `${root}node_modules/.package-lock.json`;
  if (!existsSync(record)) return false;
  const wanted = packagesOf(`${root}package-lock.json`);
  const present = packagesOf(record);
  return (
    Object.entries(wanted).every(([path, entry]) =>
      path in present ? present[path].version === entry.version : path === '' || entry.optional || entry.devOptional,
    ) && Object.keys(present).every((path) => path in wanted)
  );
}

function packagesOf(lock) {
  return JSON.parse(readFileSync(lock, 'utf8')).packages;
}
