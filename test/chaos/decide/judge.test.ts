import { showStock } from '../../../src/apps/bazaar/views.ts';
import { describe, expect, it } from 'vitest';
import { bazaarWorkload } from '../../../src/apps/bazaar/workload.ts';
import { ticketWorkload } from '../../../src/apps/tickets/workload.ts';
import { type Evidence, type Finding, judge } from '../../../src/chaos/decide/judge.ts';
import { type FoundLog, recoverLogs } from '../../../src/chaos/decide/recovered-logs.ts';
import { verdictOf, worstOf } from '../../../src/chaos/decide/verdict.ts';
import type { Body, Entry } from '../../../src/protocol/model/entry.ts';
import { appendEntries, chain, genesis, type Log, tail } from '../../../src/protocol/model/log.ts';
import { DEFAULT_SETTINGS } from '../../../src/protocol/model/settings.ts';
import { firstConfiguration, type Topology } from '../../../src/protocol/model/topology.ts';
import { hashValue } from '../../../src/protocol/model/value-hash.ts';
import type { ClientOperation } from '../../../src/sim/base/history.ts';

const topology: Topology = { clusterId: 'c', servers: ['s1', 's2'], frontEnds: ['f1'], groups: ['events', 'users'] };
const STARTED = 1_763_700_000_000;
const timeOf = (wall: number): number => (wall - STARTED) * 1_000;
const workload = ticketWorkload;
const bazaar = bazaarWorkload;
const bazaarTopology: Topology = { ...topology, groups: ['orders', 'catalog'] };
const uuid = (number: number): string => `0199a000-0000-7000-8000-${String(number).padStart(12, '0')}`;

const created = (number: number): Body => ({
  type: 'write',
  uuid: uuid(number),
  issuedAt: STARTED,
  command: { type: 'create', username: `user ${number}` },
});

describe('The judges of a live cluster', () => {
  it('hold a run against the disks, and find nothing wrong with a good one', () => {
    expect(outcomes(evidence())).toEqual({
      processes: 'held',
      rest: 'held',
      serves: 'held',
      disks: 'held',
      'committed-immutable': 'held',
      'state-machine-safety': 'held',
      history: 'held',
      sessions: 'held',
      conserved: 'held',
      linearizable: 'held',
      story: 'held',
    });
    expect(verdictOf(judge(evidence()))).toBe('held');
  });

  it('miss an acknowledged write that no disk has', () => {
    const lost = evidence({ users: [{ type: 'noop' }, created(1)] });
    expect(outcomes(lost)['history']).toBe('broken');
    expect(reason(lost, 'history')).toContain('operation 2');
    expect(verdictOf(judge(lost))).toBe('broken');
  });

  it('see answers that no order of the requests explains', () => {
    const [first, second] = operations();
    const twice = evidence({}, [first, { ...second, result: answered(second, '{"userid":0}') }]);
    expect(outcomes(twice)).toMatchObject({ linearizable: 'broken', history: 'broken' });
  });

  it('see two disks that disagree', () => {
    const { logs } = evidence();
    const other = logOf('users', 's2', [{ type: 'noop' }, created(7)]);
    expect(outcomes({ ...evidence(), logs: [...logs, other] })['committed-immutable']).toBe('broken');
  });

  it('see a server whose machine is not what its log makes', () => {
    const wrong = { ...evidence(), states: [{ node: 's1', group: 'users', index: 3, machine: 5 }] };
    expect(outcomes(wrong)['state-machine-safety']).toBe('broken');
    expect(outcomes({ ...evidence(), states: [] })['state-machine-safety']).toBe('not judged');
  });

  it('see a process that ended by itself, a cluster that does not come to rest, and a story that was not told', () => {
    const ended = {
      ...evidence(),
      deaths: ['s1 has ended by itself (exit code 1)'],
      whatIsPending: ['users has no primary'],
      damage: ['s1'],
    };
    expect(outcomes(ended)).toMatchObject({ processes: 'broken', rest: 'broken', disks: 'broken' });
    const [first, second] = operations();
    const untold = evidence({}, [{ ...first, expect: 400 }, second]);
    expect(outcomes(untold)).toMatchObject({ story: 'not judged', serves: 'held' });
    expect(outcomes({ ...untold, probes: ['c1'] })).toMatchObject({ story: 'held', serves: 'broken' });
  });

  it('do not ask the log where it begins too late, and say so', () => {
    const { logs } = evidence();
    const short = logs.map((log) => ({ ...log, entries: log.entries.slice(1) }));
    const recovered = recoverLogs(workload.service, topology, short, timeOf);
    expect(outcomes({ ...evidence(), logs: short, recovered, states: [] })).toMatchObject({
      history: 'not judged',
      sessions: 'not judged',
    });
  });

  it('hold what came from a cache against the log, where front ends keep any', () => {
    expect(outcomes(kept(10))).toMatchObject({ history: 'held', sessions: 'held', cache: 'held' });
    expect(outcomes(kept(9))).toMatchObject({ cache: 'broken' });
    expect(reason(kept(9), 'cache')).toContain('and at entry 2 of catalog that is not so');
    const { logs } = kept(10);
    const recovered = recoverLogs(bazaar.service, bazaarTopology, logs.slice(1), timeOf);
    expect(outcomes({ ...kept(10), recovered })['cache']).toBe('not judged');
  });

  it('take the worst of several runs for the verdict', () => {
    expect(worstOf([{ verdict: 'held' }, { verdict: 'undecided' }])).toBe('undecided');
    expect(worstOf([{ verdict: 'broken' }, { verdict: 'undecided' }])).toBe('broken');
    expect(worstOf([{ verdict: 'held' }])).toBe('held');
  });
});

