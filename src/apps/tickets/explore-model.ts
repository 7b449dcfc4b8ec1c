import { List, Map } from 'immutable';
import { NO_EPOCH } from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import type { Model } from '../../sim/explore/model.ts';
import { WIDE_BOUNDS } from '../../sim/explore/models/election.ts';
import { MOMENT, NEVER, TICK_SETTINGS } from '../../sim/explore/ticks.ts';
import { EVENTS, events } from './events.ts';
import { tickets } from './service.ts';
import { USERS, users } from './users.ts';

const SERVERS = ['s1', 's2'];

/** One purchase of two tickets of the only event by the only user, sent to each server, and again. */
const PURCHASE: readonly Envelope[] = SERVERS.map((node) => ({
  from: { node: 'client', unit: 'front-end' },
  to: { node, unit: EVENTS },
  message: {
    type: 'requests',
    epoch: NO_EPOCH,
    lamport: 0,
    items: [
      {
        type: 'write',
        id: 'purchase',
        uuid: 'purchase-1',
        issuedAt: MOMENT.wall,
        command: { type: 'purchase', eventid: 0, userid: 0, tickets: 2 },
      },
    ],
  },
}));

const EVENT = { eventid: 0, eventname: 'a show', userid: 0, capacity: 3, avail: 3, purchased: 0, pending: 0 };

/**
 * A purchase is reserved in one group, executed in the other and confirmed, while either primary changes in between.
 */
export const calls: Model = {
  name: 'calls',
  title: 'a purchase in one group calls the other, while primaries crash and change between its steps',
  service: {
    ...tickets,
    apps: [
      { ...events, initial: { events: List([EVENT]) } },
      { ...users, initial: { users: List([{ userid: 0, username: 'u', tickets: Map<number, number>() }]) } },
    ],
  },
  topology: { clusterId: 'explored', servers: SERVERS, frontEnds: ['f1'], groups: [EVENTS, USERS] },
  // Calls are delivered repeatedly; commits are sent with entries only.
  settings: { ...TICK_SETTINGS, retryAfter: 1, heartbeatEvery: NEVER },
  bounds: { campaigns: 0, changes: 0, reboots: 1, slowWrites: 0, hints: 0, repeats: 0, losses: 0 },
  wideBounds: { ...WIDE_BOUNDS, changes: 0 },
  requests: PURCHASE,
  begins: { ledBy: { [EVENTS]: 's2', [USERS]: 's1' } },
};
