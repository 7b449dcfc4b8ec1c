import type { Service } from '../../service/service.ts';

/**
 * Sometimes-assertions: what a corpus of runs must have seen at least once, beside every “always” of the judges. A
 * fault model that never produces the situation of a rule has not tested that rule.
 */
export const GOALS = {
  'election-under-partition': 'a primary was elected while links were cut',
  'election-while-paused': 'a primary was elected while its predecessor was paused',
  'two-primaries': 'two nodes were primary, in different epochs',
  'election-of-lower-rank': 'a primary was elected that is not of the highest rank',
  'better-candidate': 'a candidate was told that a better one campaigns',
  'older-candidate': 'a candidate was told that its log is older',
  'vote-refused': 'a vote was refused',
  'witness-decides': 'a primary was elected that the data servers alone could not have elected',
  'primary-without-quorum': 'a primary stepped down because no quorum answered',
  'primary-fenced': 'a deposed primary was told of the newer epoch',
  'removed-server': 'a data server was removed from the configuration',
  'readmitted-server': 'a removed data server was readmitted',
  'newcomer-votes': 'a server that was not there at the beginning got its first vote',
  'new-disk-votes': 'a server that had lost its disk voted again, on a new one',
  'left-for-good': 'a node left: it handed over, was removed from every group, and stopped',
  'removed-while-alive': 'a running process learned that it had been removed, and stopped',
  'stopped-in-order': 'a process handed over leadership and votes, and shut down in good order',
  'handed-over-by-order': 'a primary handed over on an order of an operator',
  'handed-over-by-rank': 'a primary handed over to a server of higher rank',
  'kept-office': 'a leadership transfer failed, and the primary went on serving',
  'witness-votes-moved': 'a witness vote moved from one front end to another',
  'reverted-configuration': 'a configuration that was not safe was truncated, and reverted',
  'truncated-write': 'a write that was not safe was truncated',
  'old-entry-on-majority': 'a majority had an entry of an older epoch that did not count yet (Raft, Figure 8)',
  'full-copy': 'a server that lagged behind took a full copy',
  'full-copy-under-load': 'writes were committed while a full copy was on its way',
  'recovery-from-snapshot': 'a process recovered from a snapshot',
  'recovery-from-changes': 'a process recovered from a snapshot of a base and three files of changes or more',
  'crash-beside-base': 'a process died while a base was written beside its changes',
  'copy-beside-base': 'a full copy arrived while a base was written beside the changes',
  'changes-that-delete': 'a file of changes had nothing but deletions from a collection',
  'crash-between-effects': 'a process died between two effects of one step',
  'torn-tail-cut': 'a process found a torn tail of its log, and cut it off',
  'full-disk-stops': 'a full disk stopped a process',
  'failed-sync-stops': 'a failed sync stopped a process',
  'stuck-primary-steps-down': 'a primary stepped down because its own disk was stuck',
  'lost-disk-stays-out': 'a node that had lost its disk did not start again',
  'last-survivor-serves': 'one data server of several was left, and committed a write',
  'duplicate-suppressed': 'a primary knew the uuid of a write already',
  'result-forgotten': 'a result was old enough to be forgotten',
  'expired-refused': 'a write whose uuid had expired was refused',
  'ended-refused': 'a numbered write was refused because its session had ended',
  'number-forgotten': 'the result of a numbered write was forgotten because its front end had it',
  'outcome-asked': 'a client was told the outcome of a write that had been unknown, by its name',
  'write-held': 'a write was pending until a primary was elected',
  'retry-across-failover': 'a write was sent again to the primary of a newer epoch',
  'unknown-outcome': 'a client never learned what became of a write',
  'lower-epoch-ignored': 'a front end ignored what a deposed primary said',
  'busy-refused': 'a write was refused as busy',
  'read-at-secondary': 'a secondary answered a linearizable read, at the index the primary named',
  'session-read-at-secondary': 'a secondary answered a session read',
  'call-settled': 'a call of one group to another had its outcome',
  'call-refused': 'a call was refused by the other group, and what was reserved was undone',
  'call-resumed-by-successor': 'a call was delivered again by another primary',
  'list-in-pages': 'a list was longer than a page, and was streamed to its client',
  'list-cut-off': 'a front end cut off a list that it could not finish',
  'cache-hit': 'a front end answered a read from its cache',
  'cache-evicts': 'a full cache made room',
  'push-drops': 'a front end dropped cached answers that a primary had invalidated',
  'push-missed': 'a front end ignored changes because it had missed earlier ones',
  'late-fill-dropped': 'an answer arrived after its invalidation, and was not cached',
  'cache-unconfirmed': 'a front end did not serve a cached answer that no primary had confirmed in time',
  'core-served': 'a part of the cluster served while the rest stayed broken',
  'hopeless-core': 'the faults left a part of the cluster that could not serve, and it stayed safe',
} as const;

export type GoalName = keyof typeof GOALS;

/** All goals, in the order in which they are printed. */
export const GOAL_NAMES: readonly GoalName[] = Object.keys(GOALS).filter(isGoal);

export function isGoal(name: string): name is GoalName {
  return Object.hasOwn(GOALS, name);
}

/** Conditions that a service must meet for a goal to be reachable; the other goals are reachable with every service. */
const NEEDS: Readonly<Partial<Record<GoalName, (service: Service) => boolean>>> = {
  'call-settled': makesCalls,
  'call-refused': makesCalls,
  'call-resumed-by-successor': makesCalls,
  'list-in-pages': lists,
  'list-cut-off': lists,
  'cache-hit': isCached,
  'cache-evicts': isCached,
  'push-drops': isCached,
  'push-missed': isCached,
  'late-fill-dropped': isCached,
  'cache-unconfirmed': isCached,
};

/** The goals that runs of a service can hit: without calls between groups, for instance, none about calls. */
export function goalsOf(service: Service): readonly GoalName[] {
  return GOAL_NAMES.filter((goal) => NEEDS[goal]?.(service) ?? true);
}

/** A service of which no query lists cannot reach the goals of lists; those of `defineApp` may have one. */
function lists({ apps }: Service): boolean {
  return apps.some((app) => app.answer !== undefined);
}

function makesCalls({ apps }: Service): boolean {
  return apps.some((app) => app.resume !== undefined);
}

/** Whether front ends may cache answers of this service. */
export function isCached({ apps }: Service): boolean {
  return apps.some((app) => app.invalidates !== undefined);
}

/** The goals that a run has hit. */
export function goalsHit(result: { readonly goals: readonly GoalName[] }): readonly GoalName[] {
  return result.goals;
}

/** The number of runs of a corpus that hit each goal; 0 for one that is absent. Plain data. */
export type GoalCounts = Readonly<Partial<Record<GoalName, number>>>;

/** The counts of a corpus, from the goals of each run. */
export function countGoals(runs: Iterable<readonly GoalName[]>): GoalCounts {
  const counts: Partial<Record<GoalName, number>> = {};
  for (const hit of runs) for (const goal of hit) counts[goal] = (counts[goal] ?? 0) + 1;
  return counts;
}

/** The sums of two counts. */
export function addGoals(some: GoalCounts, others: GoalCounts): GoalCounts {
  const counts: Partial<Record<GoalName, number>> = { ...some };
  for (const goal of GOAL_NAMES) {
    const more = others[goal];
    if (more !== undefined) counts[goal] = (counts[goal] ?? 0) + more;
  }
  return counts;
}

/** The goals that no run of the corpus has hit. */
export function goalsNeverHit(counts: GoalCounts): readonly GoalName[] {
  return GOAL_NAMES.filter((goal) => (counts[goal] ?? 0) === 0);
}
