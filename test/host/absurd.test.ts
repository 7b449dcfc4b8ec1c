import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Host, hostWakeAt, stepHost } from '../../src/host/host.ts';
import { GOSSIP } from '../../src/protocol/model/address.ts';
import { unreachable } from '../../src/protocol/model/assert.ts';
import { body, messages } from '../support/protocol/arbitraries.ts';
import type { Body } from '../../src/protocol/model/entry.ts';
import { chain, placeAt } from '../../src/protocol/model/log.ts';
import type { Message } from '../../src/protocol/model/messages.ts';
import { decodeEnvelope, encodeEnvelope } from '../../src/protocol/wire/codec.ts';
import { HostGroup } from '../support/host/host-group.ts';

// A proven link that says what is well formed and absurd: every type of message with every value its shape allows, under
// the name of any node, as near to what the receiver would take as one can come. Whatever it changes, nothing ends.

/** Messages in all. `ABSURD_MESSAGES=200000 npx vitest run --project pure test/host/absurd.test.ts` says more. */
const COUNT = Number(process.env['ABSURD_MESSAGES'] ?? 3_000);
const AT_ONCE = 10;

/** Commands that some app reads, among them one that makes a call although it was called. */
const readable: fc.Arbitrary<Body> = fc
  .record({
    isCall: fc.boolean(),
    number: fc.integer({ min: 1, max: 3 }),
    uuid: fc.constantFrom('u1', 'u2', 'u3'),
    command: fc.constantFrom(
      { type: 'create', username: 'ada' },
      { type: 'create', userid: 0, eventname: 'Concert', numtickets: 5 },
      { type: 'purchase', eventid: 1, userid: 0, tickets: 1 },
      { type: 'transfer', userid: 0, eventid: 0, tickets: 1, targetuser: 1 },
    ),
  })
  .map(({ isCall, number, uuid, command }) =>
    isCall
      ? { type: 'call', from: 'users', historyId: 'c', number, uuid, settled: 0, command }
      : { type: 'write', uuid, issuedAt: 1_700_000_000_000, command },
  );

const said = fc.record({
  from: fc.constantFrom('s1', 's2', 's3', 'f1', 'x1', '__proto__'),
  to: fc.constantFrom('s1', 's3', 'f1'),
  group: fc.constantFrom('events', 'users'),
  unit: fc.constantFrom('events', 'users', 'front-end', 'gossip'),
  message: fc.oneof(...Object.values(messages)),
  bodies: fc.array(fc.oneof(body, readable), { maxLength: 3 }),
  fits: fc.boolean(),
  passes: fc.constantFrom(0, 1, 700),
});

type Said = typeof said extends fc.Arbitrary<infer Value> ? Value : never;

/** The message with the sender's epoch, the receiver's place in the log and a whole chain of entries. */
function fitted({ message, from, group, bodies, fits }: Said, host: Host): Message {
  const replica = host.slots[group]?.replica;
  if (!fits || replica === undefined) return message;
  const { log, commit, promised, identity } = replica;
  const epoch = { counter: promised.counter + (promised.nodeId === from ? 0 : 1), nodeId: from };
  const diskId = `${identity.clusterId}/${from}/1`;
  switch (message.type) {
    case 'append': {
      const before = placeAt(log, commit) ?? log.base;
      let last = before;
      const entries = bodies.map((one) => {
        const entry = chain(last, epoch, { lamport: last.lamport, wall: last.wall }, one);
        last = entry;
        return entry;
      });
      return { ...message, epoch, previousIndex: before.index, previousHash: before.hash, entries, commit: last.index };
    }
    case 'install': {
      const { snapshot } = message;
      return { ...message, epoch, snapshot: { ...snapshot, base: { ...snapshot.base, index: commit + 5 } } };
    }
    case 'heartbeat':
    case 'campaign':
    case 'transfer':
      return { ...message, epoch };
    case 'appended':
    case 'mismatched':
    case 'heard':
      return { ...message, epoch: promised, diskId };
    case 'voted':
      return { ...message, epoch: promised, diskId };
    case 'replies':
    case 'located':
    case 'changed':
      return { ...message, epoch: { ...epoch, nodeId: 's1' }, primary: 's1' };
    case 'answer':
    case 'election':
    case 'gossip':
    case 'locate':
    case 'outdated':
    case 'relay':
    case 'relayed':
    case 'requests':
    case 'watch':
      return message;
    default:
      return unreachable(message);
  }
}

test('Nothing well formed that a proven link says ends a process', { timeout: 600_000 }, () => {
  const group = new HostGroup();
  group.found();
  const begun = new Map(group.hosts);
  fc.assert(
    fc.property(fc.array(said, { minLength: AT_ONCE, maxLength: AT_ONCE }), (all) => {
      const hosts = new Map(begun);
      let millis = group.millis;
      for (const one of all) {
        const host = hosts.get(one.to);
        if (host === undefined) throw new Error(`${one.to} has been founded`);
        const unit = one.message.type === 'gossip' ? GOSSIP : one.group;
        const to = { node: one.to, unit: one.message.type === 'gossip' ? GOSSIP : one.unit };
        const envelope = { from: { node: one.from, unit }, to, message: fitted(one, host) };
        const heard = decodeEnvelope(encodeEnvelope(envelope));
        if (heard.type === 'rejected') continue;
        millis += one.passes;
        let now = { millis, wall: 1_700_000_000_000 + millis, chance: 0.5 };
        let [next, actions] = stepHost(host, { type: 'envelope', envelope: heard.value }, now);
        for (const action of actions)
          if (action.type === 'write') [next, actions] = stepHost(next, { type: 'written', unit: action.unit }, now);
        for (let wakes = 0; wakes < 3 && (hostWakeAt(next) ?? Infinity) <= millis; wakes += 1) {
          now = { ...now, chance: 0.1 };
          [next] = stepHost(next, { type: 'wake' }, now);
        }
        hosts.set(one.to, next);
      }
    }),
    { numRuns: Math.ceil(COUNT / AT_ONCE) },
  );
  expect(group.hosts).toEqual(begun);
});
