import type { HuntMixes } from '../../sim/workloads/workload.ts';

/** Writes of which each answer says what came before, and a list that shows them all: a stale read cannot hide. */
const TELLING_READS = { 'create-event': 2, 'read-events': 5 };

/** The requests that make a planted bug likely to matter. */
export const TICKETS_MIXES: HuntMixes = {
  M06: { 'create-user': 3, purchase: 1 },
  M13: TELLING_READS,
  M14: TELLING_READS,
  M18: { 'create-user': 1 },
  M23: TELLING_READS,
  // The last tickets of an event, and several clients that want them at once.
  M26: { 'create-event': 1, purchase: 10 },
  M27: { 'create-user': 1 },
  M34: { 'create-event': 1, purchase: 6 },
  M38: { 'create-user': 1 },
  M39: { 'create-user': 1 },
  M40: { 'create-user': 1 },
};
