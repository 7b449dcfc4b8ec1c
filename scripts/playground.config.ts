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

/**
 * Zod without what makes JSON Schemas, a tenth of the page: every schema has a method for it, and nothing here calls one.
 * A call is an error.
 */
const noJsonSchemas: Plugin = {
  name: 'no-json-schemas',
  transform(text, id) {
    if (!/[\\/]zod[\\/]v4[\\/]core[\\/](json-schema-processors|to-json-schema)\.js$/.test(id)) return undefined;
    const names = [...text.matchAll(/^export (?:const|function) (\w+)/gm)].map(([, name = '']) => name);
    const stubs = names.map((name) =>
      name.startsWith('create')
        ? `export const ${name} = () => () => { throw new Error('the page makes no JSON Schemas'); };`
        : `export const ${name} = undefined;`,
    );
    if (names.includes('processSchema')) stubs.push('export { processSchema as process };');
    return { code: stubs.join('\n'), map: null };
  },
};

/** Workers read what a planted bug is called and where it is, and not what it does in words: those are in the page. */
const noBugTitles: Plugin = {
  name: 'no-bug-titles',
  enforce: 'pre',
  transform(text, id) {
    if (!/[\\/]protocol[\\/]model[\\/]mutants\.ts$/.test(id)) return undefined;
    const title = /(?<=\b(?:bug|harmless)\(\s*'\w+',\s*'\w+',\s*)(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")/g;
    return { code: text.replaceAll(title, "''"), map: null };
  },
};

/** What is loaded at first is one file, which packs better than many. */
const oneFile = { output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial' as const] }] } } };

const source = fileURLToPath(new URL('../src/playground/', import.meta.url));

/** Builds the playground: static files that fetch nothing from elsewhere, and may lie in any folder of a site. */
export default defineConfig({
  root: source,
  base: './',
  logLevel: 'error',
  plugins: [yaml, noJsonSchemas],
  worker: { format: 'es', plugins: () => [noJsonSchemas, noBugTitles], rolldownOptions: oneFile },
  build: {
    target: 'es2022',
    rolldownOptions: oneFile,
    emptyOutDir: true,
    // Polyfills and warnings for other browsers than those that have module workers.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
});
