import type { RecordedEvent, RecordedFact, Recording } from '../../../src/sim/recording/recording.ts';

/** What happened, and when: microseconds since the start. */
export type Fact = RecordedFact & { readonly at: number };

/** A tape of a cluster with servers `s1` to `s3`, front end `f1`, client `c1` and one group, written by hand. */
export function handTape(facts: readonly Fact[], change: Partial<Recording> = {}): Recording {
  const events = facts.map((fact, place): RecordedEvent => ({ ...fact, number: place + 1 }));
  return {
    version: 1,
    name: 'by hand',
    seed: 7,
    digest: '00000000000007',
    servers: ['s1', 's2', 's3'],
    frontEnds: ['f1'],
    clients: ['c1'],
    groups: ['events'],
    endedAt: Math.max(0, ...facts.map((fact) => fact.at)),
    events,
    ...change,
  };
}

/** A message leaves. */
export function sent(at: number, id: number, from: string, to: string, more: Partial<Sent> = {}): Fact {
  const kind = more.kind ?? 'append';
  return {
    type: 'sent',
    at,
    id,
    from,
    to,
    fromUnit: 'events',
    unit: 'events',
    text: `${kind} number ${id}`,
    fate: 'once',
    ...more,
    kind,
  };
}

/** A copy of it comes to its end. */
export function arrived(at: number, id: number, outcome: 'taken' | 'paused' | 'refused' | 'ignored' = 'taken'): Fact {
  return { type: 'arrived', at, id, outcome };
}

/** Three servers and a front end begin, and `s1` leads. */
export const BEGINNING: readonly Fact[] = [
  ...['s1', 's2', 's3', 'f1'].map((node): Fact => ({ type: 'started', at: 0, node, life: 1 })),
  ...['s1', 's2', 's3'].map((node): Fact => ({
    type: 'role',
    at: 0,
    node,
    group: 'events',
    role: node === 's1' ? 'primary' : 'secondary',
    epoch: '1.s1',
    primary: 's1',
  })),
];

type Sent = Extract<RecordedFact, { type: 'sent' }>;