/** Two users were created, one after the other; `bodies` is what the disks have instead. */
function evidence(
  bodies: { readonly users?: readonly Body[] } = {},
  asked: readonly ClientOperation[] = operations(),
): Evidence {
  const users = bodies.users ?? [{ type: 'noop' }, created(1), created(2)];
  const logs = [logOf('events', 's1', [{ type: 'noop' }]), logOf('users', 's1', users)];
  const recovered = recoverLogs(workload.service, topology, logs, timeOf);
  const states = recovered.groups.map((told) => {
    return { node: 's1', group: told.group, index: told.last, machine: hashValue(told.machineAt(told.last)) };
  });
  return {
    workload,
    operations: asked,
    probes: ['p1'],
    recovered,
    logs,
    states,
    whatIsPending: [],
    deaths: [],
    isOver: () => false,
    damage: [],
  };
}

/** Ten fish were listed, and a front end had `quantity` of them in its cache. */
function kept(quantity: number): Evidence {
  const list = { type: 'list', name: 'Fish', price: 450, quantity: 10 };
  const listed: Body = { type: 'write', uuid: uuid(1), issuedAt: STARTED, command: list };
  const logs = [
    logOf('orders', 's1', [{ type: 'noop' }], bazaarTopology),
    logOf('catalog', 's1', [{ type: 'noop' }, listed], bazaarTopology),
  ];
  const recovered = recoverLogs(bazaar.service, bazaarTopology, logs, timeOf);
  const asked = operation(2, 30_000, '');
  const found: ClientOperation = {
    ...asked,
    call: { method: 'GET', path: '/stocks/Fish', body: undefined, session: false },
    uuids: [],
    result: {
      type: 'answered',
      at: 39_000,
      status: 200,
      body: JSON.stringify({ data: showStock({ ...list, quantity, volume: 0 }) }),
      token: 'catalog=c:2',
      fromCache: true,
    },
  };
  return { ...evidence(), workload: bazaar, operations: [found], recovered, logs };
}

function operations(): readonly [ClientOperation, ClientOperation] {
  return [operation(1, 10_000, '{"userid":0}'), operation(2, 30_000, '{"userid":1}')];
}

function operation(number: number, calledAt: number, body: string): ClientOperation {
  const asked: ClientOperation = {
    number,
    client: 'c1',
    call: { method: 'POST', path: '/users/create', body: { username: `user ${number}` }, session: false },
    key: uuid(number),
    token: undefined,
    calledAt,
    uuids: [uuid(number)],
    expect: undefined,
    attempts: 1,
    result: undefined,
  };
  return { ...asked, result: answered(asked, body) };
}

function answered({ calledAt, number }: ClientOperation, body: string): NonNullable<ClientOperation['result']> {
  return { type: 'answered', at: calledAt + 9_000, status: 200, body, token: `users=c:${number + 1}` };
}

/** What a disk of `node` holds whose primary wrote these, one every 10 ms. */
function logOf(group: string, node: string, bodies: readonly Body[], of: Topology = topology): FoundLog {
  const window = { dedupeFor: DEFAULT_SETTINGS.dedupeFor, dedupeMargin: DEFAULT_SETTINGS.dedupeMargin };
  let log: Log = genesis('c', group, firstConfiguration(of, group), window);
  const entries: Entry[] = [];
  for (const body of bodies) {
    const wall = STARTED + entries.length * 12;
    const entry = chain(tail(log), { counter: 1, nodeId: 's1' }, { lamport: 0, wall }, body);
    entries.push(entry);
    log = appendEntries(log, [entry]);
  }
  return { node, group, snapshot: undefined, entries };
}

function outcomes(of: Evidence): Readonly<Record<string, Finding['outcome']>> {
  return Object.fromEntries(judge(of).map((finding) => [finding.judge, finding.outcome]));
}

function reason(of: Evidence, name: string): string {
  return judge(of).find((finding) => finding.judge === name)?.reason ?? '';
}
