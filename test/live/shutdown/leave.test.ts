import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tickets } from '../../../src/apps/tickets/service.ts';
import { ownEntry } from '../../../src/gossip/state.ts';
import type { HostInput } from '../../../src/host/host-io.ts';
import { createHost, founder, type Host, stepHost } from '../../../src/host/host.ts';
import { carryOut, type Leaving } from '../../../src/live/admin/orders.ts';
import { leaveForever, leaveForNow, whenLetGo } from '../../../src/live/shutdown/leave.ts';
import { type Configuration, configurationOf, demote, members } from '../../../src/protocol/model/configuration.ts';
import type { ServiceEntry } from '../../../src/protocol/model/directory.ts';
import { DEFAULT_SETTINGS } from '../../../src/protocol/model/settings.ts';
import { firstConfiguration, firstDiskId } from '../../../src/protocol/model/topology.ts';

const TOPOLOGY = { clusterId: 'c', servers: ['s1', 's2', 's3'], frontEnds: ['f1'], groups: ['events', 'users'] };

beforeEach(() => vi.useFakeTimers());

afterEach(() => vi.useRealTimers());

describe('A data server that leaves for good', () => {
  it('stays as long as it has a vote, and can still call it off', async () => {
    const stage = set('s1');
    const over = watch(leaveForever(stage, () => false));
    await vi.advanceTimersByTimeAsync(120_000);
    expect([over(), stage.standing()]).toEqual(['waits', 'away']);
  });

  it('says that it is gone when no group needs it, and ends when none names it', async () => {
    const stage = set('s1');
    const over = watch(leaveForever(stage, () => false));
    await vi.advanceTimersByTimeAsync(1_000);
    stage.becomes((configuration) => demote(configuration, 's1'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect([over(), stage.standing()]).toEqual(['waits', 'removed']);
    stage.becomes((configuration) => without(configuration, 's1'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(over()).toBeUndefined();
  });

  it('waits for its name to be forgotten no longer than ten seconds', async () => {
    const stage = set('s1');
    const over = watch(leaveForever(stage, () => false));
    stage.becomes((configuration) => demote(configuration, 's1'));
    await vi.advanceTimersByTimeAsync(11_000);
    expect(over()).toBe('still learner of events, learner of users');
  });

  it('is not gone for good when its process is stopped meanwhile', async () => {
    const stage = set('s1');
    let stopped = false;
    const over = watch(leaveForever(stage, () => stopped));
    await vi.advanceTimersByTimeAsync(1_000);
    stopped = true;
    await vi.advanceTimersByTimeAsync(1_000);
    expect([over(), stage.standing()]).toEqual([undefined, 'away']);
  });
});

describe('A front end that leaves for good', () => {
  it('says so at once, since its vote is given to nobody else before, and stays as long as it has it', async () => {
    const stage = set('f1');
    const over = watch(leaveForever(stage, () => false));
    await vi.advanceTimersByTimeAsync(60_000);
    expect([over(), stage.standing()]).toEqual(['waits', 'removed']);
    stage.becomes((configuration) => without(configuration, 'f1'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(over()).toBeUndefined();
  });
});

it('a data server that stops for a while waits five seconds for its vote to be taken', async () => {
  const stage = set('s1');
  const over = watch(leaveForNow(stage));
  await vi.advanceTimersByTimeAsync(2_500);
  stage.hears([{ ...entry('s2'), beat: 2 }]);
  await vi.advanceTimersByTimeAsync(2_400);
  expect(over()).toBe('waits');
  await vi.advanceTimersByTimeAsync(200);
  expect(over()).toBe('still voter of events, voter of users');
});

describe('A node that is removed while it lives', () => {
  it('stays until no group names it, however long that takes, since a group may need its vote or its data', async () => {
    const stage = set('s1');
    const over = watch(whenLetGo(stage.host, () => false));
    await vi.advanceTimersByTimeAsync(120_000);
    expect(over()).toBe('waits');
    stage.becomes((configuration) => demote(configuration, 's1'));
    await vi.advanceTimersByTimeAsync(100);
    expect(over()).toBe('waits');
    stage.becomes((configuration) => without(configuration, 's1'));
    await vi.advanceTimersByTimeAsync(100);
    expect(over()).toBeUndefined();
  });

  it('ends at once when its process is stopped', async () => {
    let stopped = false;
    const over = watch(whenLetGo(set('s1').host, () => stopped));
    await vi.advanceTimersByTimeAsync(1_000);
    stopped = true;
    await vi.advanceTimersByTimeAsync(100);
    expect(over()).toBeUndefined();
  });
});

describe('An order', () => {
  it('to remove a node that lives is refused, since a group may need its vote to let it go', async () => {
    const stage = set('s1');
    stage.leads();
    const answer = watch(ordered(stage, { type: 'remove', node: 's2' }));
    for (let beat = 2; beat < 12; beat += 1) {
      await passes(stage, 500);
      stage.hears([{ ...entry('s2'), beat }]);
    }
    expect(answer()).toEqual({
      status: 409,
      body: { error: 's2 lives: let it leave (understudy leave s2:1), or end its process first' },
    });
    expect(stage.standing('s2')).toBe('member');
  });

  it('to remove one that has just died is carried out as soon as it is missed', async () => {
    const stage = set('s1');
    stage.leads();
    const answer = watch(ordered(stage, { type: 'remove', node: 's2' }));
    await passes(stage, 2_900);
    expect(stage.standing('s2')).toBe('member');
    await passes(stage, 200);
    expect(stage.standing('s2')).toBe('removed');
    stage.becomes((configuration) => without(configuration, 's2'));
    await vi.advanceTimersByTimeAsync(100);
    expect(answer()).toEqual({ status: 200, body: { removed: 's2' } });
  });

  it('to remove one is refused, and changes nothing, while a group has no primary', async () => {
    const stage = set('s1');
    const answer = watch(ordered(stage, { type: 'remove', node: 's2' }));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(JSON.stringify(answer())).toMatch(/"status":503,.*"nothing is changed: events, users /);
    expect(stage.standing('s2')).toBe('member');
  });

  it('to leave says what keeps a node that stays', async () => {
    const stage = set('s1');
    expect(await ordered(stage, { type: 'leave' }, { type: 'stays', still: 'primary of events' })).toEqual({
      status: 503,
      body: { error: 's1 is still primary of events, so it serves on, and leaves as soon as others can take over' },
    });
    expect(await ordered(stage, { type: 'leave' }, { type: 'left', unfinished: undefined })).toEqual({
      status: 200,
      body: { left: 's1' },
    });
  });
});

function entry(nodeId: string): ServiceEntry {
  const kind = nodeId.startsWith('s') ? 'server' : 'frontend';
  const diskId = firstDiskId(TOPOLOGY, nodeId);
  return { nodeId, kind, address: `${nodeId}:1`, diskId, generation: 1, incarnation: 1, standing: 'member', beat: 1 };
}

/** Passes that many milliseconds, a multiple of 100, in which `s3` leads. */
async function passes(stage: ReturnType<typeof set>, millis: number): Promise<void> {
  for (let passed = 0; passed < millis; passed += 100) {
    await vi.advanceTimersByTimeAsync(100);
    stage.leads();
  }
}

/** The node of that name, which hears nothing but what it is told here: that `s3` leads, and who the members are. */
function set(nodeId: string) {
  const plan = { topology: TOPOLOGY, self: founder(TOPOLOGY, nodeId, `${nodeId}:1`), service: tickets };
  let host: Host = createHost({ ...plan, settings: DEFAULT_SETTINGS });
  const configurations = new Map<string, Configuration>();
  for (const group of TOPOLOGY.groups) configurations.set(group, firstConfiguration(TOPOLOGY, group));
  let [index, beat] = [0, 0];
  const take = (input: HostInput): void => {
    host = stepHost(host, input, { millis: performance.now(), wall: 0, chance: 0 })[0];
  };
  const hears = (services: readonly ServiceEntry[]): void => {
    index += 1;
    const groups = [...configurations].map(([group, configuration]) => {
      return { group, epoch: { counter: 1, nodeId: 's3' }, primary: 's3', index, configuration };
    });
    const message = { type: 'gossip', services, groups, isAnswer: true } as const;
    const [from, to] = ['s3', nodeId].map((node) => ({ node, unit: 'gossip' }));
    if (from !== undefined && to !== undefined) take({ type: 'envelope', envelope: { from, to, message } });
  };
  const leads = (): void => {
    beat += 1;
    const message = { type: 'heartbeat', epoch: { counter: 1, nodeId: 's3' }, beat, commit: 0 } as const;
    for (const unit of TOPOLOGY.groups) {
      take({ type: 'envelope', envelope: { from: { node: 's3', unit }, to: { node: nodeId, unit }, message } });
    }
  };
  take({ type: 'started', incarnation: 1, services: [entry('s1'), entry('s2'), entry('f1')] });
  hears([]);
  return {
    host: () => host,
    feed: (order: Extract<HostInput, { type: 'order' }>['order']) => take({ type: 'order', order }),
    hears,
    leads,
    becomes(change: (before: Configuration) => Configuration) {
      for (const [group, before] of configurations) configurations.set(group, change(before));
      hears([]);
    },
    standing: (of?: string) =>
      of === undefined
        ? ownEntry(host.gossip)?.standing
        : host.gossip.services.find((service) => service.nodeId === of)?.standing,
  };
}

function without(configuration: Configuration, nodeId: string): Configuration {
  return configurationOf(members(configuration).filter((member) => member.nodeId !== nodeId));
}

function ordered(stage: ReturnType<typeof set>, order: object, came: Leaving = { type: 'stays', still: 'here' }) {
  return carryOut(JSON.stringify(order), { ...stage, leave: () => Promise.resolve(came) });
}

/** What came of it, so far. */
function watch<Value>(promise: Promise<Value>): () => Value | 'waits' {
  let came: Value | 'waits' = 'waits';
  void promise.then((value) => (came = value));
  return () => came;
}
