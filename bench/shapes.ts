/**
 * What a cluster's shape and the kind of a request cost: writes by the number of data servers and of front ends, reads
 * by their mode, and purchases, which two groups carry out.
 *
 *     npm run build
 *     node --import tsx bench/shapes.ts [--clients 64] [--seconds 8] [--rounds 3] [--warm 20] [--json]
 *
 * Each shape is a cluster of its own, one after the other, so only figures of one shape were measured side by side.
 */
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { load, type LoadRequest, post } from './parts/load.ts';
import { type OwnCluster, type OwnClusterOptions, startOwnCluster } from './parts/own-cluster.ts';
import { measured, medianOf, type Round } from './parts/rounds.ts';

const PORT = 24_560;
const HOST = '127.0.0.1';
const TICKETS = 1_000_000;

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '64' },
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
    warm: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
  },
});
const [clients, seconds] = [Number(values.clients), Number(values.seconds)];

const create = request(() => post(HOST, PORT, '/users/create', '{"username":"ada"}'));
const purchase = request(() => post(HOST, PORT, '/events/0/purchase/0', '{"tickets":1}'));
const session = request(() => read('/users/0', 'session'));
const linearizable = request(() => read('/users/0', 'linearizable'));

const SHAPES: readonly {
  readonly shape: Partial<OwnClusterOptions>;
  readonly kinds: readonly (readonly [string, LoadRequest])[];
}[] = [
  {
    shape: { servers: 3, frontEnds: 2 },
    kinds: [
      ['write', create],
      ['purchase, two groups', purchase],
      ['read, linearizable', linearizable],
      ['read, session', session],
    ],
  },
  ...[1, 5, 7].map((servers) => ({ shape: { servers, frontEnds: 2 }, kinds: [['write', create] as const] })),
  ...[1, 4].map((frontEnds) => ({ shape: { servers: 3, frontEnds }, kinds: [['write', create] as const] })),
];

const table = new Table({
  head: ['servers', 'front ends', 'request', 'per s', 'p50 ms', 'p99 ms', 'failed', 'CPU µs'],
  style: { head: [], border: [] },
});
for (const { shape, kinds } of SHAPES) {
  const own = await startOwnCluster(PORT, shape);
  try {
    await seed();
    await load(create, clients, Number(values.warm));
    for (const [kind, asked] of kinds) report(shape, kind, await measure(own, asked));
  } finally {
    await own.stop();
  }
}
if (!values.json) console.log(table.toString());

/** After two seconds of warm-up of its own: the round with the median throughput. */
async function measure(own: OwnCluster, asked: LoadRequest): Promise<Round> {
  await load(asked, clients, 2);
  const pids = own.children().map(({ pid }) => pid);
  const rounds: Round[] = [];
  while (rounds.length < Number(values.rounds)) {
    rounds.push(
      await measured(
        () => pids,
        () => load(asked, clients, seconds),
      ),
    );
  }
  return medianOf(rounds);
}

function report(shape: Partial<OwnClusterOptions>, kind: string, { figures, cpu }: Round): void {
  const { perSecond, p50Millis, p99Millis, failed } = figures;
  if (values.json) console.log(JSON.stringify({ bench: 'shapes', ...shape, kind, ...figures, cpu }));
  table.push([shape.servers, shape.frontEnds, kind, perSecond, p50Millis, p99Millis, failed, cpu]);
}

/** A user, and an event of his with more tickets than will be asked for. */
async function seed(): Promise<void> {
  await ask('/users/create', { username: 'ada' });
  await ask('/events/create', { userid: 0, eventname: 'opening night', numtickets: TICKETS });
}

async function ask(path: string, body: object): Promise<void> {
  const answer = await fetch(`http://${HOST}:${PORT}${path}`, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}

function request(text: () => string): LoadRequest {
  return { host: HOST, port: PORT, text };
}

function read(path: string, mode: 'session' | 'linearizable'): string {
  return `GET ${path} HTTP/1.1\r\nhost: ${HOST}:${PORT}\r\nunderstudy-read: ${mode}\r\n\r\n`;
}
