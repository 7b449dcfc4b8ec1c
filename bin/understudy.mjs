#!/usr/bin/env node
// The command. In a checkout it runs the sources, in an installed package what was built from them, always in this very
// process: whoever kills it kills the node and not a parent of it.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const sources = new URL('../src/cli/main.ts', import.meta.url);
const built = new URL('../dist/cli/main.js', import.meta.url);

if (!existsSync(fileURLToPath(sources))) {
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
