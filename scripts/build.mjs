// Builds `dist`, and notes from what, so that the command knows whether it is still good. `--if-stale`: only where it is not.
import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isFresh } from '../bin/build-state.mjs';
import { buildAnew } from './build-anew.mjs';

const checkout = fileURLToPath(new URL('../', import.meta.url));
const compiler = join(checkout, 'node_modules/typescript/bin/tsc');
const services = join(checkout, 'src/apps');

if (process.argv.includes('--if-stale') && isFresh(checkout, join(checkout, 'dist'))) process.exit();

const succeeded = buildAnew(checkout, (folder) => {
  const options = ['-p', join(checkout, 'tsconfig.build.json'), '--outDir', folder];
  if (spawnSync(process.execPath, [compiler, ...options], { stdio: 'inherit' }).status !== 0) return false;
  // What a service reads beside its code, such as what a cluster of it begins with.
  const files = readdirSync(services, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.txt'));
  for (const file of files) copyFileSync(join(services, file), join(folder, 'apps', file));
  return true;
});
process.exitCode = succeeded ? 0 : 1;
