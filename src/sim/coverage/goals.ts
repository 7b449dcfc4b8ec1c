import type { Service } from '../../service/service.ts';

/**
 * What a corpus of runs must have seen at least once: beside every “always” of the judges, a “sometimes”. A fault model
 * that never brings about what a rule is for has not tested that rule, however green it is.
 */
export const GOALS = {
  'election-under-partition': 'a primary was elected while links were cut',
  'election-while-paused': 'a primary was elected while the one before it stood still',
  'two-primaries': 'two nodes took themselves for primary, in two epochs',
  'election-of-lower-rank': 'a primary was elected that is not of the highest rank',
  'better-candidate': 'a candidate was told that somebody better stands',
  'older-candidate': 'a candidate was told that its log is older',
  'vote-refused': 'a vote was refused',
  'witness-decides': 'a primary was elected that the data servers alone could not have elected',
  'primary-without-quorum': 'a primary stepped down because no quorum answered',
  'primary-fenced': 'a deposed primary was told of the newer epoch',
  'removed-server': 'a data server was removed from the configuration',
  'readmitted-server': 'a removed data server was readmitted',
  'newcomer-votes': 'a server that was not there at the beginning got its first vote',
  'new-disk-votes': 'a server that had lost its disk voted again, on a new one',
  'left-for-good': 'a node gave up all it had, was dropped from every group, and ended',
  'removed-while-alive': 'a process heard that it had been removed, and ended',
  'stopped-in-order': 'a process gave up its leads and votes, and ended in good order',
  'handed-over-by-order': 'a primary handed over because an operator wanted it so',
  'handed-over-by-rank': 'a primary handed over to a server of higher rank',
  'kept-office': 'nobody took over what a primary wanted to hand over, and it served on',
  'witness-votes-moved': 'a vote went from one front end to another',
  'reverted-configuration': 'a configuration that was not safe was truncated, and reverted',
  'truncated-write': 'a write that was not safe was truncated',
  'old-entry-on-majority': 'a majority had an entry of an older epoch that did not count yet (Raft, Figure 8)',
  'full-copy': 'a server that had fallen behind took a full copy',
  'full-copy-under-load': 'writes were committed while a full copy was on its way',
  'recovery-from-snapshot': 'a process began from a snapshot',
  'crash-between-effects': 'a process died between two effects of one step',
  'torn-tail-cut': 'a process found the end of its log half written, and cut it off',
  'full-disk-stops': 'a full disk stopped a process',
  'failed-sync-stops': 'a failed sync stopped a process',
  'stuck-primary-steps-down': 'a primary whose own disk took nothing stepped down',
  'lost-disk-stays-out': 'a node that had lost its disk did not start again',
  'last-survivor-serves': 'one data server of several was left, and committed a write',
  'duplicate-suppressed': 'a primary knew the uuid of a write already',
  'result-forgotten': 'a result was old enough to be forgotten',
  'expired-refused': 'a write whose uuid had expired was refused',
  'write-held': 'a write was held until there was a primary',
  'retry-across-failover': 'a write was sent again to the primary of a newer epoch',
  'unknown-outcome': 'a client never learned what became of a write',
  'lower-epoch-ignored': 'a front end ignored what a deposed primary said',
  'busy-refused': 'a write was refused as busy',
  'read-at-secondary': 'a secondary answered a linearizable read, at the index the primary named',
  'session-read-at-secondary': 'a secondary answered a session read',
  'call-settled': 'a call of one group to another had its outcome',
  'call-refused': 'a call was refused by the other group, and what was reserved was undone',
  'call-resumed-by-successor': 'a call was delivered again by another primary',
  'cache-hit': 'a front end answered a read from its cache',
  'cache-evicts': 'a full cache made room',
  'push-drops': 'a front end dropped what it kept, because a primary said that it had changed',
  'push-missed': 'a front end heard of changes behind others it had missed, and did not believe them',
  'late-fill-dropped': 'an answer came after the news of what may have changed it, and was not kept',
  'cache-unconfirmed': 'a front end did not serve what it kept, because no primary had confirmed it for too long',
  'core-served': 'a part of the cluster served, and the rest stayed broken for good',
  'hopeless-core': 'the faults left a part of the cluster that nobody could make serve, and it stayed safe',
} as const;

export type GoalName = keyof typeof GOALS;

/** All goals, in the order in which they are printed. */
export const GOAL_NAMES: readonly GoalName[] = Object.keys(GOALS).filter(isGoal);

export function isGoal(name: string): name is GoalName {
  return Object.hasOwn(GOALS, name);
}

/** What a service must have for a goal to be within reach; the others are in reach of every service. */
const NEEDS: Readonly<Partial<Record<GoalName, (service: Service) => boolean>>> = {
  'call-settled': makesCalls,
  'call-refused': makesCalls,
  'call-resumed-by-successor': makesCalls,
  'cache-hit': isCached,
  'cache-evicts': isCached,
  'push-drops': isCached,
  'push-missed': isCached,
  'late-fill-dropped': isCached,
  'cache-unconfirmed': isCached,
};

/** The goals that runs of a service can hit: one whose groups do not call each other never brings about a call. */
export function goalsOf(service: Service): readonly GoalName[] {
  return GOAL_NAMES.filter((goal) => NEEDS[goal]?.(service) ?? true);
}

function makesCalls({ apps }: Service): boolean {
  return apps.some((app) => app.resume !== undefined);
}

/** Whether front ends may keep answers of this service. */
export function isCached({ apps }: Service): boolean {
  return apps.some((app) => app.invalidates !== undefined);
}

/** Which goals a run has hit. */
export function goalsHit(result: { readonly goals: readonly GoalName[] }): readonly GoalName[] {
  return result.goals;
}

/** In how many runs of a corpus each goal was hit; one that is not named was never hit. Plain data. */
export type GoalCounts = Readonly<Partial<Record<GoalName, number>>>;

/** The counts of a corpus, given the goals of each of its runs. */
export function countGoals(runs: Iterable<readonly GoalName[]>): GoalCounts {
  const counts: Partial<Record<GoalName, number>> = {};
  for (const hit of runs) for (const goal of hit) counts[goal] = (counts[goal] ?? 0) + 1;
  return counts;
}

/** The counts of two parts of a corpus together. */
export function addGoals(some: GoalCounts, others: GoalCounts): GoalCounts {
  const counts: Partial<Record<GoalName, number>> = { ...some };
  for (const goal of GOAL_NAMES) {
    const more = others[goal];
    if (more !== undefined) counts[goal] = (counts[goal] ?? 0) + more;
  }
  return counts;
}

/** The goals that no run of the corpus has hit: what the corpus says nothing about. */
export function goalsNeverHit(counts: GoalCounts): readonly GoalName[] {
  return GOAL_NAMES.filter((goal) => (counts[goal] ?? 0) === 0);
}
