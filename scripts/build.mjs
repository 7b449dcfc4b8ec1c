// Builds `dist`, and notes from what, so that the command knows whether it is still good.
import { spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildAnew } from './build-anew.mjs';

const checkout = fileURLToPath(new URL('../', import.meta.url));
const compiler = join(checkout, 'node_modules/typescript/bin/tsc');
const catalogue = 'apps/bazaar/catalog.txt';

const succeeded = buildAnew(checkout, (folder) => {
  const options = ['-p', join(checkout, 'tsconfig.build.json'), '--outDir', folder];
  if (spawnSync(process.execPath, [compiler, ...options], { stdio: 'inherit' }).status !== 0) return false;
  copyFileSync(join(checkout, 'src', catalogue), join(folder, catalogue));
  return true;
});
process.exitCode = succeeded ? 0 : 1;
