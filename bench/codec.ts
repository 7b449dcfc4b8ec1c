import type { Entry, LogBase } from '../src/protocol/model/entry.ts';
import { NO_EPOCH } from '../src/protocol/model/epoch.ts';
import { chain } from '../src/protocol/model/log.ts';
import type { Envelope, Message } from '../src/protocol/model/messages.ts';
import { decodeEnvelope, encodeEnvelope } from '../src/protocol/wire/codec.ts';

/** Cost of the codec per message: encode, decode, and the share of JSON.parse in the latter. */
const GENESIS: LogBase = { index: 0, epoch: NO_EPOCH, hash: 2 ** 52 + 1, lamport: 0, wall: 0 };
const EPOCH = { counter: 3, nodeId: 's1' };
const UUID = '0195a1b2-c3d4-7abc-8def-0123456789ab';

const messages: Readonly<Record<string, Message>> = {
  heartbeat: { type: 'heartbeat', epoch: EPOCH, beat: 512, commit: 80_000 },
  'append of 1': appendOf(1),
  'append of 64': appendOf(64),
};

for (const [name, message] of Object.entries(messages)) {
  const envelope: Envelope = { from: { node: 's1', unit: 'events' }, to: { node: 's2', unit: 'events' }, message };
  const text = encodeEnvelope(envelope);
  const rounds = name === 'append of 64' ? 5_000 : 100_000;
  const encode = microsecondsOf(rounds, () => encodeEnvelope(envelope));
  const decode = microsecondsOf(rounds, () => decodeEnvelope(text));
  const parse = microsecondsOf(rounds, (): unknown => JSON.parse(text));
  console.log(
    `${name}: ${text.length} characters, encode ${encode} µs, decode ${decode} µs (JSON.parse alone ${parse} µs)`,
  );
}

function appendOf(count: number): Message {
  let last: LogBase = GENESIS;
  const entries: Entry[] = [];
  for (let number = 0; number < count; number += 1) {
    const command = { type: 'purchase', eventid: 12, userid: 7, tickets: 2 };
    const body = { type: 'write' as const, uuid: UUID, issuedAt: 1_763_712_000_000, command };
    const entry = chain(last, EPOCH, { lamport: 0, wall: 1_763_712_000_000 }, body);
    entries.push(entry);
    last = entry;
  }
  return {
    type: 'append',
    epoch: EPOCH,
    previousIndex: 0,
    previousHash: GENESIS.hash,
    entries,
    commit: 0,
  };
}

/** Median of seven runs, in microseconds a round. */
function microsecondsOf(rounds: number, work: () => unknown): string {
  const runs = Array.from({ length: 7 }, () => {
    const startedAt = performance.now();
    for (let round = 0; round < rounds; round += 1) work();
    return ((performance.now() - startedAt) * 1_000) / rounds;
  });
  return (runs.sort((a, b) => a - b)[3] ?? 0).toFixed(2);
}
