/** Where in the code a bug is planted. */
type CodePlace = 'protocol' | 'gossip' | 'front end' | 'simulated disk' | 'driver' | 'app';

interface Planting {
  /** Its number, an alias of its name; never changes. */
  readonly alias: string;
  /** The behaviour of the bug, as the end of "a replica that …". */
  readonly title: string;
  readonly where: CodePlace;
}

interface Missing {
  readonly alias: string;
  readonly title: string;
  readonly feature: 'not built yet';
}

interface HarmlessChange extends Planting {
  /** It breaks no rule: a judge that reports it is wrong. */
  readonly harmless: true;
}

/**
 * Planted bugs, named by what they do: mistakes of real implementations, and three changes that are harmless.
 * - Each is a switch that only the simulator turns on; a live process has `NOTHING_PLANTED`.
 * - Each is one short condition at the place of the mistake. Switched off, it changes nothing.
 * - Judges must find every bug, and report none of the harmless changes.
 * - A bug of a feature that does not exist yet is listed as not built.
 */
export const CATALOGUE = {
  'counts-repeated-vote-twice': { alias: 'M01', title: 'counts a vote that arrives twice as two', where: 'protocol' },
  'counts-vote-from-earlier-campaign': {
    alias: 'M02',
    title: 'counts votes for an earlier campaign of its own',
    where: 'protocol',
  },
  'forgets-promise-when-stepping-down': {
    alias: 'M03',
    title: 'forgets its promise when it steps down',
    where: 'protocol',
  },
  'votes-without-writing-promise': { alias: 'M04', title: 'votes without writing the promise down', where: 'protocol' },
  'acknowledges-before-entries-are-durable': {
    alias: 'M05',
    title: 'acknowledges before its disk has the entries',
    where: 'protocol',
  },
  'commits-entry-of-older-epoch': {
    alias: 'M06',
    title: 'counts an entry of an old epoch as committed (Raft Figure 8)',
    where: 'protocol',
  },
  'shrinks-quorum-to-heard-voters': {
    alias: 'M07',
    title: 'counts a majority of those it hears, not of the configuration',
    where: 'protocol',
  },
  'truncates-on-stale-append': { alias: 'M08', title: 'lets a stale append cut off a newer suffix', where: 'protocol' },
  'never-commits-noop-alone': {
    alias: 'M09',
    title: 'counts nothing before the second entry of its epoch',
    where: 'protocol',
  },
  'answers-retry-before-apply': {
    alias: 'M10',
    title: 'answers a retry from its log before that entry is applied',
    where: 'protocol',
  },
  'installs-full-copy-without-results': {
    alias: 'M11',
    title: 'takes a full copy without the results by uuid',
    where: 'protocol',
  },
  'forgets-results-within-dedupe-window': {
    alias: 'M12',
    title: 'forgets results while their uuids can still be asked for',
    where: 'protocol',
  },
  'reads-without-confirming-leadership': { alias: 'M13', title: 'serves reads although deposed', where: 'protocol' },
  'reads-before-own-noop-visible': {
    alias: 'M14',
    title: 'reads as a new primary before an entry of its epoch is visible',
    where: 'protocol',
  },
  'trusts-lease-across-clock-jump': {
    alias: 'M15',
    title: 'trusts a lease to a clock that jumps or pauses',
    feature: 'not built yet',
  },
  'installs-without-acknowledging': {
    alias: 'M16',
    title: 'takes a full copy and does not acknowledge it',
    where: 'protocol',
  },
  'takes-commit-index-unbounded': { alias: 'M17', title: 'takes a commit index beyond its own log', where: 'protocol' },
  'commits-unmatched-suffix': {
    alias: 'M18',
    title: 'takes its own suffix as committed before it is known to agree',
    where: 'protocol',
  },
  'sends-current-state-as-snapshot': {
    alias: 'M19',
    title: 'sends its current state under the index of its last snapshot',
    where: 'protocol',
  },
  'campaigns-as-learner': { alias: 'M20', title: 'campaigns as a learner', where: 'protocol' },
  'overlaps-configuration-changes': {
    alias: 'M21',
    title: 'changes the configuration while an earlier change is not safe yet',
    where: 'protocol',
  },
  'ignores-lamport-time-of-requests': {
    alias: 'M22',
    title: 'does not merge the Lamport times it hears of',
    where: 'protocol',
  },
  'retries-read-without-token': {
    alias: 'M23',
    title: 'reads without the session’s token when it asks elsewhere',
    where: 'front end',
  },
  'reuses-incarnation-after-restart': {
    alias: 'M24',
    title: 'comes back under the incarnation it had before',
    where: 'driver',
  },
  'applies-by-own-clock': { alias: 'M25', title: 'applies entries by its own clock', where: 'protocol' },
  'checks-stock-only-when-asked': {
    alias: 'M26',
    title: 'checks what is left when a purchase is asked for, not when it is applied',
    where: 'app',
  },
  'accepts-torn-log-tail': {
    alias: 'M27',
    title: 'takes the torn last record of a log for a whole one',
    where: 'simulated disk',
  },
  'votes-for-rank-alone': { alias: 'M28', title: 'votes for the highest rank, whatever its log', where: 'protocol' },
  'wins-election-without-quorum': {
    alias: 'M29',
    title: 'declares itself primary when no better node answers, without a quorum',
    where: 'protocol',
  },
  'retries-under-new-uuid': { alias: 'M30', title: 'sends a retry under a new uuid', where: 'front end' },
  'never-resends-lost-entries': { alias: 'M31', title: 'does not send again what was lost', where: 'protocol' },
  'alters-entries-shared-with-log': {
    alias: 'M32',
    title: 'changes a message that shares its entries with the log',
    where: 'protocol',
  },
  'fills-cache-after-invalidation': {
    alias: 'M33',
    title: 'fills a cache after the invalidation it belongs before',
    where: 'front end',
  },
  'executes-repeated-call-again': {
    alias: 'M34',
    title: 'carries a call out again when it is delivered again',
    where: 'protocol',
  },
  'counts-suspects-as-votes': {
    alias: 'M35',
    title: 'counts a suspected node as a vote',
    where: 'protocol',
  },
  'readmits-removed-disk-after-restart': {
    alias: 'M36',
    title: 'takes a removed disk back when its process starts anew',
    where: 'gossip',
  },
  'counts-vote-of-another-disk': {
    alias: 'M37',
    title: 'counts the vote of a disk that has taken the name of another',
    where: 'protocol',
  },
  'promotes-learner-that-lacks-entries': {
    alias: 'M38',
    title: 'gives a new server its vote before it has everything',
    where: 'protocol',
  },
  'serves-and-redirects-held-requests': {
    alias: 'M39',
    title: 'serves what a transfer held, and sends it elsewhere as well',
    where: 'protocol',
  },
  'resends-window-per-refusal': {
    alias: 'M40',
    title: 'sends the whole window again for each refusal of it',
    where: 'protocol',
  },
  'heartbeats-twice-as-often': {
    alias: 'H01',
    title: 'sends heartbeats twice as often',
    where: 'protocol',
    harmless: true,
  },
  'addresses-peers-in-reverse': {
    alias: 'H02',
    title: 'addresses its peers in the opposite order',
    where: 'protocol',
    harmless: true,
  },
  'sends-appends-twice': { alias: 'H03', title: 'sends every append twice', where: 'protocol', harmless: true },
} as const satisfies Readonly<Record<string, Planting | Missing | HarmlessChange>>;

