import type { PlantedBug } from '../../protocol/model/mutants.ts';
import { DEFAULT_SETTINGS } from '../../protocol/model/settings.ts';
import type { Focus } from '../plan/swarm.ts';
import {
  ASKED_FOR,
  CHANGES_FILES,
  SHORT_TERMS,
  FAST_DISK,
  FAST_NETWORK,
  FULL_COPIES,
  LOST_RECORDS,
  WRONG_CLOCKS,
  UPGRADES,
  MANY_READS,
  MANY_WRITES,
  NUMBERED,
  SHORT_SESSIONS,
  SLOW_MIGRATIONS,
} from './focus-parts.ts';
import type { Workload } from '../workloads/workload.ts';

/** The focus of the hunt for a bug on a service: the bug's own, with the service's requests for it. */
export function focusOf(id: PlantedBug, { service, huntMixes = {} }: Workload): Focus {
  const focus = FOCUS[id] ?? {};
  const mix = huntMixes[id];
  return {
    ...focus,
    service: service.name,
    workload: { ...focus.workload, ...(mix === undefined ? {} : { mix }) },
  };
}

/**
 * The focus that makes each bug likely to show on any service. The rest of the plan is the swarm's; a bug that is
 * absent here needs no focus. Without one most bugs are found as well, some of them late. The requests are the
 * services' own: see `Workload.huntMixes`.
 */
