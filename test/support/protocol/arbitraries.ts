import * as fc from 'fast-check';
import { List, Map } from 'immutable';
import type { Address } from '../../../src/protocol/model/address.ts';
import type { Outcome } from '../../../src/protocol/model/app.ts';
import { type Configuration, configurationOf, type Member } from '../../../src/protocol/model/configuration.ts';
import type { GroupView, ServiceEntry } from '../../../src/protocol/model/directory.ts';
import type { DiskOperation } from '../../../src/protocol/model/effects.ts';
import type { Body, Entry, LogBase } from '../../../src/protocol/model/entry.ts';
import type { Epoch, LogEnd } from '../../../src/protocol/model/epoch.ts';
import type { Machine, Snapshot } from '../../../src/protocol/model/machine.ts';
import type { Envelope, Message, Reply, Request, Token } from '../../../src/protocol/model/messages.ts';
import {
  finiteNumber as number,
  hostileJson as json,
  hostileKey as key,
  hostileText as text,
  jsonOf,
} from '../../../src/testing/hostile-json.ts';

/** Indexes, counters and hashes: often small, sometimes as large as they get. */
const whole: fc.Arbitrary<number> = fc.oneof(fc.nat(100), fc.maxSafeNat());
const lamport = fc.integer({ min: 0, max: 2 ** 50 });

/** JSON nested with List and Map. */
export const packable: fc.Arbitrary<unknown> = packableOf(3);

export const epoch: fc.Arbitrary<Epoch> = fc.record({ counter: whole, nodeId: text });

const logEnd: fc.Arbitrary<LogEnd> = fc.record({ epoch, index: whole });

const logBase: fc.Arbitrary<LogBase> = fc.record({
  index: whole,
  epoch,
  hash: whole,
  lamport: whole,
  wall: number,
});

const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({ type: fc.constant('accepted' as const), value: json }),
  fc.record({ type: fc.constant('refused' as const), reason: text }),
);

const member: fc.Arbitrary<Member> = fc.record({
  nodeId: text,
  diskId: text,
  kind: fc.constantFrom('data', 'witness'),
  votes: whole,
  rank: fc.integer(),
});

const configuration: fc.Arbitrary<Configuration> = fc
  .tuple(fc.array(member, { maxLength: 3 }), fc.array(member, { maxLength: 2 }))
  .map(([voters, learners]) => configurationOf(voters, learners));

export const body: fc.Arbitrary<Body> = fc.oneof(
  fc.constantFrom<Body>({ type: 'noop' }, { type: 'withheld' }),
  fc.record({ type: fc.constant('configuration' as const), configuration }),
  fc.record({ type: fc.constant('write' as const), uuid: text, issuedAt: number, command: json }),
  fc.record({
    type: fc.constant('call' as const),
    from: text,
    historyId: text,
    number: whole,
    uuid: text,
    settled: whole,
    command: json,
  }),
  fc.record({ type: fc.constant('settle' as const), group: text, number: whole, outcome, index: whole }),
);

const entry: fc.Arbitrary<Entry> = fc.record({
  index: whole,
  epoch,
  previousHash: whole,
  hash: whole,
  lamport: whole,
  wall: number,
  body,
});

const rests = fc.array(fc.record({ group: text, index: whole }), { maxLength: 2 });

const result = fc.record({
  index: whole,
  lamport: whole,
  wall: number,
  digest: whole,
  outcome: fc.option(outcome, { nil: undefined }),
  rests,
});

const pendingCall = fc.record({ uuid: text, command: json, origin: text, originCommand: json });

const callResult = fc.record({ outcome, index: whole, lamport: whole });

const machine: fc.Arbitrary<Machine> = fc.record({
  at: logBase,
  window: fc.record({ dedupeFor: whole, dedupeMargin: whole }),
  state: packable,
  results: mapOf(key, result),
  order: fc.array(text, { maxLength: 4 }).map((uuids) => List(uuids)),
  outgoing: mapOf(key, fc.record({ last: whole, settled: whole, pending: mapOf(whole, pendingCall) })),
  incoming: mapOf(key, fc.record({ cursor: whole, results: mapOf(whole, callResult) })),
});

export const snapshot: fc.Arbitrary<Snapshot> = fc.record({
  base: logBase,
  configuration,
  machine: fc.option(machine, { nil: undefined }),
});

export const operation: fc.Arbitrary<DiskOperation> = fc.oneof(
  fc.record({ type: fc.constant('promise' as const), epoch }),
  fc.record({ type: fc.constant('append' as const), entries: fc.array(entry, { maxLength: 3 }) }),
  fc.record({ type: fc.constant('truncate' as const), from: whole }),
  fc.record({ type: fc.constant('install' as const), snapshot }),
  fc.record({ type: fc.constant('compact' as const), through: whole }),
);

const token: fc.Arbitrary<Token> = fc.record({ historyId: text, index: whole });

const request: fc.Arbitrary<Request> = fc.oneof(
  fc.record({ type: fc.constant('write' as const), id: text, uuid: text, issuedAt: number, command: json }),
  fc.record({
    type: fc.constant('read' as const),
    id: text,
    query: json,
    mode: fc.constantFrom('linearizable' as const, 'session' as const),
    token: fc.option(token, { nil: undefined }),
  }),
  fc.record({ type: fc.constant('index' as const), id: text }),
  fc.record({
    type: fc.constant('call' as const),
    id: text,
    from: text,
    historyId: text,
    number: whole,
    uuid: text,
    settled: whole,
    command: json,
  }),
);