type Name = keyof typeof CATALOGUE;

/** The planted bugs that can be switched on: those whose feature exists, and the harmless changes. */
export type PlantedBug = { [Key in Name]: (typeof CATALOGUE)[Key] extends Planting ? Key : never }[Name];

/** A planted bug by its name, or by its number (`M28`). */
export type PlantedBugGiven = PlantedBug | (typeof CATALOGUE)[PlantedBug]['alias'];

export const NOTHING_PLANTED: ReadonlySet<PlantedBug> = new Set();

/** The catalogue name of a bug given by name or by number (`M28`); undefined for an unknown one. */
export function nameInCatalogue(given: string): Name | undefined {
  return NAMES.find((name) => name === given || CATALOGUE[name].alias === given);
}

export function isPlantedBug(name: string): name is PlantedBug {
  const found: object | undefined = Object.entries(CATALOGUE).find(([known]) => known === name)?.[1];
  return found !== undefined && 'where' in found;
}

/** The bug of that name, or of that number (`M28`); undefined where there is none, or its feature is not built. */
export function plantedBugNamed(given: string): PlantedBug | undefined {
  const name = nameInCatalogue(given);
  return name !== undefined && isPlantedBug(name) ? name : undefined;
}

/** The bugs given by name or by number. Throws a `TypeError` for one that is unknown, or whose feature is not built. */
export function plantedBugsNamed(given: Iterable<string>): ReadonlySet<PlantedBug> {
  const bugs = new Set<PlantedBug>();
  for (const one of given) {
    const bug = plantedBugNamed(one);
    if (bug === undefined) throw new TypeError(`no planted bug is called ${one}`);
    bugs.add(bug);
  }
  return bugs;
}

const NAMES: readonly Name[] = Object.keys(CATALOGUE).filter((key): key is Name => Object.hasOwn(CATALOGUE, key));
