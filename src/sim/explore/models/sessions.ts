import type { Slot } from '../../../protocol/model/entry.ts';
import { NO_EPOCH, type NodeId } from '../../../protocol/model/epoch.ts';
import type { Envelope, Request } from '../../../protocol/model/messages.ts';
import type { Model } from '../model.ts';
import { NEVER, TICK_SETTINGS } from '../ticks.ts';
import { WIDE_BOUNDS } from './election.ts';
import { FIRST, NAMES, namesService, SECOND } from './names.ts';

/** The entry behind the no-op of the first primary opens it, before the exploration begins. */
const SESSION = 2;

const SERVERS = ['s1', 's2'];

const OPEN: Request = { type: 'open', id: 'open' };

/** Numbered writes in any order: each is sent again and again, and the first is given up (PROTOCOL §7.10). */
export const sessions: Model = {
  name: 'sessions',
  title: 'two numbers of a write session arrive in any order, again, and behind a write that gives the first one up',
  service: namesService,
  topology: { clusterId: 'explored', servers: SERVERS, frontEnds: ['f1'], groups: [NAMES] },
  settings: { ...TICK_SETTINGS, keepEntries: NEVER },
  bounds: { campaigns: 1, changes: 0, reboots: 0, slowWrites: 0, hints: 0, repeats: 0, losses: 0, requests: 2 },
  wideBounds: { ...WIDE_BOUNDS, changes: 0, requests: 7 },
  requests: [
    numbered(FIRST, { session: SESSION, number: 1, done: 0 }),
    numbered(SECOND, { session: SESSION, number: 2, done: 0 }),
    numbered(SECOND, { session: SESSION, number: 2, done: 1 }),
  ].flatMap(toAll),
  begins: { ledBy: { [NAMES]: 's2' }, before: [to('s2', OPEN)] },
};

/** A number in snapshots and full copies. */
export const sessionsCopies: Model = {
  ...sessions,
  name: 'sessions-copies',
  title: 'a number of a write session comes again, while logs are compacted and full copies are given',
  // As in the model `dedupe`.
  settings: { ...TICK_SETTINGS, removeAfter: 2, snapshotEvery: 2, keepEntries: 0, resendAfter: 1, copyWithin: 1 },
  bounds: { campaigns: 0, changes: 1, reboots: 1, slowWrites: 0, hints: 0, repeats: 0, losses: 0, requests: 2 },
  wideBounds: { ...WIDE_BOUNDS, requests: 7 },
  requests: [to('s2', numbered(FIRST, { session: SESSION, number: 1, done: 0 }))],
};

function numbered(command: string, slot: Slot): Request {
  return { type: 'write', id: `${command} behind ${slot.done}`, uuid: command, slot, command };
}

/** A client sends it again and again, to any server. */
function toAll(request: Request): readonly Envelope[] {
  return SERVERS.map((server) => to(server, request));
}

function to(node: NodeId, request: Request): Envelope {
  return {
    from: { node: 'client', unit: 'front-end' },
    to: { node, unit: NAMES },
    message: { type: 'requests', epoch: NO_EPOCH, lamport: 0, items: [request] },
  };
}
