import * as fc from 'fast-check';
import { List, Map } from 'immutable';
import type { Address } from '../../../src/protocol/model/address.ts';
import type { Outcome } from '../../../src/protocol/model/app.ts';
import { type Configuration, configurationOf, type Member } from '../../../src/protocol/model/configuration.ts';
import type { GroupView, ServiceEntry } from '../../../src/protocol/model/directory.ts';
import type { DiskOperation } from '../../../src/protocol/model/effects.ts';
import type { Body, Entry, LogBase, Slot } from '../../../src/protocol/model/entry.ts';
import type { Epoch, LogEnd } from '../../../src/protocol/model/epoch.ts';
import type { Machine, PendingCall, Result, Snapshot, WriteSession } from '../../../src/protocol/model/machine.ts';
import {
  type CodeReport,
  type Envelope,
  type Message,
  type PageRequest,
  type Reply,
  type Request,
  SHORTAGES,
  type StateHash,
  type Token,
  type Trial,
  UNSERVED,
} from '../../../src/protocol/model/messages.ts';
import {
  finiteNumber as number,
  hostileJson as json,
  hostileKey as key,
  hostileText as text,
  jsonOf,
} from '../../../src/testing/hostile-json.ts';

/** Every field of `Value`, optional ones too: a codec that forgets one must not go unseen. */
function every<Value extends object>(fields: {
  readonly [Key in keyof Value]-?: fc.Arbitrary<Value[Key]>;
}): fc.Arbitrary<Value> {
  return fc.record<Value>(fields);
}

/** The case of a union closed by `type`. */
type Case<Union, Type> = Extract<Union, { readonly type: Type }>;

function maybe<Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.option(value, { nil: undefined });
}

/** Indexes, counters and hashes: often small, sometimes as large as they get. */
/** What a clock may show. */
const instant = fc.double({ min: -8.64e15, max: 8.64e15, noNaN: true }).map((millis) => (millis === 0 ? 0 : millis));
const whole: fc.Arbitrary<number> = fc.oneof(fc.nat(100), fc.maxSafeNat());
const lamport = fc.integer({ min: 0, max: 2 ** 50 });

/** JSON nested with List and Map. */
export const packable: fc.Arbitrary<unknown> = packableOf(3);

export const epoch: fc.Arbitrary<Epoch> = fc.record({ counter: whole, nodeId: text });

const logEnd: fc.Arbitrary<LogEnd> = fc.record({ epoch, index: whole });

