#!/usr/bin/env node
// The command. It runs the build in an installed package, and in a checkout where the build is fresh (`npm run build`),
// which starts in half the time; else the sources. It runs them in this very process: a kill of its pid kills the node,
// not a parent of it.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isFresh } from './build-state.mjs';

const sources = new URL('../src/cli/main.ts', import.meta.url);
const built = new URL('../dist/cli/main.js', import.meta.url);

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

function folder(path) {
  return fileURLToPath(new URL(path, import.meta.url));
}
