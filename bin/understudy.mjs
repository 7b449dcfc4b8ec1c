#!/usr/bin/env node
// The command. It runs the build in an installed package, and in a checkout where the build is fresh (`npm run build`),
// which starts in half the time; else the sources. It runs them in this very process: a kill of its pid kills the node,
// not a parent of it.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isFresh } from './build-state.mjs';

const sources = new URL('../src/cli/main.ts', import.meta.url);
const built = new URL('../dist/cli/main.js', import.meta.url);

// A node that is told to stop while it is still loading or joining has begun nothing that must be ended: it stops in good
// order (src/cli/node/run.ts takes over). Other commands die of the signal as usual.
if (['server', 'frontend'].includes(process.argv[2])) {
  process.on('SIGINT', endBeforeTheStart);
  process.on('SIGTERM', endBeforeTheStart);
}

if (!existsSync(sources) || isFresh(folder('../'), folder('../dist/'))) {
  await import(built.href);
} else {
  const { register } = await import('tsx/esm/api').catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.error('The dependencies are not installed: run `npm ci` in the checkout first.');
    process.exit(1);
  });
  register();
  await import(sources.href);
}

function endBeforeTheStart() {
  process.exit(0);
}

function folder(path) {
  return fileURLToPath(new URL(path, import.meta.url));
}