const logBase: fc.Arbitrary<LogBase> = every<LogBase>({
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

const stateHash = every<StateHash>({ index: whole, version: whole, hash: whole });

const slot = every<Slot>({ session: whole, number: whole, done: whole });

export const body: fc.Arbitrary<Body> = fc.oneof(
  fc.constantFrom<Body>({ type: 'noop' }, { type: 'withheld' }),
  every<Case<Body, 'configuration'>>({ type: fc.constant('configuration' as const), configuration }),
  every<Case<Body, 'activate'>>({ type: fc.constant('activate' as const), version: whole }),
  every<Case<Body, 'open'>>({ type: fc.constant('open' as const), name: text }),
  every<Case<Body, 'write'>>({
    type: fc.constant('write' as const),
    uuid: text,
    issuedAt: maybe(number),
    slot: maybe(slot),
    command: json,
  }),
  every<Case<Body, 'call'>>({
    type: fc.constant('call' as const),
    from: text,
    historyId: text,
    number: whole,
    uuid: text,
    settled: whole,
    command: json,
  }),
  every<Case<Body, 'settle'>>({
    type: fc.constant('settle' as const),
    group: text,
    number: whole,
    outcome,
    index: whole,
  }),
);

const entry: fc.Arbitrary<Entry> = every<Entry>({
  index: whole,
  epoch,
  previousHash: whole,
  hash: whole,
  lamport: whole,
  wall: number,
  body,
});

const rests = fc.array(fc.record({ group: text, index: whole }), { maxLength: 2 });

const result = every<Result>({
  index: whole,
  lamport: whole,
  wall: number,
  issuedAt: maybe(number),
  digest: whole,
  outcome: maybe(outcome),
  rests,
});

const pendingCall = every<PendingCall>({
  uuid: text,
  command: json,
  origin: text,
  slot: maybe(slot),
  originCommand: json,
});

const callResult = fc.record({ outcome, index: whole, lamport: whole });

const machine: fc.Arbitrary<Machine> = every<Machine>({
  at: logBase,
  window: fc.record({ dedupeFor: whole, dedupeMargin: whole }),
  version: whole,
  state: packable,
  results: mapOf(key, result),
  order: fc.array(text, { maxLength: 4 }).map((uuids) => List(uuids)),
  sessions: maybe(mapOf(whole, every<WriteSession>({ wall: number, done: whole, results: mapOf(whole, result) }))),
  outgoing: mapOf(key, fc.record({ last: whole, settled: whole, pending: mapOf(whole, pendingCall) })),
  incoming: mapOf(key, fc.record({ cursor: whole, results: mapOf(whole, callResult) })),
});

export const snapshot: fc.Arbitrary<Snapshot> = every<Snapshot>({
  base: logBase,
  configuration,
  machine: maybe(machine),
});

export const operation: fc.Arbitrary<DiskOperation> = fc.oneof(
  every<Case<DiskOperation, 'promise'>>({ type: fc.constant('promise' as const), epoch }),
  every<Case<DiskOperation, 'append'>>({
    type: fc.constant('append' as const),
    entries: fc.array(entry, { maxLength: 3 }),
    wall: maybe(number),
  }),
  every<Case<DiskOperation, 'truncate'>>({ type: fc.constant('truncate' as const), from: whole }),
  every<Case<DiskOperation, 'install'>>({ type: fc.constant('install' as const), snapshot, wall: maybe(number) }),
  every<Case<DiskOperation, 'compact'>>({ type: fc.constant('compact' as const), through: whole, wall: maybe(number) }),
);

const token: fc.Arbitrary<Token> = fc.record({ historyId: text, index: whole });

const request: fc.Arbitrary<Request> = fc.oneof(
  every<Case<Request, 'write'>>({
    type: fc.constant('write' as const),
    id: text,
    uuid: text,
    issuedAt: maybe(number),
    slot: maybe(slot),
    command: json,
  }),
  every<Case<Request, 'open'>>({ type: fc.constant('open' as const), id: text }),
  every<Case<Request, 'outcome'>>({
    type: fc.constant('outcome' as const),
    id: text,
    history: whole,
    session: whole,
    number: whole,
    command: json,
  }),
  every<Case<Request, 'read'>>({
    type: fc.constant('read' as const),
    id: text,
    query: json,
    mode: fc.constantFrom('linearizable' as const, 'session' as const),
    token: maybe(token),
    page: maybe(every<PageRequest>({ from: whole, at: maybe(whole), isWhole: maybe(fc.boolean()) })),
  }),
  every<Case<Request, 'index'>>({ type: fc.constant('index' as const), id: text }),
  every<Case<Request, 'call'>>({
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
  every<Case<Reply, 'done'>>({
    type: fc.constant('done' as const),
    id: text,
    outcome,
    index: whole,
    lamport,
    rests,
    next: maybe(whole),
  }),
  every<Case<Reply, 'index'>>({ type: fc.constant('index' as const), id: text, index: whole }),
  every<Case<Reply, 'unserved'>>({
    type: fc.constant('unserved' as const),
    id: text,
    reason: fc.constantFrom(...UNSERVED),
  }),
);

const primary = maybe(text);

const service = every<ServiceEntry>({
  nodeId: text,
  kind: fc.constantFrom('server', 'frontend'),
  address: fc.constantFrom('a:1', '10.0.0.1:4599', '[::1]:80'),
  diskId: text,
  generation: whole,
  incarnation: whole,
  standing: fc.constantFrom('member', 'away', 'removed'),
  beat: whole,
  proof: maybe(text),
});

const sight = every<GroupView>({ group: text, epoch, primary, index: whole, configuration });

const address: fc.Arbitrary<Address> = fc.record({ node: text, unit: text });

/** One arbitrary for each type of message; the compiler asks for all of them. */
export const messages: { readonly [Type in Message['type']]: fc.Arbitrary<Extract<Message, { readonly type: Type }>> } =
  {
    election: every<Case<Message, 'election'>>({
      type: fc.constant('election'),
      round: whole,
      end: logEnd,
      transfer: fc.boolean(),
      isMute: maybe(fc.boolean()),
    }),
    answer: every<Case<Message, 'answer'>>({
      type: fc.constant('answer'),
      round: whole,
      verdict: fc.constantFrom('alive', 'behind', 'better', 'ok'),
      promised: epoch,
    }),
    campaign: every<Case<Message, 'campaign'>>({
      type: fc.constant('campaign'),
      epoch,
      end: logEnd,
      transfer: fc.boolean(),
    }),
    voted: every<Case<Message, 'voted'>>({
      type: fc.constant('voted'),
      epoch,
      granted: fc.boolean(),
      promised: epoch,
      diskId: text,
      time: maybe(instant),
      since: maybe(whole),
      wall: maybe(instant),
    }),
    transfer: every<Case<Message, 'transfer'>>({ type: fc.constant('transfer'), epoch, end: logEnd }),
    append: every<Case<Message, 'append'>>({
      type: fc.constant('append'),
      epoch,
      previousIndex: whole,
      previousHash: whole,
      entries: fc.array(entry, { maxLength: 4 }),
      commit: whole,
    }),
    appended: every<Case<Message, 'appended'>>({
      type: fc.constant('appended'),
      epoch,
      match: whole,
      diskId: text,
      incarnation: whole,
    }),
    mismatched: every<Case<Message, 'mismatched'>>({
      type: fc.constant('mismatched'),
      epoch,
      previousIndex: whole,
      from: whole,
      diskId: text,
      incarnation: whole,
    }),
    outdated: every<Case<Message, 'outdated'>>({ type: fc.constant('outdated'), promised: epoch }),
    heartbeat: every<Case<Message, 'heartbeat'>>({
      type: fc.constant('heartbeat'),
      epoch,
      beat: whole,
      commit: whole,
      time: maybe(instant),
      date: maybe(instant),
      compare: maybe(whole),
      diverged: maybe(stateHash),
      trial: maybe(every<Trial>({ by: text, version: whole })),
    }),
    heard: every<Case<Message, 'heard'>>({
      type: fc.constant('heard'),
      epoch,
      beat: whole,
      agreed: whole,
      diskId: text,
      incarnation: whole,
      wall: maybe(instant),
      short: maybe(fc.subarray([...SHORTAGES])),
      code: maybe(every<CodeReport>({ oldest: whole, newest: whole, isMute: fc.boolean(), kept: whole })),
      hashed: maybe(stateHash),
      diverged: maybe(whole),
    }),
    install: every<Case<Message, 'install'>>({
      type: fc.constant('install'),
      epoch,
      snapshot,
      size: maybe(whole),
    }),
    locate: every<Case<Message, 'locate'>>({ type: fc.constant('locate') }),
    watch: every<Case<Message, 'watch'>>({ type: fc.constant('watch'), id: text, from: whole }),
    changed: every<Case<Message, 'changed'>>({
      type: fc.constant('changed'),
      epoch,
      primary: text,
      historyId: text,
      from: whole,
      to: whole,
      keys: maybe(fc.array(text, { maxLength: 3 })),
      answers: maybe(text),
    }),
    located: every<Case<Message, 'located'>>({
      type: fc.constant('located'),
      epoch,
      primary,
      time: maybe(instant),
      version: maybe(whole),
    }),
    requests: every<Case<Message, 'requests'>>({
      type: fc.constant('requests'),
      epoch,
      lamport,
      items: fc.array(request, { maxLength: 3 }),
    }),
    replies: every<Case<Message, 'replies'>>({
      type: fc.constant('replies'),
      epoch,
      primary,
      historyId: text,
      time: maybe(instant),
      version: maybe(whole),
      items: fc.array(reply, { maxLength: 3 }),
    }),
    relay: every<Case<Message, 'relay'>>({
      type: fc.constant('relay'),
      origin: maybe(address),
      epoch,
      lamport,
      items: fc.array(request, { maxLength: 3 }),
    }),
    relayed: every<Case<Message, 'relayed'>>({
      type: fc.constant('relayed'),
      origin: address,
      epoch,
      primary,
      historyId: text,
      items: fc.array(reply, { maxLength: 3 }),
    }),
    gossip: every<Case<Message, 'gossip'>>({
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