const FOCUS: Readonly<Partial<Record<PlantedBug, Focus>>> = {
  // Lists of several pages, and writes between them.
  'reads-later-pages-from-newest-state': {
    settings: {
      pageSizeAtMost: 60,
      answerSizeAtMost: 8_388_608,
      versionsAtMost: 64,
      listsAtMost: 64,
      versionFor: 5_000,
    },
    workload: { ...MANY_READS, think: 0 },
    strikes: [0, 2],
  },
  'sends-outcomes-of-any-size': {
    frontEnds: [1, 1],
    settings: { answerSizeAtMost: 120, pageSizeAtMost: 120, heldAtMost: 10_000, readsAtMost: 20_000 },
    workload: { ...MANY_READS, think: 0 },
    strikes: [0, 2],
  },
  // A server applies some commands otherwise, and nothing hides it.
  'keeps-divergence-to-itself': { servers: [3, 4], astray: true, strikes: [0, 2] },
  'heals-without-replacing-state': { servers: [3, 4], astray: true, strikes: [0, 2] },
  'compares-hashes-of-different-indexes': {
    servers: [3, 5],
    settings: { compareEvery: 100 },
    workload: MANY_WRITES,
    strikes: [0, 4],
  },
  'compares-states-once': { servers: [3, 5], settings: { compareEvery: 100 }, workload: MANY_WRITES, strikes: [0, 4] },
  // A server must say again and again that its state is wrong, while entries become visible.
  'copies-at-every-word': {
    servers: [2, 4],
    falseAlarms: true,
    strikes: [0, 4],
    settings: { ...SHORT_TERMS, snapshotEvery: 1_000 },
    network: FAST_NETWORK,
    disk: FAST_DISK,
    workload: { clients: 6, requests: 120, think: 20 },
  },
  // A migration must fail on one server while others answer by what it made.
  'serves-on-after-failed-migration': { ...UPGRADES, failsMigration: true, settings: { compareEvery: 2_500 } },
  // A server must lose the lead over a migration, and others or itself lead after it.
  'tries-migration-beside-another': { ...SLOW_MIGRATIONS, migration: { takes: 'for ever' } },
  'tries-slow-migration-again': { ...SLOW_MIGRATIONS, migration: { takes: 400 } },
  // All able servers must be away, and a mute one lead.
  'takes-votes-when-unfit': { ...UPGRADES, faults: ['deploy', 'stop', 'crash'], strikes: [4, 10] },
  // A server must be given a full copy of a later version, and hear a heartbeat before its disk has it.
  'tells-version-before-disk': {
    ...FULL_COPIES,
    faults: ['deploy', 'crash', 'partition'],
    // Elections must outlast such a disk.
    settings: {
      ...FULL_COPIES.settings,
      heartbeatEvery: 20,
      suspectAfter: 300,
      electAfter: 500,
      quorumWithin: 500,
      answerWithin: 200,
    },
    disk: { syncMicros: [20_000, 50_000] },
  },
  // Snapshots must be changes, of what the bug leaves out.
  'omits-deletions-from-changes': CHANGES_FILES,
  'omits-shrinking-from-changes': CHANGES_FILES,
  'compares-collections-by-size': CHANGES_FILES,
  'writes-only-new-keys': CHANGES_FILES,
  'keeps-older-values-at-load': CHANGES_FILES,
  'drops-changes-beyond-base': CHANGES_FILES,
  'drops-chain-before-base': CHANGES_FILES,
  'reports-changes-before-durable': CHANGES_FILES,
  'continues-changes-from-before-copy': CHANGES_FILES,
  'writes-every-snapshot-whole': CHANGES_FILES,
  'stops-when-mute': UPGRADES,
  // A server must be away while the others activate, and come back without the version.
  'refuses-activation-it-cannot-run': { ...UPGRADES, faults: ['deploy', 'stop'], strikes: [4, 10] },
  'activates-for-a-majority': UPGRADES,
  'applies-by-newest-code': UPGRADES,
  'forgets-version-in-snapshot': UPGRADES,
  'drops-log-behind-copy': UPGRADES,
  'never-leads-when-mute': UPGRADES,
  'outranks-although-mute': UPGRADES,
  'migrates-again-at-start': UPGRADES,
  'stays-primary-although-mute': UPGRADES,
  'reuses-session-ids': NUMBERED,
  'opens-unknown-session': SHORT_SESSIONS,
  'applies-numbers-done': NUMBERED,
  'remembers-highest-number-only': NUMBERED,
  'reuses-number-given-up': { ...NUMBERED, settings: { holdFor: 300, retryAfter: 200 } },
  'installs-full-copy-without-numbers': { ...FULL_COPIES, workload: { ...MANY_WRITES, keyed: 0 } },
  'numbers-keyed-writes': { ...NUMBERED, workload: { ...MANY_WRITES, keyed: 1_000 } },
  'carries-over-ended-session': SHORT_SESSIONS,
  'forgets-by-entry-time': {
    ...WRONG_CLOCKS,
    settings: { ...SHORT_TERMS, dedupeFor: 2_000, dedupeMargin: 60_000, dedupeAtMost: 2_000_000 },
    workload: { clients: 4, requests: 60, think: 60, keyed: 1_000 },
  },
  'ends-session-by-own-clock': SHORT_SESSIONS,
  'fences-by-open-number': ASKED_FOR,
  // A front end must reach a secondary that lacks the opening of the session, and not the primary.
  'answers-question-from-own-state': ASKED_FOR,
  'heartbeats-twice-as-often': { servers: [3, 5] },
  'addresses-peers-in-reverse': { servers: [3, 5] },
  'sends-appends-twice': { servers: [3, 5] },
  'takes-any-epoch-counter': { faults: ['poison', 'crash'], strikes: [6, 12] },
  'takes-first-epoch-it-hears': { servers: [2, 4] },
  'believes-first-life-it-hears': { servers: [2, 4] },
  'takes-any-lamport-time': { faults: ['poison', 'crash'], strikes: [6, 12] },
  'ends-on-unproven-life': { faults: ['poison', 'crash'], strikes: [6, 12] },
  'believes-strangers': { servers: [2, 5] },
  'lets-front-ends-remove': { servers: [2, 5] },
  // Wall clocks must be wrong, and leadership must change often.
  'stamps-by-own-wall': WRONG_CLOCKS,
  'begins-at-quorum-wall': WRONG_CLOCKS,
  'believes-highest-time': { ...WRONG_CLOCKS, faults: ['crash', 'jump-clock'], strikes: [14, 24] },
  'measures-outage-against-stamps': { ...WRONG_CLOCKS, faults: ['crash', 'jump-clock'], strikes: [14, 24] },
  'keeps-time-of-earlier-tenure': WRONG_CLOCKS,
  'raises-time-after-noop': WRONG_CLOCKS,
  // Votes must arrive twice, and before those of others that would have elected the candidate anyway.
  'counts-repeated-vote-twice': {
    servers: [3, 5],
    faults: ['crash', 'partition', 'one-way'],
    strikes: [10, 20],
    settings: SHORT_TERMS,
    network: { ...FAST_NETWORK, duplicate: 400 },
    disk: FAST_DISK,
  },
  // A vote must be in flight for longer than until the next campaign, and its voter must not have promised more since.
  'counts-vote-from-earlier-campaign': {
    servers: [3, 5],
    faults: ['crash', 'partition', 'one-way'],
    strikes: [10, 20],
    settings: { ...SHORT_TERMS, answerWithin: 40, jitter: 20 },
    network: {
      delayMicros: [2_000, 5_000, 10_000, 15_000],
      tail: { perMille: 350, delayMicros: 250_000 },
      ordered: false,
    },
    disk: FAST_DISK,
  },
  // An entry of an old epoch must reach a majority while its new primary has nothing of its own there, and a third
  // server must hold an entry of an epoch between: short terms, cuts at any moment, one entry at a time. One front end
  // holds all witness votes, so that few voters decide.
  'commits-entry-of-older-epoch': {
    servers: [3, 5],
    frontEnds: [1, 1],
    faults: ['crash', 'partition', 'one-way'],
    strikes: [30, 60],
    horizon: 12_000,
    settings: {
      ...SHORT_TERMS,
      penaltyFor: 200,
      resendAfter: 60,
      removeAfter: 5_000,
      batchAtMost: 1,
      inFlightAtMost: 1,
      acknowledge: 'majority',
      holdFor: 2_000,
      retryAfter: 100,
    },
    network: {
      delayMicros: [2_000, 5_000, 10_000, 20_000],
      tail: { perMille: 10, delayMicros: 50_000 },
      drop: 150,
    },
    disk: FAST_DISK,
    workload: {
      clients: 6,
      requests: 60,
      think: 20,
      attemptFor: 500,
      giveUpAfter: 3_000,
    },
  },
  // A replica must take a full copy, and then get a retry of a write before it.
  'installs-full-copy-without-results': FULL_COPIES,
  // A primary must be deposed without knowing it for long, clients must still reach it, and its successor need not
  // remove it first.
  'reads-without-confirming-leadership': {
    servers: [3, 5],
    frontEnds: [2, 4],
    faults: ['partition', 'one-way'],
    strikes: [8, 16],
    settings: { ...SHORT_TERMS, quorumWithin: 2_000, acknowledge: 'majority', reads: 'primary' },
    network: FAST_NETWORK,
    disk: FAST_DISK,
    workload: MANY_READS,
  },
  // A successor must get a read before it knows what its predecessor had acknowledged: a dead predecessor keeps the
  // successor's first entry from being visible until it is removed.
  'reads-before-own-noop-visible': {
    servers: [3, 5],
    faults: ['crash', 'pause'],
    strikes: [6, 14],
    settings: { acknowledge: 'in-sync', removeAfter: 2_000 },
    workload: MANY_READS,
  },
  // A primary must step down with entries that only some replicas have, forget the commit index in a crash, and be led
  // back to where the logs agree by one entry at a time.
  'commits-unmatched-suffix': {
    servers: [3, 5],
    frontEnds: [1, 1],
    faults: ['crash', 'partition', 'one-way'],
    strikes: [20, 40],
    settings: { ...SHORT_TERMS, batchAtMost: 1, inFlightAtMost: 1, snapshotEvery: 1_000, resendAfter: 60 },
    network: { delayMicros: [2_000, 5_000, 10_000, 20_000], drop: 100 },
    disk: FAST_DISK,
    workload: { ...MANY_WRITES, attemptFor: 500 },
  },
  'sends-current-state-as-snapshot': FULL_COPIES,
  // A server must be a learner at an election: removed soon, readmitted late.
  'campaigns-as-learner': {
    servers: [3, 5],
    faults: ['crash', 'pause', 'partition'],
    strikes: [10, 20],
    settings: { ...SHORT_TERMS, removeAfter: 200, readmitAfter: 3_000 },
    network: FAST_NETWORK,
    disk: FAST_DISK,
  },
  // A session must read at a server that lags, after a failed read at another one.
  'retries-read-without-token': {
    servers: [3, 5],
    faults: ['partition', 'one-way', 'hold'],
    strikes: [6, 14],
    settings: { readWithin: 200, retryAfter: 100 },
    workload: { ...MANY_READS, tokens: 1_000, session: 1_000 },
  },
  // Several clients must compete for the last item.
  'checks-stock-only-when-asked': { workload: { clients: 6, requests: 40, think: 0 } },
  // Purchases for buyers who do not exist must be under way while others read and buy.
  'sells-before-finding-buyer': { workload: { clients: 6, requests: 40, think: 0 } },
  // One link must be down for long, and all else be well.
  'never-goes-another-way': {
    servers: [3, 5],
    frontEnds: [1, 2],
    faults: ['one-link'],
    strikes: [1, 1],
    horizon: 14_000,
    answersWithin: 6_000,
    settings: { ...DEFAULT_SETTINGS, stateSizeAtMost: 1_000_000_000, retryAfter: 500 },
    network: { ...FAST_NETWORK, drop: 0, duplicate: 0, tail: { perMille: 0, delayMicros: 0 } },
    disk: FAST_DISK,
    workload: { clients: 4, requests: 40, think: 200, attemptFor: 20_000, giveUpAfter: 20_000 },
  },
  // Crashes must hit pending writes, of more than one record.
  'accepts-torn-log-tail': {
    servers: [3, 5],
    faults: ['crash'],
    strikes: [12, 24],
    disk: { syncMicros: [5_000, 20_000], recordsPerFrame: 1_000_000 },
    workload: { clients: 6, requests: 40, think: 0 },
  },
  // A removed process must be restarted, and stay until it would get its vote.
  'readmits-removed-disk-after-restart': {
    servers: [3, 5],
    faults: ['remove', 'crash', 'stop'],
    strikes: [10, 20],
    settings: { admitAfter: 100, readmitAfter: 100, gossipEvery: 100 },
  },
  // The last data voter must be silent for long enough, and start with an empty disk.
  'takes-name-without-consent': {
    servers: [1, 2],
    frontEnds: [1, 2],
    faults: ['replace', 'stop'],
    strikes: [4, 10],
    settings: { unreachableAfter: 300, gossipEvery: 100 },
  },
  // A node must be removed while it lives, or come back before its groups have dropped it.
  'ends-while-counted': {
    servers: [2, 3],
    faults: ['remove', 'crash', 'pause'],
    strikes: [4, 10],
    settings: { gossipEvery: 100 },
  },
  // A server must vote on a new disk while its old one still counts, and its vote must decide.
  'counts-vote-of-another-disk': {
    servers: [3, 3],
    frontEnds: [1, 2],
    faults: ['usurp', 'crash', 'pause', 'partition'],
    strikes: [16, 30],
    settings: { ...SHORT_TERMS, removeAfter: 5_000, unreachableAfter: 500, gossipEvery: 500 },
    network: { drop: 150, refusals: false },
    horizon: 12_000,
  },
  // Newcomers must lag while writes go on, by less than what counts as close.
  'promotes-learner-that-lacks-entries': {
    faults: ['join', 'weather', 'slow-disk'],
    strikes: [4, 10],
    settings: { admitAfter: 100, batchAtMost: 512, acknowledge: 'in-sync' },
    network: { delayMicros: [5_000, 10_000, 20_000] },
    workload: MANY_WRITES,
  },
  // A transfer must fail, while requests are pending.
  'serves-and-redirects-held-requests': {
    servers: [3, 5],
    faults: ['transfer', 'pause', 'one-way'],
    strikes: [12, 24],
    settings: { ...SHORT_TERMS, removeAfter: 5_000, transferHeldAtMost: 10_000 },
    network: { drop: 300, duplicate: 0 },
    workload: MANY_WRITES,
  },
  // A server must return to many entries and lose one of the first of them in flight: all behind it are refused.
  'resends-window-per-refusal': {
    servers: [3, 3],
    faults: ['partition', 'pause'],
    strikes: [2, 4],
    settings: {
      batchAtMost: 1,
      inFlightAtMost: 128,
      removeAfter: 5_000,
      uncommittedAtMost: 20_000,
      heldAtMost: 10_000,
      keepEntries: 10_000,
      acknowledge: 'majority',
    },
    network: { ...FAST_NETWORK, ordered: true, drop: 20, duplicate: 0 },
    disk: FAST_DISK,
    workload: { clients: 8, requests: 60, think: 0 },
  },
  // A disk must lose a record while its primary stays, and has no reason to send anything behind it.
  'takes-forgotten-record-for-overtaken': {
    ...LOST_RECORDS,
    settings: { ...LOST_RECORDS.settings, readmitAfter: 100 },
  },
  'keeps-match-of-forgotten-record': LOST_RECORDS,
  // A node must run on, and be heard by no other.
  'stays-ready-while-cut-off': { ending: 'core', servers: [3, 5], frontEnds: [2, 3], strikes: [0, 4] },
  // Most voters must die together, and their connections be refused.
  'changes-votes-on-word-of-suspects': {
    servers: [3, 3],
    frontEnds: [1, 2],
    faults: ['crash', 'suspect'],
    strikes: [10, 20],
    settings: { suspectAfter: 120, quorumWithin: 500, electAfter: 500, removeAfter: 1_500 },
    network: { ...FAST_NETWORK, refusals: true },
    disk: FAST_DISK,
  },
  // The same, and those that die must have been heard one after the other.
  'takes-vote-on-word-as-old': {
    servers: [3, 3],
    frontEnds: [1, 2],
    faults: ['crash'],
    strikes: [10, 20],
    settings: { heartbeatEvery: 100, suspectAfter: 400, quorumWithin: 500, electAfter: 500, removeAfter: 1_500 },
    network: { ...FAST_NETWORK, refusals: true },
    disk: FAST_DISK,
  },
  // The lost record must be a promise.
  'forgets-promise-with-last-record': { ...LOST_RECORDS, faults: ['lose-record', 'crash', 'partition'] },
  // An answer must be in flight for longer than its invalidation, and be requested again at the same front end.
  'fills-cache-after-invalidation': {
    servers: [3, 3],
    frontEnds: [1, 2],
    faults: ['weather', 'hold', 'one-way'],
    strikes: [2, 8],
    settings: { cacheSize: 8, cacheFor: 5_000, watchEvery: 200 },
    network: { delayMicros: [500, 2_000, 10_000], tail: { perMille: 200, delayMicros: 60_000 }, ordered: false },
    disk: FAST_DISK,
    workload: MANY_WRITES,
  },
  // The called group must get a new primary that has the call in its log and has not applied it.
  'executes-repeated-call-again': {
    servers: [3, 5],
    faults: ['crash', 'pause', 'partition'],
    strikes: [10, 20],
    settings: { ...SHORT_TERMS, retryAfter: 100 },
    network: FAST_NETWORK,
    disk: FAST_DISK,
    workload: { clients: 6, requests: 40, think: 20 },
  },
};
