import type { HuntMixes } from '../../sim/workloads/workload.ts';

/** Writes whose answers tell what came before, and a list that shows them all: reveals a stale read. */
const TELLING_READS = { 'create-event': 2, 'read-events': 5 };

/** The request mixes that make a planted bug likely to matter. */
export const TICKETS_MIXES: HuntMixes = {
  'commits-entry-of-older-epoch': { 'create-user': 3, purchase: 1 },
  'reads-without-confirming-leadership': TELLING_READS,
  'reads-before-own-noop-visible': TELLING_READS,
  'commits-unmatched-suffix': { 'create-user': 1 },
  'retries-read-without-token': TELLING_READS,
  'reads-later-pages-from-newest-state': { 'create-event': 3, purchase: 3, 'read-events': 6 },
  'sends-outcomes-of-any-size': { 'create-event': 3, 'read-event': 4 },
  // Several clients compete for the last tickets of an event.
  'checks-stock-only-when-asked': { 'create-event': 1, purchase: 10 },
  // Many buyers, some of whom do not exist yet, and readers of the same few events.
  'sells-before-finding-buyer': { 'create-event': 1, purchase: 8, 'read-event': 4 },
  'accepts-torn-log-tail': { 'create-user': 1 },
  'executes-repeated-call-again': { 'create-event': 1, purchase: 6 },
  'promotes-learner-that-lacks-entries': { 'create-user': 1 },
  'serves-and-redirects-held-requests': { 'create-user': 1 },
  'resends-window-per-refusal': { 'create-user': 1 },
};
