import { describe, expect, test } from 'vitest';
import { accepted, type App } from '../../../src/protocol/model/app.ts';
import type { Entry } from '../../../src/protocol/model/entry.ts';
import type { CodeReport, Request } from '../../../src/protocol/model/messages.ts';
import type { PlantedBug } from '../../../src/protocol/model/mutants.ts';
import { lackedVersion } from '../../../src/protocol/replica/ability.ts';
import { machineOf } from '../../../src/protocol/replica/replica.ts';
import { counter } from '../../support/protocol/counter.ts';
import {
  behindDisk,
  notes,
  operations,
  replies,
  says,
  saysBehindDisk,
  sends,
} from '../../support/protocol/effects-of.ts';
import { acknowledged, Actor, heard, makePrimary, servingPrimary } from '../../support/protocol/one-replica.ts';
import {
  add,
  adding,
  append,
  cast,
  diskOf,
  epoch,
  heartbeat,
  NOOP,
  service,
  the,
  written,
} from '../../support/protocol/replica-script.ts';

// Versions of a group's code (PROTOCOL §11). From version 2 on the counter adds twice as much, in a field of another name.

const THREE = cast({ A: 3, B: 2, C: 1 });
const FIRST = epoch('1.A');

interface Second {
  readonly sum: number;
}

function numberIn(value: unknown, key: string): number {
  return Number(typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined);
}

/** Version 2, with the code of version 1 or without. */
function second(previous?: App): App {
  const code: App<Second> = {
    name: counter.name,
    decode: (value) => counter.decode(value),
    decodeQuery: (value) => counter.decodeQuery(value),
    version: 2,
    ...(previous === undefined ? {} : { previous }),
    migrate: (state) => ({ sum: numberIn(state, 'total') }),
    initial: { sum: 0 },
    apply: ({ sum }, command) => {
      const by = 2 * numberIn(command, 'by');
      return { state: { sum: sum + by }, outcome: accepted(sum + by) };
    },
    resume: (state, _command, outcome) => ({ state, outcome }),
    read: ({ sum }) => accepted(sum),
    invariants: [],
  };
  return code;
}

const BOTH = second(counter);
const DROPPED = second();

const RUNS_BOTH: CodeReport = { oldest: 1, newest: 2, isMute: false, kept: 1 };
const MUTE: CodeReport = { oldest: 1, newest: 1, isMute: true, kept: 1 };

/** What `by` says of its code, in its answer to the newest heartbeat. */
function hears(actor: Actor, by: string, code: CodeReport | undefined): Actor {
  const { match } = the(actor.leading.progress[by]);
  return actor.hears(by, { ...heard(actor, by, match), ...(code === undefined ? {} : { code }) });
}

function bodies(actor: Actor): readonly string[] {
  return actor.entries.map(({ body }) => body.type);
}

/** A, primary of version 1 with the code of both, all of it visible. */
function primary(app = BOTH, planted: readonly PlantedBug[] = []): Actor {
  return servingPrimary(new Actor('A', { configuration: THREE, app, planted }), 'B', 'C');
}

/** A, primary, has activated version 2, and all have it. */
function activated(): Actor {
  const a = primary();
  acknowledged(a.asked(adding('x', 5)).syncs(), 'B', 'C');
  for (const peer of ['B', 'C']) hears(a, peer, RUNS_BOTH);
  a.wakesOnTime().syncs().wakesOnTime().syncs();
  return acknowledged(a, 'B', 'C');
}

/** The log of a primary A with these entries behind its no-op. */
function logOf(...behind: readonly Entry['body'][]): Entry[] {
  const blank = new Actor('B', { configuration: THREE });
  return written(blank.replica.log.base, FIRST, NOOP, ...behind);
}

/** B, a secondary with `app`, that has taken these entries from A, the first `visible` of them visible. */
function secondary(app: App, visible: number, ...behind: readonly Entry['body'][]): Actor {
  const b = new Actor('B', { configuration: THREE, app });
  return b.hears('A', append(FIRST, b.replica.log.base, logOf(...behind), visible)).syncs();
}

const ACTIVATE = { type: 'activate', version: 2 } as const;

