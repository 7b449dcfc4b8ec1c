import * as z from 'zod';

const profileSchema = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string() }),
      children: z.array(z.number()).optional(),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

/** One function on a stack. */
interface Frame {
  readonly name: string;
  readonly url: string;
}

/** The microseconds of a profile (Chrome's format) by kind of work, idle time left out. */
export function sharesOf(text: string): ReadonlyMap<string, number> {
  return summed(text, (stack) => kindOf(stack));
}

/** The same by function, innermost frames only. */
export function functionsOf(text: string): ReadonlyMap<string, number> {
  return summed(text, ([innermost]) =>
    innermost === undefined || innermost.name === '(idle)'
      ? undefined
      : `${innermost.name || '(anonymous)'} ${innermost.url.replace(/^.*\/(?=src\/|node_modules\/|dist\/)/, '')}`,
  );
}

function summed(text: string, nameOf: (stack: readonly Frame[]) => string | undefined): ReadonlyMap<string, number> {
  const { nodes, samples, timeDeltas } = profileSchema.parse(JSON.parse(text));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const names = new Map(nodes.map(({ id }) => [id, nameOf(stackOf(id))]));
  const sums = new Map<string, number>();
  samples.forEach((id, place) => {
    const name = names.get(id);
    if (name !== undefined) sums.set(name, (sums.get(name) ?? 0) + (timeDeltas[place + 1] ?? 0));
  });
  return sums;

  /** Innermost first. */
  function stackOf(id: number): readonly Frame[] {
    const stack: Frame[] = [];
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const frame = byId.get(at)?.callFrame;
      if (frame !== undefined) stack.push({ name: frame.functionName, url: frame.url });
    }
    return stack;
  }
}

/**
 * Kinds of work, by a function's name or its file; the first match counts. A function without a match counts for its
 * caller.
 */
const KINDS: readonly (readonly [string, RegExp])[] = [
  ['garbage collection', /^\(garbage collector\)/],
  ['names of functions (tsx)', /^__name /],
  ['checks of shapes', /wire\/(decode|shapes)\.[tj]s$|^(decode|checkSnapshot|read) .*wire\/codec\.[tj]s$/],
  ['JSON: parse', /^parseJson |^parse $/],
  ['JSON: write', /wire\/codec\.[tj]s$|^stringify $/],
  ['zod', /\/zod\//],
  ['hashes', /model\/(hash|value-hash)\.[tj]s$|^hashEntry |^digestOf /],
  ['storage', /src\/storage\/|dist\/storage\/|node:fs|node:internal\/fs/],
  ['WebSocket', /\/ws\/|transport-http\/(peers|snapshots)\//],
  ['HTTP', /node:_http|node:internal\/http|transport-http\//],
  [
    'sockets and streams',
    /node:net|node:internal\/(streams?|stream_base)|node:stream|node:events|^(writev|writeUtf8String|writeBuffer|writeLatin1String) /,
  ],
  ['timers and ticks', /node:internal\/(timers|process|async)|node:timers|live\/engine\/wake-timer\.[tj]s$/],
  ['logs and metrics', /\/(pino|prom-client)\/|\/operate\//],
  ['persistent collections', /\/immutable\//],
  ['gossip', /\/gossip\//],
  ['front end', /\/frontend\//],
  ['application', /\/apps\//],
  ['host and driver', /\/(host|live)\//],
  ['protocol', /\/protocol\//],
];

function kindOf(stack: readonly Frame[]): string | undefined {
  if (stack[0]?.name === '(idle)') return undefined;
  for (const { name, url } of stack) {
    const kind = KINDS.find(([, pattern]) => pattern.test(`${name} ${url}`));
    if (kind !== undefined) return kind[0];
  }
  return 'Node.js itself';
}
