import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { parse } from 'yaml';

/** Scenarios come into the page as data, with `?name` their names alone: it needs no YAML to begin. */
const yaml: Plugin = {
  name: 'yaml',
  transform(text, id) {
    const [file = '', query] = id.split('?');
    if (!file.endsWith('.yaml')) return undefined;
    const plan: unknown = parse(text);
    const asked = query === 'name' && typeof plan === 'object' && plan !== null && 'name' in plan ? plan.name : plan;
    return { code: `export default ${JSON.stringify(asked)}`, map: null };
  },
};

const source = fileURLToPath(new URL('../src/playground/', import.meta.url));

/** Builds the playground: static files that fetch nothing from elsewhere, and may lie in any folder of a site. */
export default defineConfig({
  root: source,
  base: './',
  logLevel: 'error',
  plugins: [yaml],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    emptyOutDir: true,
    // Polyfills and warnings for other browsers than those that have module workers.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
});
