import type { GroupName } from '../../protocol/model/app.ts';
import type { PlantedBugGiven } from '../../protocol/model/mutants.ts';
import type { ClientOperation } from '../base/history.ts';
import { showDigest } from '../base/trace.ts';
import { GOAL_NAMES, type GoalName } from '../coverage/goals.ts';
import type { Verdict } from '../judges/judge.ts';
import type { Judged } from '../judges/linearizable.ts';
import type { Liveness } from '../liveness/quiescence.ts';
import type { Recording } from '../recording/recording.ts';
import type { Workload } from '../workloads/workload.ts';
import type { Core, Pending } from '../world/core.ts';
import { recordingOf } from '../world/record-world.ts';
import type { WatchedEvent, World } from '../world/world.ts';

export interface RunOptions {
  /** Bugs of Understudy itself, by name or by number. */
  readonly planted?: ReadonlySet<PlantedBugGiven>;
  /**
   * Strict: freezes every state and message, and decodes each message from the text it travels as, so that a change in
   * place, or a value that does not survive the wire, is found. True by default. A light run does without these two
   * checks, has the same digest, and takes little more than half the time.
   */
  readonly strict?: boolean;
  /** Also return the final state of each group. */
  readonly states?: boolean;
  /** Keep a recording, for drawings. */
  readonly recording?: boolean;
  /** Keep a line per event, for reading. */
  readonly trace?: boolean;
  /** Judges of every event that are left out, to see what the others find of the same fault. */
  readonly without?: ReadonlySet<string>;
  /** Called for every event, first for what precedes the first one. */
  readonly watch?: (event: WatchedEvent) => void;
  /**
   * Whether the goals of the plan's story (`expect`) are judged; true by default. A story that was changed need not come
   * to its own end.
   */
  readonly goals?: boolean;
  /** The services that a plan may name, and how clients use them. */
  readonly workloads: readonly Workload[];
}

/** The result of a run. Equal for equal plans, in every process and on every engine. */
export interface RunResult {
  readonly verdict: 'ok' | 'violation';
  /** The first rule that was broken. */
  readonly violation: Verdict | undefined;
  /** 14 hexadecimal digits over every event and every message. */
  readonly digest: string;
  readonly events: number;
  readonly simulatedMillis: number;
  /** The count of each note, by type alone and by `type of unit`, `type at node`; sorted. */
  readonly notes: Readonly<Record<string, number>>;
  /** The “sometimes” goals that were hit, in the order of `GOALS`. */
  readonly goals: readonly GoalName[];
  /**
   * The nodes that were healed in the liveness phase, those that stayed broken, and whether any such core could serve.
   */
  readonly core: Core | undefined;
  /** Whether the core served, or could not be made to. Undefined when a rule was broken. */
  readonly liveness: Liveness | undefined;
  /** The reasons why the cluster was not quiescent, if the judge `rest` reports it. */
  readonly pending: readonly Pending[];
  /** What the judge `linearizable` has held against its model; undefined where another rule was broken before. */
  readonly judged: Judged | undefined;
  readonly trace: readonly string[] | undefined;
  readonly recording: Recording | undefined;
  readonly history: readonly ClientOperation[];
  /** By group, the state after the last entry known to be committed; on request only. */
  readonly states?: Readonly<Record<GroupName, unknown>>;
}

/** By group, the state after the last entry known to be committed. */
export function statesOf({ topology, evidence }: World): Readonly<Record<GroupName, unknown>> {
  const states: Record<GroupName, unknown> = {};
  for (const group of topology.groups) {
    const record = evidence.record.group(group);
    states[group] = record.machineAt(record.last)?.state;
  }
  return states;
}

/** The result of a world that has come to its end, or to a violation. */
export function resultOf(world: World, liveness: Liveness | undefined): RunResult {
  const { verdict, trace, operations, core } = world;
  return {
    verdict: verdict === undefined ? 'ok' : 'violation',
    violation: verdict,
    digest: showDigest(trace.digest),
    events: trace.events,
    simulatedMillis: Math.floor(world.now / 1_000),
    notes: Object.fromEntries([...world.notes].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))),
    goals: goalsOf(world, liveness),
    core,
    liveness: verdict === undefined ? liveness : undefined,
    pending: world.pending,
    judged: world.judged,
    trace: trace.lines,
    recording: recordingOf(world),
    history: operations,
  };
}

/** Goals hit on the way, and those that the end shows. */
function goalsOf({ coverage, operations, core }: World, liveness: Liveness | undefined): readonly GoalName[] {
  const hit = new Set(coverage.hit);
  if (operations.some(({ call, result }) => call.method === 'POST' && result?.type === 'unknown')) {
    hit.add('unknown-outcome');
  }
  if (liveness === 'unrecoverable') hit.add('hopeless-core');
  if (liveness === 'served' && core !== undefined && core.broken.size > 0) hit.add('core-served');
  return GOAL_NAMES.filter((goal) => hit.has(goal));
}