describe('§11.3: when a version is activated', () => {
  test('Not before every data server has said in this tenure that it can run it', () => {
    const a = primary();
    a.wakesOnTime().syncs().wakesOnTime().syncs();
    expect(bodies(a)).toEqual(['noop']);
    hears(a, 'B', RUNS_BOTH);
    hears(a, 'C', undefined);
    a.wakesOnTime().syncs().wakesOnTime().syncs();
    expect(bodies(a)).toEqual(['noop']);
    hears(a, 'C', RUNS_BOTH);
    a.wakesOnTime().wakesOnTime();
    expect(bodies(a)).toEqual(['noop', 'activate']);
    expect(notes(a)).toContainEqual({ type: 'activates', version: 2 });
  });

  test('Not while one of them is mute, nor while a member has yet to join', () => {
    const a = primary();
    hears(a, 'B', { ...RUNS_BOTH, isMute: true });
    hears(a, 'C', RUNS_BOTH);
    a.wakesOnTime().syncs().wakesOnTime().syncs();
    expect(bodies(a)).toEqual(['noop']);
    hears(a, 'B', RUNS_BOTH);
    a.knows(...['A', 'B', 'C', 'D'].map((name) => service(name, { kind: 'server' })));
    expect(bodies(a)).not.toContain('activate');
  });

  test('Not before the own no-op is visible, and once', () => {
    const a = makePrimary(new Actor('A', { configuration: THREE, app: BOTH }), 'B', 'C').syncs();
    for (const peer of ['B', 'C']) hears(a, peer, RUNS_BOTH);
    a.wakesOnTime().syncs().wakesOnTime().syncs();
    expect(bodies(a)).toEqual(['noop']);
    acknowledged(a, 'B', 'C').wakesOnTime().syncs().wakesOnTime();
    expect(bodies(a)).toEqual(['noop', 'activate']);
    acknowledged(a, 'B', 'C').wakesOnTime().wakesOnTime();
    expect(bodies(a)).toEqual(['noop', 'activate']);
  });

  test('A majority does where the rule is broken', () => {
    const a = primary(BOTH, ['activates-for-a-majority']);
    hears(a, 'B', RUNS_BOTH);
    hears(a, 'C', undefined);
    a.wakesOnTime().wakesOnTime();
    expect(bodies(a)).toEqual(['noop', 'activate']);
  });
});

describe('§11.1: which code applies an entry', () => {
  test('What is before the activation is applied by the old code, what is behind it by the new one', () => {
    const a = activated();
    expect(machineOf(a.replica)).toMatchObject({ version: 2, state: { sum: 5 } });
    acknowledged(a.asked(adding('y', 5)).syncs(), 'B', 'C');
    expect(a.state).toEqual({ sum: 15 });
  });

  test('A write proposed behind an activation that is not visible yet waits, and is applied by the new code', () => {
    const a = primary();
    for (const peer of ['B', 'C']) hears(a, peer, RUNS_BOTH);
    a.wakesOnTime().wakesOnTime().asked(adding('x', 5)).syncs();
    expect(a.state).toEqual({ total: 0, reserved: 0 });
    acknowledged(a, 'B', 'C');
    expect(a.state).toEqual({ sum: 10 });
  });

  test('A replay from the disk gives the same state, whatever newer code the build has', () => {
    const entries = logOf(add('x', 5), ACTIVATE, add('y', 5));
    const stored = { entries, promised: FIRST };
    const b = new Actor('B', { configuration: THREE, app: BOTH, stored });
    b.hears('A', heartbeat(FIRST, 1))
      .hears('A', append(FIRST, the(entries.at(-1)), [], 4))
      .syncs();
    expect(machineOf(b.replica)).toMatchObject({ version: 2, state: { sum: 15 }, at: { index: 4 } });
  });

  test('A snapshot is taken at once behind an activation, and says its version', () => {
    const a = activated();
    expect(the(a.replica.saving).machine).toMatchObject({ version: 2, state: { sum: 5 } });
  });
});

