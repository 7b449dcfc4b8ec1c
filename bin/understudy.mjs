#!/usr/bin/env node
// The command. In an installed package it runs what was built, and in a checkout too where that is what the sources say now
// (`npm run build`), which starts in half the time; else it runs the sources. Always in this very process: whoever kills it kills
// the node and not a parent of it.
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
