// The layers of src, from the bottom up: the one table from which `npm run layers` writes the lint rules
// (.oxlintrc.layers.json) and the picture in docs/internals/architecture.md, and against which test/purity lints.

export interface Layer {
  /** Its folder in src. */
  readonly name: string;
  readonly holds: string;
  /** Knows no clock, no chance, no I/O, no async, and of packages only `PURE_PACKAGES`. */
  readonly isPure?: true;
  /** Runs in a browser, too. */
  readonly isHostless?: true;
  /** The layers whose values and types it may import. */
  readonly imports: readonly string[];
  /** The layers of which it may import types alone. */
  readonly types?: readonly string[];
  /** All packages it may import; undefined: any. */
  readonly packages?: readonly string[];
  /** Its folders in order: a room may import the rooms before it and none after it. */
  readonly rooms?: readonly string[];
  /** Which of them are pure where the layer is not. */
  readonly pureRooms?: readonly string[];
}

export const PURE_PACKAGES: readonly string[] = ['immer', 'immutable', 'tinyqueue', 'zod'];

export const LAYERS: readonly Layer[] = [
  {
    name: 'protocol',
    holds: 'the replica: election, replication, membership; what is on the wire',
    isPure: true,
    imports: [],
    rooms: ['model', 'wire', 'replica'],
  },
  { name: 'gossip', holds: 'the directory of nodes', isPure: true, imports: ['protocol'] },
  { name: 'service', holds: 'what the author of a service uses', isPure: true, imports: ['protocol'] },
  { name: 'frontend', holds: 'the front end: routing, retries, cache', isPure: true, imports: ['protocol', 'service'] },
  {
    name: 'host',
    holds: 'one process: its replicas, its directory, its front end',
    isPure: true,
    imports: ['protocol', 'gossip', 'service', 'frontend'],
  },
  { name: 'drawing', holds: 'what makes SVG and HTML', isPure: true, imports: [] },
  { name: 'checker', holds: 'is a history linearizable?', isPure: true, imports: ['drawing', 'protocol'] },
  {
    name: 'sim',
    holds: 'the simulated cluster, its faults and its judges',
    isPure: true,
    imports: ['drawing', 'protocol', 'gossip', 'service', 'frontend', 'host', 'checker'],
    rooms: [
      'base',
      'disk',
      'workloads',
      'judges',
      'coverage',
      'plan',
      'clients',
      'recording',
      'diagram',
      'world',
      'liveness',
      'verdict',
      'records',
      'shrink',
      'mutants',
      'explore',
    ],
  },
  {
    name: 'apps',
    holds: 'the services that come along',
    isPure: true,
    imports: ['protocol', 'service', 'checker', 'sim'],
  },
  { name: 'storage', holds: 'write-ahead log and snapshot files', imports: ['protocol'] },
  { name: 'security', holds: 'shared secret, signed calls, TLS', imports: [] },
  {
    name: 'transport-http',
    holds: 'WebSocket between nodes, HTTP for clients',
    imports: ['protocol', 'security'],
    types: ['service', 'frontend'],
    rooms: ['handshake', 'snapshots', 'peers', 'clients'],
  },
  {
    name: 'live',
    holds: 'a process that runs a host',
    imports: ['protocol', 'gossip', 'service', 'frontend', 'host', 'storage', 'security', 'transport-http'],
  },
  {
    name: 'operate',
    holds: 'logs, metrics, probes, configuration',
    imports: ['protocol', 'service', 'host', 'transport-http', 'live'],
  },
  { name: 'client', holds: 'for programs that call a front end', imports: [], types: ['protocol'], packages: ['uuid'] },
  {
    name: 'testing',
    holds: 'for authors who test a service',
    imports: ['protocol', 'service', 'sim'],
    packages: ['fast-check', 'vitest', 'yaml', 'zod'],
    isHostless: true,
  },
  {
    name: 'playground',
    holds: 'the simulator as a page in a browser',
    imports: ['drawing', 'protocol', 'host', 'checker', 'sim', 'apps'],
    packages: [
      'preact',
      'preact/hooks',
      '@preact/signals',
      'yaml',
      '@codemirror/autocomplete',
      '@codemirror/commands',
      '@codemirror/lang-yaml',
      '@codemirror/language',
      '@codemirror/lint',
      '@codemirror/state',
      '@codemirror/view',
      '@lezer/highlight',
    ],
    rooms: ['model', 'worker', 'draw', 'ui'],
    pureRooms: ['model'],
  },
  {
    name: 'chaos',
    holds: 'live clusters under the simulator’s faults and judges',
    imports: ['protocol', 'service', 'sim', 'storage', 'live'],
    pureRooms: ['decide'],
    rooms: ['decide', 'network'],
  },
  {
    name: 'cli',
    holds: 'the command line',
    imports: (
      'drawing protocol gossip service frontend host checker sim apps storage security transport-http live operate client ' +
      'testing chaos'
    ).split(' '),
  },
];

/** The layers of which `layer` may import neither values nor types. */
export function layersAbove({ name, imports, types = [] }: Layer): readonly string[] {
  const others = LAYERS.map((layer) => layer.name).filter((other) => other !== name);
  return others.filter((other) => !imports.includes(other) && !types.includes(other));
}
