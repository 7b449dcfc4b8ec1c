// Builds `dist`, and records its sources, so that the command knows whether it is fresh. `--if-stale`: only if it is
// not.
import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isFresh } from '../bin/build-state.mjs';
import { buildAnew } from './build-anew.mjs';

const checkout = fileURLToPath(new URL('../', import.meta.url));
const compiler = join(checkout, 'node_modules/typescript/bin/tsc');
const bundler = join(checkout, 'node_modules/vite/bin/vite.js');
const services = join(checkout, 'src/apps');

if (process.argv.includes('--if-stale') && isFresh(checkout, join(checkout, 'dist'))) process.exit();

const succeeded = buildAnew(checkout, (folder) => {
  const options = ['-p', join(checkout, 'tsconfig.build.json'), '--outDir', folder];
  if (spawnSync(process.execPath, [compiler, ...options], { stdio: 'inherit' }).status !== 0) return false;
  // Files that a service reads beside its code, such as its initial content.
  const files = readdirSync(services, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.txt'));
  for (const file of files) copyFileSync(join(services, file), join(folder, 'apps', file));
  const site = [
    'build',
    '--config',
    join(checkout, 'scripts/playground.config.ts'),
    '--outDir',
    join(folder, 'playground'),
  ];
  return spawnSync(process.execPath, [bundler, ...site], { stdio: 'inherit' }).status === 0;
});
process.exitCode = succeeded ? 0 : 1;
