import { accepted, type App, type Outcome } from '../../../src/protocol/model/app.ts';
import { applyEntry } from '../../../src/protocol/model/apply.ts';
import { type Configuration, configurationOf, type Member } from '../../../src/protocol/model/configuration.ts';
import type { Body, Entry } from '../../../src/protocol/model/entry.ts';
import { type Epoch, NO_EPOCH, type NodeId } from '../../../src/protocol/model/epoch.ts';
import type { Json } from '../../../src/protocol/model/json.ts';
import { appendEntries, chain, genesis, type Log, tail } from '../../../src/protocol/model/log.ts';
import { initialMachine, type Machine } from '../../../src/protocol/model/machine.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../src/protocol/model/settings.ts';
import { defineService } from '../../../src/service/define-service.ts';
import type { Service } from '../../../src/service/service.ts';
import { formatDisk, type SimDisk } from '../../../src/sim/disk/disk.ts';
import type { Evidence, ReplicaStep } from '../../../src/sim/judges/judge.ts';
import { createRecord } from '../../../src/sim/judges/record.ts';
import type { SeenReplica } from '../../../src/sim/judges/seen.ts';

// Clusters built by hand, wrong in one particular way each, so that each judge is seen to notice what it is for.

export const GROUP = 'sums';
const WINDOW = { dedupeFor: 600_000, dedupeMargin: 60_000 };

/** A state machine that adds up what it is given. */
const sums: App = {
  name: GROUP,
  initial: 0,
  decode: (value) => ({ type: 'decoded', value: Number(value) }),
  apply: (state, command) => ({
    state: Number(state) + Number(command),
    outcome: accepted(Number(state) + Number(command)),
  }),
  decodeQuery: () => ({ type: 'decoded', value: null }),
  read: (state) => accepted(Number(state)),
  invariants: [
    { name: 'never negative', broken: (state) => (Number(state) < 0 ? `it is ${String(state)}` : undefined) },
  ],
};

export const service: Service = defineService({
  name: 'sums',
  apps: [sums],
  routes: [
    {
      method: 'GET',
      path: '/sum',
      decode: () => ({ type: 'decoded', value: undefined }),
      plan: (_, [found]) =>
        found === undefined
          ? { type: 'read', group: GROUP, query: null }
          : { type: 'answer', status: 200, body: found.type === 'accepted' ? found.value : null },
    },
    {
      method: 'GET',
      path: '/kept',
      decode: () => ({ type: 'decoded', value: undefined }),
      plan: (_, [found]) =>
        found === undefined
          ? { type: 'read', group: GROUP, query: null, cache: 'sum' }
          : { type: 'answer', status: 200, body: found.type === 'accepted' ? found.value : null },
    },
    {
      method: 'GET',
      path: '/twice',
      decode: () => ({ type: 'decoded', value: undefined }),
      plan: (_, [first, second]) =>
        second === undefined
          ? { type: 'read', group: GROUP, query: null, cache: 'sum', ...(first === undefined ? {} : { fresh: true }) }
          : { type: 'answer', status: 200, body: [valueOf(first), valueOf(second)] },
    },
    {
      method: 'GET',
      path: '/fresh',
      decode: () => ({ type: 'decoded', value: undefined }),
      plan: (_, [found]) =>
        found === undefined
          ? { type: 'read', group: GROUP, query: null, cache: 'sum', fresh: true }
          : { type: 'answer', status: 200, body: valueOf(found) },
    },
    {
      method: 'GET',
      path: '/mixed',
      decode: () => ({ type: 'decoded', value: undefined }),
      plan: (_, [kept, second]) =>
        second === undefined
          ? { type: 'read', group: GROUP, query: null, ...(kept === undefined ? { cache: 'sum' } : {}) }
          : { type: 'answer', status: 200, body: [valueOf(kept), valueOf(second)] },
    },
    {
      method: 'GET',
      path: '/kept-and-leader',
      decode: () => ({ type: 'decoded', value: undefined }),
      plan: (_, [kept], view) =>
        kept === undefined
          ? { type: 'read', group: GROUP, query: null, cache: 'sum' }
          : { type: 'answer', status: 200, body: [valueOf(kept), view.primaryOf(GROUP) ?? null] },
    },
    {
      method: 'GET',
      path: '/leader',
      decode: () => ({ type: 'decoded', value: undefined }),
      plan: (_, __, view) => ({ type: 'answer', status: 200, body: view.primaryOf(GROUP) ?? null }),
    },
    {
      method: 'GET',
      path: '/leader-or-kept',
      decode: () => ({ type: 'decoded', value: undefined }),
      plan(_, [kept], view) {
        if (kept !== undefined) return { type: 'answer', status: 200, body: valueOf(kept) };
        if (view.primaryOf(GROUP) === undefined) return { type: 'answer', status: 200, body: null };
        return { type: 'read', group: GROUP, query: null, cache: 'sum' };
      },
    },
    {
      method: 'GET',
      path: '/kept-and-forget',
      decode: () => ({ type: 'decoded', value: undefined }),
      plan(_, [kept, forgotten]) {
        if (kept === undefined) return { type: 'read', group: GROUP, query: null, cache: 'sum' };
        if (forgotten === undefined) return { type: 'forget', key: 'sum' };
        return { type: 'answer', status: 200, body: [valueOf(kept), valueOf(forgotten)] };
      },
    },
    {
      method: 'POST',
      path: '/kept-and-add',
      decode: (_, body) => ({ type: 'decoded', value: Number(body) }),
      plan(asked, [kept, added]) {
        if (kept === undefined) return { type: 'read', group: GROUP, query: null, cache: 'sum' };
        if (added === undefined) return { type: 'write', group: GROUP, command: Number(asked) };
        return { type: 'answer', status: 200, body: [valueOf(kept), valueOf(added)] };
      },
    },
    {
      method: 'POST',
      path: '/add',
      decode: (_, body) => ({ type: 'decoded', value: Number(body) }),
      plan: (asked, [added]) =>
        added === undefined
          ? { type: 'write', group: GROUP, command: Number(asked) }
          : { type: 'answer', status: 200, body: added.type === 'accepted' ? added.value : null },
    },
  ],
  invariants: [],
});

