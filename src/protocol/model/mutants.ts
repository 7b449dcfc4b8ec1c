/** Where a mistake stands in the code. */
export type Whereabouts = 'protocol' | 'gossip' | 'front end' | 'simulated disk' | 'driver' | 'app';

interface Planting {
  /** What the code does with the switch on, as the end of "a replica that …". */
  readonly title: string;
  readonly where: Whereabouts;
}

interface Missing {
  readonly title: string;
  readonly feature: 'not built yet';
}

interface HarmlessChange extends Planting {
  /** It breaks no rule: a judge that reports it is wrong. */
  readonly harmless: true;
}

/**
 * Mistakes people really made, by ids that never change, and three changes that are none. Each is a switch that only the
 * simulator turns on: a live process has `NOTHING_PLANTED`. It stands where somebody would make that mistake, is one short
 * condition, and with it off the code does what it always did. A judge must find each of the bugs and none of the harmless
 * changes; a bug of a feature that does not exist yet is listed so that nobody takes it for found.
 */
export const CATALOGUE = {
  M01: { title: 'counts a vote that arrives twice as two', where: 'protocol' },
  M02: { title: 'counts votes for an earlier candidacy of its own', where: 'protocol' },
  M03: { title: 'forgets its promise when it steps down', where: 'protocol' },
  M04: { title: 'votes without writing the promise down', where: 'protocol' },
  M05: { title: 'acknowledges before its disk has the entries', where: 'protocol' },
  M06: { title: 'counts an entry of an old epoch as committed (Raft Figure 8)', where: 'protocol' },
  M07: { title: 'counts a majority of those it hears, not of the configuration', where: 'protocol' },
  M08: { title: 'lets a stale append cut off a newer suffix', where: 'protocol' },
  M09: { title: 'counts nothing before the second entry of its epoch', where: 'protocol' },
  M10: { title: 'answers a retry from its log before that entry is applied', where: 'protocol' },
  M11: { title: 'takes a full copy without the results by uuid', where: 'protocol' },
  M12: { title: 'forgets results while their uuids can still be asked for', where: 'protocol' },
  M13: { title: 'serves reads although deposed', where: 'protocol' },
  M14: { title: 'reads as a new primary before an entry of its epoch is visible', where: 'protocol' },
  M15: { title: 'trusts a lease to a clock that jumps or pauses', feature: 'not built yet' },
  M16: { title: 'takes a full copy and does not acknowledge it', where: 'protocol' },
  M17: { title: 'takes a commit index beyond its own log', where: 'protocol' },
  M18: { title: 'takes its own suffix as committed before it is known to agree', where: 'protocol' },
  M19: { title: 'sends the state of today under the index of its last snapshot', where: 'protocol' },
  M20: { title: 'stands for election as a learner', where: 'protocol' },
  M21: { title: 'changes the configuration while an earlier change is not safe yet', where: 'protocol' },
  M22: { title: 'does not merge the Lamport times it hears of', where: 'protocol' },
  M23: { title: 'reads without the session’s token when it asks elsewhere', where: 'front end' },
  M24: { title: 'comes back under the incarnation it had before', where: 'driver' },
  M25: { title: 'applies entries by its own clock', where: 'protocol' },
  M26: { title: 'checks what is left when a purchase is asked for, not when it is applied', where: 'app' },
  M27: { title: 'takes the torn last record of a log for a whole one', where: 'simulated disk' },
  M28: { title: 'votes for the highest rank, whatever its log', where: 'protocol' },
  M29: { title: 'declares itself primary when nobody better answers, without a quorum', where: 'protocol' },
  M30: { title: 'sends a retry under a new uuid', where: 'front end' },
  M31: { title: 'does not send again what was lost', where: 'protocol' },
  M32: { title: 'changes a message that shares its entries with the log', where: 'protocol' },
  M33: { title: 'fills a cache after the invalidation it belongs before', where: 'front end' },
  M34: { title: 'carries a call out again when it is delivered again', where: 'protocol' },
  M35: { title: 'counts a node that is said to be dead as a vote', where: 'protocol' },
  M36: { title: 'takes a removed disk back when its process starts anew', where: 'gossip' },
  M37: { title: 'counts the vote of a disk that has taken the name of another', where: 'protocol' },
  M38: { title: 'gives a newcomer its vote before it has everything', where: 'protocol' },
  M39: { title: 'serves what it held while handing over, and sends it elsewhere as well', where: 'protocol' },
  M40: { title: 'takes each refusal of one window for news, and sends the window again', where: 'protocol' },
  H01: { title: 'sends heartbeats twice as often', where: 'protocol', harmless: true },
  H02: { title: 'addresses its peers in the opposite order', where: 'protocol', harmless: true },
  H03: { title: 'sends every append twice', where: 'protocol', harmless: true },
} as const satisfies Readonly<Record<string, Planting | Missing | HarmlessChange>>;

type Id = keyof typeof CATALOGUE;

/** What can be switched on: the bugs whose feature exists, and the harmless changes. */
export type PlantedBug = { [Key in Id]: (typeof CATALOGUE)[Key] extends Planting ? Key : never }[Id];

export const NOTHING_PLANTED: ReadonlySet<PlantedBug> = new Set();
