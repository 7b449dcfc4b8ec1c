import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { build } from 'vite';
import { serveSite } from '../../../src/cli/playground/serve-site.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly site: string;
    readonly siteFolder: string;
  }
}

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = `${root}node_modules/.cache/understudy/playground`;

/** Builds the playground, and serves it as the command does. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  mkdirSync(folder, { recursive: true });
  // As it is built for a package: in a test vite would make another page.
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production';
  await build({ configFile: `${root}scripts/playground.config.ts`, build: { outDir: folder }, logLevel: 'error' });
  if (before === undefined) delete process.env['NODE_ENV'];
  else process.env['NODE_ENV'] = before;
  const { address, close } = await serveSite(folder, 0);
  project.provide('site', address);
  project.provide('siteFolder', folder);
  return close;
}