function valueOf(outcome: Outcome | undefined): Json {
  return outcome?.type === 'accepted' ? outcome.value : null;
}

export function epoch(counter: number, nodeId: NodeId): Epoch {
  return { counter, nodeId };
}

/** Data servers of one vote each; their ranks follow their names. */
export function dataServers(...nodes: readonly NodeId[]): Configuration {
  return configurationOf(
    nodes.map((nodeId, place): Member => ({ nodeId, diskId: `${nodeId}/1`, kind: 'data', votes: 1, rank: place + 1 })),
  );
}

export const THREE = dataServers('s1', 's2', 's3');

/** The log every replica of a cluster of `configuration` begins with. */
export function emptyLog(configuration: Configuration = THREE): Log {
  return genesis('test', GROUP, configuration, WINDOW);
}

/** `log` with one entry per body, all of that epoch. */
export function extend(log: Log, of: Epoch, ...bodies: readonly Body[]): Log {
  return bodies.reduce(
    (longer, body) => appendEntries(longer, [chain(tail(longer), of, { lamport: 0, wall: 1_000 }, body)]),
    log,
  );
}

export const NOOP: Body = { type: 'noop' };

export function write(uuid: string, command = 1): Body {
  return { type: 'write', uuid, issuedAt: 1_000, command };
}

export function entriesOf(log: Log): readonly Entry[] {
  return log.entries.toArray();
}

/** What a machine that has applied the first `commit` entries of `log` holds. */
export function machineAt(log: Log, commit: number): Machine {
  return entriesOf(log)
    .slice(0, commit)
    .reduce((machine, entry) => applyEntry(sums, machine, entry).machine, firstMachine(log));
}

function firstMachine(log: Log): Machine {
  return initialMachine(log.base, 0, WINDOW);
}

/** What a judge is shown of a step of `node`. */
export function step(node: NodeId, after: SeenReplica, before?: SeenReplica): ReplicaStep {
  return { node, group: GROUP, before, after };
}

/** A replica whose machine has applied what it calls committed. */
export function replica(log: Log, commit: number, more: Partial<SeenReplica> = {}): SeenReplica {
  return {
    incarnation: 1,
    promised: tail(log).epoch,
    log,
    commit,
    machine: machineAt(log, commit),
    leading: undefined,
    ...more,
  };
}

/** A replica that leads in `of` and has counted up to `raftCommit`. */
export function primary(log: Log, of: Epoch, raftCommit: number, commit = raftCommit): SeenReplica {
  return replica(log, commit, { promised: of, leading: { epoch: of, raftCommit } });
}

/** A disk that durably holds `log` and a promise. */
export function diskWith(log: Log, promised: Epoch = NO_EPOCH): SimDisk {
  return { ...formatDisk(), promised, entries: [...entriesOf(log)] };
}

/** A bench over these disks; the configuration is what all of them began with. */
export function evidenceOf(
  disks: Readonly<Record<NodeId, SimDisk>>,
  configuration: Configuration = THREE,
  settings: Partial<Settings> = {},
): Evidence {
  return {
    service,
    settings: { ...DEFAULT_SETTINGS, ...settings },
    firstConfiguration: () => configuration,
    diskOf: (node) => disks[node],
    diskIdOf: (node) => `${node}/1`,
    lifeOf: () => 1,
    replicaNodes: () => Object.keys(disks),
    now: () => 0,
    millisOf: () => 1_000,
    driftAtMost: 0,
    isDeceived: () => false,
    newestRunBy: () => 1,
    codeAt: () => sums,
    record: createRecord([{ app: sums, first: firstMachine(emptyLog(configuration)) }]),
  };
}