const reply: fc.Arbitrary<Reply> = fc.oneof(
  fc.record({ type: fc.constant('done' as const), id: text, outcome, index: whole, lamport, rests }),
  fc.record({ type: fc.constant('index' as const), id: text, index: whole }),
  fc.record({
    type: fc.constant('unserved' as const),
    id: text,
    reason: fc.constantFrom(
      ...([
        'not-primary',
        'busy',
        'behind',
        'malformed',
        'expired',
        'reused',
        'early',
        'other-history',
        'ahead',
      ] as const),
    ),
  }),
);

const primary = fc.option(text, { nil: undefined });

const service: fc.Arbitrary<ServiceEntry> = fc.record({
  nodeId: text,
  kind: fc.constantFrom('server', 'frontend'),
  address: fc.constantFrom('a:1', '10.0.0.1:4599', '[::1]:80'),
  diskId: text,
  generation: whole,
  incarnation: whole,
  standing: fc.constantFrom('member', 'away', 'removed'),
  beat: whole,
});

const sight: fc.Arbitrary<GroupView> = fc.record({ group: text, epoch, primary, index: whole, configuration });

const address: fc.Arbitrary<Address> = fc.record({ node: text, unit: text });

/** One arbitrary for each type of message; the compiler asks for all of them. */
export const messages: { readonly [Type in Message['type']]: fc.Arbitrary<Extract<Message, { readonly type: Type }>> } =
  {
    election: fc.record({ type: fc.constant('election'), round: whole, end: logEnd, transfer: fc.boolean() }),
    answer: fc.record({
      type: fc.constant('answer'),
      round: whole,
      verdict: fc.constantFrom('alive', 'behind', 'better', 'ok'),
      promised: epoch,
    }),
    campaign: fc.record({ type: fc.constant('campaign'), epoch, end: logEnd, transfer: fc.boolean() }),
    voted: fc.record({ type: fc.constant('voted'), epoch, granted: fc.boolean(), promised: epoch, diskId: text }),
    transfer: fc.record({ type: fc.constant('transfer'), epoch, end: logEnd }),
    append: fc.record({
      type: fc.constant('append'),
      epoch,
      previousIndex: whole,
      previousHash: whole,
      entries: fc.array(entry, { maxLength: 4 }),
      commit: whole,
    }),
    appended: fc.record({ type: fc.constant('appended'), epoch, match: whole, diskId: text, incarnation: whole }),
    mismatched: fc.record({
      type: fc.constant('mismatched'),
      epoch,
      previousIndex: whole,
      from: whole,
      diskId: text,
      incarnation: whole,
    }),
    outdated: fc.record({ type: fc.constant('outdated'), promised: epoch }),
    heartbeat: fc.record({ type: fc.constant('heartbeat'), epoch, beat: whole, commit: whole }),
    heard: fc.record({
      type: fc.constant('heard'),
      epoch,
      beat: whole,
      agreed: whole,
      diskId: text,
      incarnation: whole,
    }),
    install: fc.record({ type: fc.constant('install'), epoch, snapshot }),
    locate: fc.record({ type: fc.constant('locate') }),
    watch: fc.record({ type: fc.constant('watch'), id: text, from: whole }),
    changed: fc.record({
      type: fc.constant('changed'),
      epoch,
      primary: text,
      historyId: text,
      from: whole,
      to: whole,
      keys: fc.option(fc.array(text, { maxLength: 3 }), { nil: undefined }),
      answers: fc.option(text, { nil: undefined }),
    }),
    located: fc.record({ type: fc.constant('located'), epoch, primary }),
    requests: fc.record({
      type: fc.constant('requests'),
      epoch,
      lamport,
      items: fc.array(request, { maxLength: 3 }),
    }),
    replies: fc.record({
      type: fc.constant('replies'),
      epoch,
      primary,
      historyId: text,
      items: fc.array(reply, { maxLength: 3 }),
    }),
    relay: fc.record({
      type: fc.constant('relay'),
      origin: fc.option(address, { nil: undefined }),
      epoch,
      lamport,
      items: fc.array(request, { maxLength: 3 }),
    }),
    relayed: fc.record({
      type: fc.constant('relayed'),
      origin: address,
      epoch,
      primary,
      historyId: text,
      items: fc.array(reply, { maxLength: 3 }),
    }),
    gossip: fc.record({
      type: fc.constant('gossip'),
      services: fc.array(service, { maxLength: 3 }),
      groups: fc.array(sight, { maxLength: 2 }),
      isAnswer: fc.boolean(),
    }),
  };

export function envelopeOf(message: fc.Arbitrary<Message>): fc.Arbitrary<Envelope> {
  return fc.record({ from: address, to: address, message });
}

export const envelope: fc.Arbitrary<Envelope> = envelopeOf(fc.oneof(...Object.values(messages)));

function packableOf(depth: number): fc.Arbitrary<unknown> {
  if (depth === 0) return jsonOf(0);
  const inner = packableOf(depth - 1);
  return fc.oneof(
    jsonOf(1),
    fc.array(inner, { maxLength: 3 }),
    fc.dictionary(key, inner, { maxKeys: 3, noNullPrototype: true }),
    fc.array(inner, { maxLength: 5 }).map((items) => List(items)),
    mapOf(fc.oneof(key, fc.integer()), inner),
  );
}

function mapOf<Key, Value>(keys: fc.Arbitrary<Key>, values: fc.Arbitrary<Value>): fc.Arbitrary<Map<Key, Value>> {
  return fc.array(fc.tuple(keys, values), { maxLength: 4 }).map((pairs) => Map(pairs));
}