describe('§11.2: a replica without the code', () => {
  test('It applies up to the activation, takes and acknowledges what is behind it, and says so', () => {
    const b = secondary(counter, 4, add('x', 5), ACTIVATE, add('y', 5));
    expect(machineOf(b.replica)).toMatchObject({ version: 1, at: { index: 2 }, state: { total: 5 } });
    expect(b.replica.commit).toBe(4);
    expect(b.entries).toHaveLength(4);
    expect(lackedVersion(counter, b.replica)).toBe(2);
    b.hears('A', heartbeat(FIRST, 1, 4));
    expect(says(b, 'A')).toContainEqual(expect.objectContaining({ type: 'heard', code: MUTE }));
  });

  test('It notes once that it is mute, and with what', () => {
    const b = new Actor('B', { configuration: THREE, app: counter });
    b.hears('A', append(FIRST, b.replica.log.base, logOf(ACTIVATE), 1));
    expect(notes(b)).toContainEqual({ type: 'mute', lacks: 2, has: { oldest: 1, newest: 1 } });
    b.hears('A', heartbeat(FIRST, 1, 2));
    expect(notes(b).map(({ type }) => type)).not.toContain('mute');
  });

  test.each([3, 1, 0])('It answers no read, whatever its token needs: index %i', (index) => {
    const b = secondary(counter, 3, ACTIVATE, add('y', 5));
    b.asked({ type: 'read', id: 'r', query: 'total', mode: 'session', token: { historyId: 'history', index } });
    expect(replies(b)).toEqual([{ type: 'unserved', id: 'r', reason: 'behind' }]);
  });

  test('A migration needs the new code alone, and the first state of a group that of the first version', () => {
    const base = logOf(add('x', 5), ACTIVATE);
    const at = the(base[1]);
    const machine = machineOf(secondary(counter, 2, add('x', 5)).replica);
    const snapshot = { base: at, configuration: THREE, machine };
    const b = new Actor('B', { configuration: THREE, app: DROPPED, stored: { snapshot, entries: base.slice(2) } });
    expect(lackedVersion(DROPPED, b.replica)).toBeUndefined();
    expect(lackedVersion(DROPPED, secondary(DROPPED, 2, ACTIVATE).replica)).toBe(1);
    expect(machineOf(secondary(DROPPED, 2, ACTIVATE).replica).at.index).toBe(0);
  });

  test('A command between its snapshot and the activation needs the old code', () => {
    const entries = logOf(add('x', 5), ACTIVATE);
    const b = new Actor('B', { configuration: THREE, app: DROPPED, stored: { entries, promised: FIRST } });
    expect(lackedVersion(DROPPED, b.replica)).toBe(1);
  });
});

describe('§11.4: who leads', () => {
  const stored = { entries: logOf(ACTIVATE), promised: FIRST };

  test('A mute replica never answers `better`, and says that it is mute where it asks itself', () => {
    const a = new Actor('A', { configuration: THREE, app: counter, stored });
    const end = { epoch: FIRST, index: 2 };
    a.later(60_000).hears('C', { type: 'election', round: 1, end, transfer: false });
    expect(says(a, 'C')).toContainEqual(expect.objectContaining({ type: 'answer', verdict: 'ok' }));
    a.wakesOnTime();
    expect(sends(a, 'election')[0]?.message).toMatchObject({ isMute: true });
  });

  test('An able replica with as new a log outranks a mute one of higher rank', () => {
    const c = new Actor('C', { configuration: THREE, app: BOTH, stored });
    const end = { epoch: FIRST, index: 2 };
    c.later(60_000).hears('A', { type: 'election', round: 1, end, transfer: false, isMute: true });
    expect(says(c, 'A')).toContainEqual(expect.objectContaining({ type: 'answer', verdict: 'better' }));
  });

  test('Elected all the same, it takes no write, and hands over to an able voter', () => {
    const a = makePrimary(new Actor('A', { configuration: THREE, app: counter, stored }), 'B', 'C').syncs();
    acknowledged(a, 'B', 'C');
    a.asked(adding('x'));
    expect(replies(a)).toEqual([{ type: 'unserved', id: 'ask-x', reason: 'busy' }]);
    hears(a, 'B', { oldest: 1, newest: 1, isMute: true, kept: 1 });
    hears(a, 'C', RUNS_BOTH);
    a.wakesOnTime();
    expect([notes(a), says(a, 'C')]).toEqual([
      expect.arrayContaining([expect.objectContaining({ type: 'hands-over', to: 'C', reason: 'mute' })]),
      expect.arrayContaining([expect.objectContaining({ type: 'transfer' })]),
    ]);
  });
});

