/** Where in the code a bug is planted. */
type CodePlace = 'protocol' | 'gossip' | 'front end' | 'simulated disk' | 'driver' | 'app';

/** The number of a bug, an alias of its name; never changes. */
type Alias = `M${number}` | `H${number}`;

interface Planting {
  readonly alias: Alias;
  /** The behaviour of the bug, as the end of "a replica that …". */
  readonly title: string;
  readonly where: CodePlace;
  /** The scenario that finds it, by what it expects to have seen; hunts do not look for it. */
  readonly scenario?: string;
}

interface Missing {
  readonly alias: Alias;
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
  'counts-repeated-vote-twice': bug('M01', 'protocol', 'counts a vote that arrives twice as two'),
  'counts-vote-from-earlier-campaign': bug('M02', 'protocol', 'counts votes for an earlier campaign of its own'),
  'forgets-promise-when-stepping-down': bug('M03', 'protocol', 'forgets its promise when it steps down'),
  'votes-without-writing-promise': bug('M04', 'protocol', 'votes without writing the promise down'),
  'acknowledges-before-entries-are-durable': bug('M05', 'protocol', 'acknowledges before its disk has the entries'),
  'commits-entry-of-older-epoch': bug(
    'M06',
    'protocol',
    'counts an entry of an old epoch as committed (Raft Figure 8)',
  ),
  'shrinks-quorum-to-heard-voters': bug(
    'M07',
    'protocol',
    'counts a majority of those it hears, not of the configuration',
  ),
  'truncates-on-stale-append': bug('M08', 'protocol', 'lets a stale append cut off a newer suffix'),
  'never-commits-noop-alone': bug('M09', 'protocol', 'counts nothing before the second entry of its epoch'),
  'answers-retry-before-apply': bug('M10', 'protocol', 'answers a retry from its log before that entry is applied'),
  'installs-full-copy-without-results': bug('M11', 'protocol', 'takes a full copy without the results by uuid'),
  'forgets-results-within-dedupe-window': bug(
    'M12',
    'protocol',
    'forgets results while their uuids can still be asked for',
  ),
  'reads-without-confirming-leadership': bug('M13', 'protocol', 'serves reads although deposed'),
  'reads-before-own-noop-visible': bug(
    'M14',
    'protocol',
    'reads as a new primary before an entry of its epoch is visible',
  ),
  'trusts-lease-across-clock-jump': missing('M15', 'trusts a lease to a clock that jumps or pauses'),
  'installs-without-acknowledging': bug('M16', 'protocol', 'takes a full copy and does not acknowledge it'),
  'takes-commit-index-unbounded': bug('M17', 'protocol', 'takes a commit index beyond its own log'),
  'commits-unmatched-suffix': bug('M18', 'protocol', 'takes its own suffix as committed before it is known to agree'),
  'sends-current-state-as-snapshot': bug(
    'M19',
    'protocol',
    'sends its current state under the index of its last snapshot',
  ),
  'campaigns-as-learner': bug('M20', 'protocol', 'campaigns as a learner'),
  'overlaps-configuration-changes': bug(
    'M21',
    'protocol',
    'changes the configuration while an earlier change is not safe yet',
  ),
  'ignores-lamport-time-of-requests': bug('M22', 'protocol', 'does not merge the Lamport times it hears of'),
  'retries-read-without-token': bug('M23', 'front end', 'reads without the session’s token when it asks elsewhere'),
  'reuses-incarnation-after-restart': bug('M24', 'driver', 'comes back under the incarnation it had before'),
  'applies-by-own-clock': bug('M25', 'protocol', 'applies entries by its own clock'),
  'checks-stock-only-when-asked': bug(
    'M26',
    'app',
    'checks what is left when a purchase is asked for, not when it is applied',
  ),
  'accepts-torn-log-tail': bug('M27', 'simulated disk', 'takes the torn last record of a log for a whole one'),
  'votes-for-rank-alone': bug('M28', 'protocol', 'votes for the highest rank, whatever its log'),
  'wins-election-without-quorum': bug(
    'M29',
    'protocol',
    'declares itself primary when no better node answers, without a quorum',
  ),
  'retries-under-new-uuid': bug('M30', 'front end', 'sends a retry under a new uuid'),
  'never-resends-lost-entries': bug('M31', 'protocol', 'does not send again what was lost'),
  'alters-entries-shared-with-log': bug('M32', 'protocol', 'changes a message that shares its entries with the log'),
  'fills-cache-after-invalidation': bug('M33', 'front end', 'fills a cache after the invalidation it belongs before'),
  'executes-repeated-call-again': bug('M34', 'protocol', 'carries a call out again when it is delivered again'),
  'counts-suspects-as-votes': bug('M35', 'protocol', 'counts a suspected node as a vote'),
  'readmits-removed-disk-after-restart': bug('M36', 'gossip', 'takes a removed disk back when its process starts anew'),
  'counts-vote-of-another-disk': bug('M37', 'protocol', 'counts the vote of a disk that has taken the name of another'),
  'promotes-learner-that-lacks-entries': bug('M38', 'protocol', 'gives a new server its vote before it has everything'),
  'serves-and-redirects-held-requests': bug(
    'M39',
    'protocol',
    'serves what a transfer held, and sends it elsewhere as well',
  ),
  'resends-window-per-refusal': bug('M40', 'protocol', 'sends the whole window again for each refusal of it'),
  'takes-forgotten-record-for-overtaken': bug(
    'M41',
    'protocol',
    'takes it for old news when a disk has lost what it had acknowledged',
  ),
  'changes-votes-on-word-of-suspects': bug('M44', 'protocol', 'moves a vote on the word of servers that it suspects'),
  'waits-for-those-silent-at-election': bug(
    'M45',
    'protocol',
    'waits long for a server that was silent at the election',
    'two-silent-deaths',
  ),
  'keeps-vote-of-slow-disk': bug(
    'M46',
    'protocol',
    'lets a disk that is slow, and not stuck, slow every write for ever',
    'a-disk-that-is-slow-and-not-stuck',
  ),
  'keeps-match-of-forgotten-record': bug('M42', 'protocol', 'goes on counting an entry that a disk has lost'),
  'forgets-promise-with-last-record': bug(
    'M43',
    'simulated disk',
    'writes a promise once, so that it is lost with the last record',
  ),
  'takes-name-without-consent': bug('M60', 'driver', 'gives the name of a silent node to a new disk without asking'),
  'starts-copy-without-asking': bug(
    'M103',
    'driver',
    'starts on a copy of a disk without asking for another life of it',
    'a-copy-of-a-disk-is-started',
  ),
  'stays-ready-while-cut-off': bug('M104', 'driver', 'says that it is ready while no primary answers it'),
  'ends-while-counted': bug('M61', 'driver', 'ends at once where its disk was removed, though its vote counts'),
  'sells-before-finding-buyer': bug('M70', 'app', 'takes what is sold before the buyer is looked up'),
  'takes-any-epoch-counter': bug('M81', 'protocol', 'takes any epoch counter that a stranger or a broken node names'),
  'takes-first-epoch-it-hears': bug('M130', 'protocol', 'takes any epoch where it has heard of none yet'),
  'believes-first-life-it-hears': bug('M131', 'gossip', 'believes any start of a disk of which it knows nothing yet'),
  'takes-call-it-cannot-follow': bug(
    'M132',
    'protocol',
    'takes calls whose Lamport time it cannot follow in one step',
    'bazaar-a-call-waits-for-its-time',
  ),
  'takes-any-lamport-time': bug('M82', 'protocol', 'takes any Lamport time that it hears'),
  'ends-on-unproven-life': bug('M83', 'gossip', 'ends because another node claims a later start of its disk'),
  'takes-messages-of-strangers': bug('M90', 'protocol', 'takes messages of nodes that have no such role'),
  'reads-later-pages-from-newest-state': bug(
    'M95',
    'protocol',
    'reads the later pages of a list from its newest state, not from that of the first',
  ),
  'forgets-nothing-over-quota': bug(
    'M137',
    'protocol',
    'forgets no results while its group is over its quota',
    'a-full-group-forgets',
  ),
  'takes-writes-without-room': bug('M97', 'protocol', 'takes writes although a disk is nearly full'),
  'sends-outcomes-of-any-size': bug('M96', 'protocol', 'sends outcomes however long they are'),
  'never-goes-another-way': bug('M71', 'protocol', 'asks an unreachable primary by no other way'),
  'stamps-by-own-wall': bug('M84', 'protocol', 'begins its tenure at its own wall clock'),
  'begins-at-quorum-wall': bug('M85', 'protocol', 'begins its tenure at the date that most wall clocks show'),
  'believes-highest-time': bug('M86', 'protocol', 'begins its tenure at the highest time that any voter believes in'),
  'measures-outage-against-stamps': bug(
    'M87',
    'protocol',
    'measures an outage from the stamp of its last entry, not from its own wall clock then',
  ),
  'keeps-time-of-earlier-tenure': bug('M88', 'protocol', 'keeps the time of an earlier tenure where it is later'),
  'reports-time-of-earlier-epoch': bug(
    'M89',
    'protocol',
    'reports its time to a candidate whose log is newer',
    'a-tenure-that-began-late',
  ),
  'follows-time-of-another-epoch': bug(
    'M100',
    'protocol',
    'takes the time of a heartbeat whose epoch its log lacks',
    'a-heartbeat-without-its-entries',
  ),
  'raises-time-after-noop': bug('M101', 'protocol', 'uses a report of the time that comes after its no-op'),
  'believes-time-since-earlier-entries': bug(
    'M180',
    'protocol',
    'believes voters that have measured the time since an earlier entry than its last',
    'a-halted-primary-stamps-late',
  ),
  'dates-by-own-clock': bug(
    'M102',
    'front end',
    'dates a client’s key by its own wall clock, when it takes it',
    'a-front-end-behind-the-times',
  ),
  'stops-when-mute': bug('M120', 'protocol', 'takes part in nothing once it lacks the code that its log needs'),
  'refuses-activation-it-cannot-run': bug(
    'M121',
    'protocol',
    'takes no activation of a version that it has no code for',
  ),
  'activates-for-a-majority': bug('M122', 'protocol', 'activates a version that only most data servers can run'),
  'applies-by-newest-code': bug('M123', 'protocol', 'applies every entry by the newest code that it has'),
  'forgets-version-in-snapshot': bug('M124', 'protocol', 'takes the state of a snapshot for one of its newest version'),
  'compares-hashes-of-different-indexes': bug('M133', 'protocol', 'compares hashes of states at different indexes'),
  'keeps-divergence-to-itself': bug('M134', 'protocol', 'tells no server that its state has diverged'),
  'heals-without-replacing-state': bug('M135', 'protocol', 'takes a full copy for a cure, and keeps its own state'),
  'takes-vote-on-word-as-old': bug(
    'M140',
    'protocol',
    'takes the vote of a silent server on the word of others that have been silent as long',
  ),
  'copies-at-every-word': bug('M181', 'protocol', 'takes a snapshot whenever a peer says that its state is wrong'),
  'compares-states-once': bug('M136', 'protocol', 'compares the states of a tenure once'),
  'serves-on-after-failed-migration': bug(
    'M151',
    'protocol',
    'serves on from a state on which a migration failed that worked elsewhere',
  ),
  'takes-votes-when-unfit': bug('M152', 'protocol', 'takes the votes of silent voters although it serves nothing'),
  'tells-version-before-disk': bug(
    'M153',
    'protocol',
    'tells the version of a full copy before a snapshot of its own has it on disk',
  ),
  'tries-migration-beside-another': bug(
    'M155',
    'protocol',
    'waits for no silent server before it tries a migration, not for one that tries it',
  ),
  'tries-slow-migration-again': bug('M156', 'protocol', 'tries a migration again that took too long'),
  'drops-log-behind-copy': bug('M125', 'protocol', 'drops entries behind a full copy that it needs for its code alone'),
  'never-leads-when-mute': bug('M126', 'protocol', 'never stands when it lacks code, not even to hand over'),
  'outranks-although-mute': bug('M127', 'protocol', 'outranks others in an election although it lacks code'),
  'migrates-again-at-start': bug('M128', 'protocol', 'migrates the state of a snapshot anew at each start'),
  'stays-primary-although-mute': bug(
    'M129',
    'protocol',
    'keeps leading when elected without the code that its log needs',
  ),
  'omits-deletions-from-changes': bug('M161', 'protocol', 'writes changes of its state without what was deleted'),
  'omits-shrinking-from-changes': bug(
    'M162',
    'protocol',
    'writes changes of a List without the items that it has lost',
  ),
  'compares-collections-by-size': bug(
    'M163',
    'protocol',
    'takes two versions of a collection for equal if they are of one size',
  ),
  'writes-only-new-keys': bug('M166', 'protocol', 'writes only what is new in its state, not what has changed there'),
  'drops-changes-beyond-base': bug(
    'M167',
    'simulated disk',
    'drops changes that reach beyond the base which replaces older ones',
  ),
  'drops-chain-before-base': bug(
    'M168',
    'simulated disk',
    'drops the files of a snapshot before the base that replaces them is there',
  ),
  'reports-changes-before-durable': bug(
    'M169',
    'simulated disk',
    'takes a snapshot for durable whose file has no name yet',
  ),
  'continues-changes-from-before-copy': bug('M170', 'simulated disk', 'continues the snapshot from before a full copy'),
  'keeps-older-values-at-load': bug('M172', 'protocol', 'takes the older of two values when it reads changes'),
  'reuses-session-ids': bug('M141', 'protocol', 'opens a session under the id of one that is there'),
  'opens-unknown-session': bug('M142', 'protocol', 'opens a session that it does not know for the write that names it'),
  'applies-numbers-done': bug('M143', 'protocol', 'applies a number that is done, where it has no outcome of it'),
  'remembers-highest-number-only': bug('M144', 'protocol', 'takes every number below the highest one for done'),
  'reuses-number-given-up': bug(
    'M145',
    'front end',
    'gives the number of a write that it has given up to the next one',
  ),
  'installs-full-copy-without-numbers': bug(
    'M146',
    'protocol',
    'takes a full copy without the outcomes of numbered writes',
  ),
  'numbers-keyed-writes': bug('M147', 'front end', 'sends a write with a client’s key by its own number'),
  'carries-over-ended-session': bug(
    'M149',
    'front end',
    'sends what an ended session left unknown again in the next one',
  ),
  'forgets-by-entry-time': bug(
    'M150',
    'protocol',
    'forgets results by the time of their entry, and takes uuids from the future',
  ),
  'ends-session-by-own-clock': bug('M154', 'protocol', 'says that a session has ended before an entry has ended it'),
  'fences-by-open-number': bug(
    'M187',
    'front end',
    'sends a fence whose number is not done, so that it is carried out',
  ),
  'answers-question-from-own-state': bug(
    'M188',
    'protocol',
    'says at a secondary what its own state knows of the outcome of a write',
  ),
  'believes-strangers': bug('M110', 'gossip', 'believes a stranger that it or another node was removed'),
  'lets-front-ends-remove': bug('M182', 'gossip', 'believes a front end that another node was removed'),
  'heartbeats-twice-as-often': harmless('H01', 'protocol', 'sends heartbeats twice as often'),
  'addresses-peers-in-reverse': harmless('H02', 'protocol', 'addresses its peers in the opposite order'),
  'sends-appends-twice': harmless('H03', 'protocol', 'sends every append twice'),
  'writes-every-snapshot-whole': harmless('H04', 'simulated disk', 'writes every snapshot whole, none as changes'),
} satisfies Readonly<Record<string, Planting | Missing | HarmlessChange>>;

type Name = keyof typeof CATALOGUE;

/** The planted bugs that can be switched on: those whose feature exists, and the harmless changes. */
export type PlantedBug = { [Key in Name]: (typeof CATALOGUE)[Key] extends Planting ? Key : never }[Name];

/** A planted bug by its name, or by its number (`M28`). */
export type PlantedBugGiven = PlantedBug | Alias;

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
    const found = plantedBugNamed(one);
    if (found === undefined) throw new TypeError(`no planted bug is called ${one}`);
    bugs.add(found);
  }
  return bugs;
}

const NAMES: readonly Name[] = Object.keys(CATALOGUE).filter((key): key is Name => Object.hasOwn(CATALOGUE, key));

function bug(alias: Alias, where: CodePlace, title: string, scenario?: string): Planting {
  return { alias, where, title, ...(scenario === undefined ? {} : { scenario }) };
}

function harmless(alias: Alias, where: CodePlace, title: string): HarmlessChange {
  return { alias, where, title, harmless: true };
}

function missing(alias: Alias, title: string): Missing {
  return { alias, title, feature: 'not built yet' };
}
