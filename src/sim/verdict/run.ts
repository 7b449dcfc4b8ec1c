import { CLOCKS_DIFFER, refusalOf } from '../../frontend/respond.ts';
import type { EntryContext, GroupName } from '../../protocol/model/app.ts';
import { type PlantedBugGiven, plantedBugsNamed } from '../../protocol/model/mutants.ts';
import type { ClientOperation } from '../base/history.ts';
import { showDigest } from '../base/trace.ts';
import { GOAL_NAMES, type GoalName } from '../coverage/goals.ts';
import { judgeCache } from '../judges/cache.ts';
import { judgeHistory } from '../judges/history.ts';
import type { Verdict } from '../judges/judge.ts';
import { type Judged, judgeLinearizable } from '../judges/linearizable.ts';
import { judgeSessions } from '../judges/sessions.ts';
import { type Liveness, reachQuiescence } from '../liveness/quiescence.ts';
import { judgeWaits } from '../judges/waits.ts';
import type { Plan } from '../plan/plan.ts';
import { createRecorder, type Recording } from '../recording/recording.ts';
import type { Workload } from '../workloads/workload.ts';
import { createClients } from '../world/clients.ts';
import { clockErrorOf, microsOf } from '../world/clock.ts';
import type { Core, Pending } from '../world/core.ts';
import { reportEvent, runNextEvent } from '../world/events.ts';
import { start } from '../world/process.ts';
import { recordingOf } from '../world/record-world.ts';
import { createWorld, fail, nodeNamed, type WatchedEvent, type World } from '../world/world.ts';

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

/** Runs a plan to its end, or to the first violation. An unknown planted bug is an error (`TypeError`). */
export function runPlan(plan: Plan, options: RunOptions): RunResult {
  const planted = plantedBugsNamed(options.planted ?? []);
  const world = createWorld(plan, planted, options.trace ?? false, options.workloads, options.without);
  world.isStrict = options.strict ?? true;
  if (options.recording === true) {
    world.recording = createRecorder(
      () => world.now,
      () => world.trace.events,
    );
  }
  world.watch = options.watch;
  for (const node of world.nodes.values()) start(world, node);
  createClients(world);
  for (const fault of plan.faults) world.agenda.put(fault.at * 1_000, { type: 'fault', fault });

  reportEvent(world);
  const horizon = plan.horizon * 1_000;
  let liveness: Liveness | undefined;
  while (world.verdict === undefined && runNextEvent(world, horizon));
  if (world.verdict === undefined) {
    world.now = horizon;
    liveness = reachQuiescence(world);
  }
  if (world.verdict === undefined) judgeEnd(world);
  const result = resultOf(world, liveness);
  return options.states === true ? { ...result, states: statesOf(world) } : result;
}

function judgeEnd(world: World): void {
  world.what = 'the end';
  // The greatest difference of the clocks that stamp a request and its entry.
  const clockError = clockErrorOf(world.plan);
  const untimely = keylessRefusedForTime(world.operations);
  if (untimely !== undefined) return fail(world, 'timely', untimely);
  const { dedupeFor, dedupeMargin } = world.settings;
  const wrong = judgeHistory(world.workload.service, world.evidence.record, world.operations, {
    expiresAfter: dedupeFor - clockError,
    mayBeEarly: clockError > dedupeMargin,
  });
  if (wrong !== undefined) return fail(world, 'history', wrong);
  const unseen = judgeSessions(world.workload.service, world.evidence.record, world.operations);
  if (unseen !== undefined) return fail(world, 'sessions', unseen);
  const older = judgeCache(world.workload.service, world.evidence.record, world.operations, (frontEnd) =>
    microsOf(nodeNamed(world, frontEnd).clock, world.settings.cacheFor, world.now),
  );
  if (older !== undefined) return fail(world, 'cache', older);
  const { history } = world.workload;
  if (history !== undefined) {
    const { verdict, reason, judged } = judgeLinearizable(history, world.operations, undefined, ({ uuids }) =>
      contextIn(world, uuids),
    );
    world.judged = judged;
    if (verdict === 'illegal') return fail(world, 'linearizable', reason);
    // Undecided is neither a pass nor a violation: it is counted, for people and for goals.
    if (verdict === 'undecided') world.notes.set('history-undecided', 1);
  }
  const late = judgeWaits(world.plan.answersWithin, world.operations);
  if (late !== undefined) return fail(world, 'waits', late);
  for (const { call, expect, result, number } of world.operations) {
    const status = result?.type === 'answered' ? result.status : undefined;
    if (expect !== undefined && (expect === 'any' ? status === undefined : status !== expect)) {
      const told = status === undefined ? 'was never answered' : `was told ${status}`;
      return fail(world, 'goals', `operation ${number}, ${call.method} ${call.path}, ${told} and not ${expect}`);
    }
  }
  for (const { note, unit, node, atLeast } of world.plan.expect) {
    const key = `${note}${unit === undefined ? '' : ` of ${unit}`}${node === undefined ? '' : ` at ${node}`}`;
    const seen = world.notes.get(key) ?? 0;
    if (seen < atLeast) return fail(world, 'goals', `“${key}” was seen ${seen} times, and the story needs ${atLeast}`);
  }
}

/** The context of the entry under one of the uuids. */
function contextIn({ topology, evidence }: World, uuids: readonly string[]): EntryContext | undefined {
  for (const group of topology.groups) {
    const record = evidence.record.group(group);
    for (const uuid of uuids) {
      const entry = record.entryAt(record.firstWriteOf(uuid) ?? 0);
      if (entry !== undefined) {
        const { index, epoch, lamport, wall } = entry;
        return { index, epoch, lamport, wall, uuid };
      }
    }
  }
  return undefined;
}

/** A write whose uuid a front end has made is never refused for its date (PROTOCOL §7.8). */
function keylessRefusedForTime(operations: World['operations']): string | undefined {
  for (const { key, result, number } of operations) {
    if (key !== undefined || result?.type !== 'answered') continue;
    const { status, body } = result;
    const isRefused = REFUSALS_FOR_TIME.some((refusal) => refusal.status === status && body.includes(refusal.reason));
    if (isRefused) return `operation ${number}, whose client gave no key, was refused for its date: ${status} ${body}`;
  }
  return undefined;
}

const REFUSALS_FOR_TIME = [refusalOf('early'), refusalOf('expired'), { status: 503, reason: CLOCKS_DIFFER }];

function statesOf({ topology, evidence }: World): Readonly<Record<GroupName, unknown>> {
  const states: Record<GroupName, unknown> = {};
  for (const group of topology.groups) {
    const record = evidence.record.group(group);
    states[group] = record.machineAt(record.last)?.state;
  }
  return states;
}

function resultOf(world: World, liveness: Liveness | undefined): RunResult {
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