describe('§11.6: full copies for a mute replica', () => {
  test('The primary sends one to a peer that has the code of its version, though its log needs none', () => {
    const a = activated();
    a.takes({ type: 'saved', index: the(a.replica.saving).base.index });
    hears(a, 'C', { oldest: 2, newest: 2, isMute: true, kept: 1 });
    expect(sends(a, 'install').map(({ to }) => to)).toEqual(['C']);
    expect(the(a.leading.progress['C']).match).toBe(3);
    hears(a, 'B', MUTE);
    expect(sends(a, 'install')).toEqual([]);
  });

  test('The peer takes its state and keeps the log behind it', () => {
    const entries = logOf(add('x', 5), ACTIVATE, add('y', 5));
    const able = secondary(BOTH, 3, add('x', 5), ACTIVATE);
    const copy = { base: machineOf(able.replica).at, configuration: THREE, machine: machineOf(able.replica) };
    const b = secondary(DROPPED, 4, add('x', 5), ACTIVATE, add('y', 5));
    expect(machineOf(b.replica).at.index).toBe(0);
    b.hears('A', { type: 'install', epoch: FIRST, snapshot: copy });
    expect(b.entries).toEqual(entries);
    expect(machineOf(b.replica)).toMatchObject({ version: 2, at: { index: 4 }, state: { sum: 15 } });
    expect(operations(b)).toEqual([]);
    expect(behindDisk(b.effects)).toContainEqual({ type: 'save', snapshot: copy });
    expect(saysBehindDisk(b, 'A')).toContainEqual(expect.objectContaining({ type: 'appended', match: 3 }));
    expect(lackedVersion(DROPPED, b.replica)).toBeUndefined();
  });

  test('An able one does not', () => {
    const able = secondary(BOTH, 3, add('x', 5), ACTIVATE);
    const copy = { base: machineOf(able.replica).at, configuration: THREE, machine: machineOf(able.replica) };
    able.hears('A', { type: 'install', epoch: FIRST, snapshot: copy });
    expect(behindDisk(able.effects).filter(({ type }) => type === 'save')).toEqual([]);
  });
});

test('§11.6: a server tells the version of a full copy once an own snapshot, taken at the next entry, is durable', () => {
  const source = secondary(BOTH, 3, add('x', 5), ACTIVATE);
  const { at: base } = machineOf(source.replica);
  const snapshot = { base, configuration: THREE, machine: machineOf(source.replica) };
  const next = the(secondary(BOTH, 4, add('x', 5), ACTIVATE, add('y', 1)).entries.at(-1));
  const b = new Actor('B', { configuration: THREE, app: BOTH });
  b.hears('A', { type: 'install', epoch: FIRST, snapshot });
  const kept = (commit: number, beat: number): unknown => {
    b.hears('A', heartbeat(FIRST, beat, commit));
    const said = sends(b, 'heard').at(-1)?.message;
    return said?.type === 'heard' ? said.code?.kept : undefined;
  };
  expect(machineOf(b.replica).version).toBe(2);
  // The primary may call it visible by what this disk had before it lost it.
  expect(kept(base.index, 1)).toBe(1);
  expect(b.replica.saving).toBeUndefined();
  b.hears('A', append(FIRST, base, [next], next.index));
  expect(kept(next.index, 2)).toBe(1);
  b.takes({ type: 'saved', index: the(b.replica.saving).base.index });
  expect(kept(next.index, 3)).toBe(2);
});

test('§11.3: a secondary says aloud that a migration fails on it, which succeeded where it was proposed', () => {
  const failing: App = {
    ...BOTH,
    migrate: () => {
      throw new Error('only here');
    },
  };
  const b = secondary(failing, 2, add('x', 5), ACTIVATE).hears('A', heartbeat(FIRST, 9, 3));
  expect(notes(b)).toContainEqual(expect.objectContaining({ type: 'command-failed', index: 3, isAloud: true }));
});

