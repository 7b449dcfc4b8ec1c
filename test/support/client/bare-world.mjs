// Runs the client where there is nothing but the language and what every browser has: `bare-world.mjs FOLDER`, of compiled
// files. Prints what came of two requests, and of which packages and globals it has asked for.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';

const [, , folder] = process.argv;
const uuid = dirname(fileURLToPath(import.meta.resolve('uuid/package.json')));
const exported = JSON.parse(readFileSync(join(uuid, 'package.json'), 'utf8')).exports['.'].default;

const asked = [];
const browser = {
  fetch: async (url, init) => {
    asked.push({ url, uuid: init.headers['idempotency-key'] });
    if (asked.length === 1) throw new TypeError('Failed to fetch');
    return new Response('{"data":{"transaction_number":0}}', { headers: { 'understudy-token': 'orders=h:1' } });
  },
  AbortController,
  URL,
  setTimeout,
  clearTimeout,
  performance,
  crypto,
};
const known = new Set(Object.keys(browser));
const missing = new Set();
const world = vm.createContext(browser);
for (const name of ['process', 'Buffer', 'global', 'require', 'setImmediate', 'queueMicrotask', 'structuredClone']) {
  if (known.has(name)) continue;
  Object.defineProperty(world, name, { get: () => void missing.add(name) });
}

const modules = new Map();
const load = (path) => {
  const found = modules.get(path);
  if (found !== undefined) return found;
  const made = new vm.SourceTextModule(readFileSync(path, 'utf8'), { context: world, identifier: path });
  modules.set(path, made);
  return made;
};
const client = load(join(folder, 'client.js'));
await client.link((name, from) => {
  if (name === 'uuid') return load(join(uuid, exported));
  if (!name.startsWith('.')) throw new Error(`${from.identifier} imports ${name}`);
  return load(join(dirname(from.identifier), name));
});
await client.evaluate();

const { createClient, RefusedError } = client.namespace;
const session = createClient({ frontEnds: ['', 'http://b'] });
const answer = await session.post('/orders', { name: 'pear', quantity: 1, type: 'buy' });
const refused = await createClient({
  frontEnds: [''],
  fetch: async () => new Response('{"error":"no"}', { status: 400 }),
})
  .get('/orders/9')
  .catch((error) => (error instanceof RefusedError ? error.message : String(error)));
process.stdout.write(JSON.stringify({ answer, refused, asked, token: session.token(), missing: [...missing] }));
