import type { GroupName } from '../../protocol/model/app.ts';
import { DEFAULT_SETTINGS } from '../../protocol/model/settings.ts';
import { hashValue } from '../../protocol/model/value-hash.ts';
import type { Service } from '../../service/service.ts';
import type { ClientOperation } from '../../sim/base/history.ts';
import { isCached } from '../../sim/coverage/goals.ts';
import { judgeCache } from '../../sim/judges/cache.ts';
import { judgeHistory } from '../../sim/judges/history.ts';
import { judgeLinearizable, showJudged } from '../../sim/judges/linearizable.ts';
import { judgeSessions } from '../../sim/judges/sessions.ts';
import type { Workload } from '../../sim/workloads/workload.ts';
import { disagreement, type FoundLog, type RecoveredLogs } from './recovered-logs.ts';

/** The finding of one judge on one run. */
export interface Finding {
  readonly judge: string;
  /** `undecided`: it could not be decided. `not judged`: it was not checked, with the reason. Neither is a pass. */
  readonly outcome: 'held' | 'broken' | 'undecided' | 'not judged';
  readonly reason: string;
}

/** The state that a server reports at quiescence. */
export interface StateView {
  readonly node: string;
  readonly group: GroupName;
  readonly index: number;
  /** See `machineDigest`. */
  readonly machine: number;
}

/** The evidence of a finished run. */
export interface Evidence {
  readonly workload: Workload;
  readonly operations: readonly ClientOperation[];
  /** The clients that asked through each front end at quiescence. */
  readonly probes: readonly string[];
  readonly recovered: RecoveredLogs;
  readonly logs: readonly FoundLog[];
  readonly states: readonly StateView[];
  /** Why the cluster did not become quiescent; empty when it did. */
  readonly whatIsPending: readonly string[];
  /** Disks that cannot be read. */
  readonly damage: readonly string[];
  /** Processes that ended without being told to. */
  readonly deaths: readonly string[];
  /** Whether the time of the search for an order is over. */
  readonly isOver: () => boolean;
}

/** Configurations of the search for an order, of each object. */
const BUDGET = 5_000_000;

/** Asks all judges, each independently. */
export function judge(evidence: Evidence): readonly Finding[] {
  const { whatIsPending, deaths, damage, recovered, logs } = evidence;
  return [
    finding('processes', deaths.length === 0 ? undefined : deaths.join('; ')),
    finding('rest', whatIsPending.length === 0 ? undefined : whatIsPending.join('; ')),
    finding('serves', unserved(evidence)),
    finding('disks', damage.length === 0 ? undefined : damage.join('; ')),
    finding('committed-immutable', disagreement(logs)),
    judgeMachines(evidence),
    ...judgeLog(evidence),
    finding('conserved', brokenInvariant(evidence.workload.service, recovered, evidence)),
    judgeOrder(evidence),
    judgeStory(evidence),
  ];
}

function judgeLog({ workload: { service }, recovered, operations }: Evidence): readonly Finding[] {
  const { record } = recovered;
  if (record === undefined) {
    const reason = 'entries have been dropped behind snapshots, so the log no longer tells what every operation saw';
    return ['history', 'sessions', ...(isCached(service) ? ['cache'] : [])].map((name) => ({
      judge: name,
      outcome: 'not judged',
      reason,
    }));
  }
  const times = { expiresAfter: DEFAULT_SETTINGS.dedupeFor, mayBeEarly: false };
  return [
    finding('history', judgeHistory(service, record, operations, times)),
    finding('sessions', judgeSessions(service, record, operations)),
    // The age of an answer is not judged: the instant at which an entry became visible is unknown here.
    ...(isCached(service)
      ? [
          finding(
            'cache',
            judgeCache(service, record, operations, () => Infinity),
          ),
        ]
      : []),
  ];
}

function judgeOrder({ workload: { history }, operations, isOver }: Evidence): Finding {
  if (history === undefined) {
    return { judge: 'linearizable', outcome: 'not judged', reason: 'there is no checker for this service' };
  }
  const { verdict, reason, judged } = judgeLinearizable(history, operations, { budget: BUDGET, isOver });
  if (verdict === 'undecided') {
    return { judge: 'linearizable', outcome: 'undecided', reason: 'the search did not end within its budget' };
  }
  if (verdict === 'ok' && judged.because.length > 0) {
    const outcome = judged.judged === 0 ? 'not judged' : 'held';
    return { judge: 'linearizable', outcome, reason: showJudged(judged) };
  }
  return finding('linearizable', verdict === 'illegal' ? reason : undefined);
}

function judgeMachines(evidence: Evidence): Finding {
  if (evidence.states.length > 0) return finding('state-machine-safety', otherMachine(evidence));
  return { judge: 'state-machine-safety', outcome: 'not judged', reason: 'no server has reported its state' };
}

/** A server whose machine differs from the one that its log makes. */
function otherMachine({ recovered, states }: Evidence): string | undefined {
  for (const { node, group, index, machine } of states) {
    const own = recovered.groups.find((known) => known.group === group)?.machineAt(index);
    if (own === undefined) return `${node} has applied entry ${index} of ${group}, and no disk has it`;
    if (hashValue(own) !== machine)
      return `${node} has another machine after entry ${index} of ${group} than its log makes`;
  }
  return undefined;
}

/** Checks the invariants of each app and of the service on the state after all committed entries. */
function brokenInvariant(
  service: Service,
  { groups }: RecoveredLogs,
  { workload, whatIsPending }: Evidence,
): string | undefined {
  const states: Record<GroupName, unknown> = {};
  for (const app of service.apps) {
    const recovered = groups.find(({ group }) => group === app.name);
    const state = recovered?.machineAt(recovered.last)?.state;
    states[app.name] = state;
    if (state === undefined) return `no disk tells the state of ${app.name}`;
    for (const invariant of app.invariants ?? []) {
      const broken = invariant.broken(state);
      if (broken !== undefined) return `${app.name}, ${invariant.name}: ${broken}`;
    }
  }
  for (const invariant of service.invariants) {
    const broken = invariant.broken(states);
    if (broken !== undefined) return `${invariant.name}: ${broken}`;
  }
  return whatIsPending.length === 0 ? workload.atRest(states) : undefined;
}

/**
 * Checks the statuses that a script expects. Without them the script was not reproduced, because real processes take
 * their own time. That breaks no rule, but the run proves less.
 */
function judgeStory({ operations, probes }: Evidence): Finding {
  const untold = unmet(operations.filter(({ client }) => !probes.includes(client)));
  if (untold.length === 0) return finding('story', undefined);
  return { judge: 'story', outcome: 'not judged', reason: `the script was not reproduced: ${untold.join('; ')}` };
}

/** Checks that every front end serves a write and a read at quiescence. */
function unserved({ operations, probes }: Evidence): string | undefined {
  const refused = unmet(operations.filter(({ client }) => probes.includes(client)));
  return refused.length === 0 ? undefined : refused.join('; ');
}

function unmet(operations: readonly ClientOperation[]): readonly string[] {
  return operations.flatMap(({ expect, result, number, call }) => {
    const status = result?.type === 'answered' ? result.status : undefined;
    if (expect === undefined || (expect === 'any' ? status !== undefined : status === expect)) return [];
    const told = status === undefined ? 'was never answered' : `was told ${status}`;
    return [`operation ${number}, ${call.method} ${call.path}, ${told} and not ${expect}`];
  });
}

function finding(name: string, broken: string | undefined): Finding {
  return { judge: name, outcome: broken === undefined ? 'held' : 'broken', reason: broken ?? '' };
}