describe('§11.5: a mute primary', () => {
  const stored = { entries: logOf(ACTIVATE), promised: FIRST };

  /** The changes that A proposes, who leads and hears B alone. */
  function changes(app: App): readonly unknown[] {
    const a = makePrimary(new Actor('A', { configuration: THREE, app, stored }), 'B', 'C').syncs();
    acknowledged(a, 'B', 'C');
    const proposed: unknown[] = [];
    for (let turn = 0; turn < 40; turn += 1) {
      a.wakesOnTime();
      proposed.push(...notes(a).filter(({ type }) => type === 'proposes'));
      a.syncs();
      hears(a, 'B', MUTE);
    }
    return proposed;
  }

  test('takes no vote of a silent voter, which may be the only one that could serve', () => {
    expect(changes(counter)).toEqual([]);
  });

  test('which an able one does', () => {
    expect(changes(BOTH)).toContainEqual(expect.objectContaining({ change: 'remove', nodeId: 'C' }));
  });
});

test('§11.5: a mute learner gets no vote', () => {
  const configuration = { ...cast({ A: 3, B: 2 }), learners: [{ ...the(THREE.voters[2]), diskId: diskOf('C') }] };
  const a = servingPrimary(new Actor('A', { configuration, app: counter }), 'B');
  acknowledged(a, 'C');
  for (const until = a.millis + 30_000; a.millis < until;) {
    a.wakesOnTime().syncs();
    hears(a, 'B', undefined);
    hears(a, 'C', MUTE);
    acknowledged(a, 'B', 'C');
  }
  expect(a.voters).not.toContain('C');
});

/** The counter with a list; each version answers only what its own decoder has read. */
function listing(version: number, previous?: App): App {
  return {
    ...counter,
    version,
    ...(previous === undefined ? {} : { previous }),
    decodeQuery: () => ({ type: 'decoded', value: `read by ${version}` }),
    answer: (_state, query) => ({
      type: 'listed',
      size: query === `read by ${version}` ? 100 : 0,
      row: (place) => `${place} ${'x'.repeat(1_000)}`,
    }),
  };
}

function page(from: number, at?: number): Request {
  return { type: 'read', id: `p${from}`, query: 'rows', mode: 'session', token: undefined, page: { from, at } };
}

describe('§11.1: lists and retries across an activation', () => {
  test('The later pages of a list are read by the code of its version, query and state alike', () => {
    const a = new Actor('A', {
      configuration: THREE,
      app: listing(2, listing(1)),
      settings: { pageSizeAtMost: 10_000 },
    });
    acknowledged(servingPrimary(a, 'B', 'C').asked(adding('x', 5)).syncs(), 'B', 'C');
    a.asked(page(0));
    const [first] = replies(a);
    const { next, index } = first?.type === 'done' ? first : { next: undefined, index: 0 };
    for (const peer of ['B', 'C']) hears(a, peer, RUNS_BOTH);
    acknowledged(a.wakesOnTime().wakesOnTime().syncs(), 'B', 'C');
    expect(machineOf(a.replica).version).toBe(2);
    a.asked(page(the(next), index));
    expect(replies(a)).toEqual([expect.objectContaining({ type: 'done', index })]);
  });

  test('A write that is sent again behind an activation gets its outcome, though the new code reads it otherwise', () => {
    const annotated: App = {
      ...second(counter),
      decode: (value) => {
        const decoded = counter.decode(value);
        return decoded.type === 'rejected' ? decoded : { type: 'decoded', value: { ...decoded.value, note: 'none' } };
      },
    };
    const a = primary(annotated);
    acknowledged(a.asked(adding('x', 5)).syncs(), 'B', 'C');
    for (const peer of ['B', 'C']) hears(a, peer, RUNS_BOTH);
    acknowledged(a.wakesOnTime().wakesOnTime().syncs(), 'B', 'C');
    a.asked(adding('x', 5));
    expect(replies(a)).toEqual([expect.objectContaining({ type: 'done', id: 'ask-x', index: 2 })]);
    a.asked(adding('x', 6));
    expect(replies(a)).toEqual([expect.objectContaining({ type: 'unserved', reason: 'reused' })]);
  });
});

test('§11.6: a full copy holds up no entry to a peer that has the log', () => {
  const a = activated();
  a.takes({ type: 'saved', index: the(a.replica.saving).base.index });
  hears(a, 'C', { oldest: 2, newest: 2, isMute: true, kept: 1 });
  expect(sends(a, 'install')).toHaveLength(1);
  a.asked(adding('y', 5));
  expect(sends(a, 'append').map(({ to }) => to)).toContain('C');
});
