import { setTimeout as pause } from 'node:timers/promises';
import type { NodeId } from '../protocol/model/epoch.ts';
import type { ScriptedCall } from '../sim/base/history.ts';
import { type ClientPool, clientsOf, clientWith } from '../sim/clients/client.ts';
import { planInWords } from '../sim/diagram/fault-words.ts';
import type { Fault } from '../sim/plan/fault.ts';
import { type Plan, STANDARD } from '../sim/plan/plan.ts';
import type { Workload } from '../sim/workloads/workload.ts';
import { clearConditions, release } from '../sim/world/links.ts';
import { act, type Surroundings } from './act.ts';
import { type Limit, limitsOf, mapFault } from './decide/fault-mapping.ts';
import { type Evidence, type Finding, judge, type StateView } from './decide/judge.ts';
import { liveNetwork } from './decide/link-fate.ts';
import { unrestOf } from './decide/quiescence.ts';
import { type RecoveredLogs, recoverLogs } from './decide/recovered-logs.ts';
import { createWallClock, type WallClock } from './decide/wall-clock.ts';
import { readDisks } from './disks.ts';
import { healAll, inject, type LiveRun } from './inject.ts';
import { createLiveCluster, type LiveCluster, type Stage } from './live-cluster.ts';
import { createLinks, type Links } from './network/links.ts';
import { micros } from './network/pump.ts';

/** One run of a plan on live processes. */
export interface RoundOptions {
  readonly plan: Plan;
  readonly workload: Workload;
  readonly stage: Stage & {
    /** The machines of a server at quiescence; undefined without an answer. */
    states(node: NodeId): Promise<readonly StateView[] | undefined>;
    prove: Surroundings['prove'];
  };
  readonly links: Links;
  /** Takes log lines. `at`: milliseconds since the clients began. */
  readonly say: (line: string, at: number) => void;
  /** Whether the user has stopped the run: then the round ends as soon as it can, and is not judged. */
  readonly cancelled: () => boolean;
}

export interface RoundOutcome {
  readonly findings: readonly Finding[];
  readonly pool: ClientPool;
  /** Undefined where the cluster never came up. */
  readonly recovered: RecoveredLogs | undefined;
  readonly struck: Readonly<Record<string, number>>;
  readonly limits: readonly Limit[];
}

/** Interval of checks for quiescence, in milliseconds. */
const LOOK_EVERY = 100;

/** Time for the search for an order, in milliseconds. */
const JUDGED_WITHIN = 60_000;

/** Interval at which both clocks are noted, in milliseconds. */
const NOTE_EVERY = 20;

/** Time for a cluster to come up, in milliseconds. */
const UP_WITHIN = 120_000;

/** The names of the clients that ask each front end in the liveness phase. */
export function probeNames(plan: Plan): readonly string[] {
  return Array.from({ length: plan.frontEnds }, (_, place) => `p${place + 1}`);
}

/** The links of a plan's cluster, with a network seeded by the plan. */
export function linksOf(
  plan: Plan,
  parts: Pick<Parameters<typeof createLinks>[0], 'addresses' | 'frontEnds' | 'clients' | 'ports'>,
): Links {
  return createLinks({ network: liveNetwork(plan, STANDARD), ...parts });
}

/**
 * Runs one round. Undefined when it was cancelled.
 *
 * 1. Starts the cluster, runs the clients, and injects the faults. 2. Heals everything at the horizon, and waits for
 * quiescence. 3. Asks once more through every front end, kills all processes, and judges the evidence.
 */
export async function runRound(options: RoundOptions): Promise<RoundOutcome | undefined> {
  const { plan, stage, links, cancelled } = options;
  const { topology } = stage;
  const nodes = [...topology.servers, ...topology.frontEnds];
  const cluster = createLiveCluster(stage, (node, isThere) => void links.hasProcess(node, isThere));
  const clients = clientsOf(plan, topology.frontEnds.length);
  const pool = poolOf(options);
  const scene = { seed: plan.seed, cluster, links, clients: clients.map(({ name }) => name), flaps: new Map() };
  const limits = [...limitsOf(plan, STANDARD)];
  const run: Run = {
    options,
    cluster,
    pool,
    scene,
    struck: {},
    limits,
    began: micros(),
    wall: createWallClock(),
    isEnded: false,
  };
  const { struck } = run;
  let noting: NodeJS.Timeout | undefined;
  try {
    await links.open();
    for (const node of nodes) cluster.start(node);
    const missing = await restWithin(run, UP_WITHIN);
    if (cancelled()) return undefined;
    if (missing.length > 0) return { findings: [neverUp(missing)], pool, recovered: undefined, struck, limits };

    run.began = micros();
    const note = (): void => run.wall.note(now(run), Date.now());
    note();
    noting = setInterval(note, NOTE_EVERY);
    const asking = clients.map((client) => act(surroundings(run), client));
    await injectUntil(run, plan.horizon);
    pool.isInLivenessPhase = true;
    await healEverything(run);
    await Promise.all(asking);
    const whatIsPending = await reachQuiescence(run);
    if (cancelled()) return undefined;
    const evidence = await examine(run, whatIsPending);
    return { findings: judge(evidence), pool, recovered: evidence.recovered, struck, limits };
  } finally {
    clearInterval(noting);
    run.isEnded = true;
    healAll(scene, undefined);
    await endAll(run);
    await links.close();
  }
}

/** Clients before their first operation. */
function poolOf({ plan, workload, stage }: RoundOptions): ClientPool {
  return { plan, workload, roster: stage.topology, operations: [], known: new Map(), isInLivenessPhase: false };
}

interface Run {
  readonly options: RoundOptions;
  readonly cluster: LiveCluster;
  readonly pool: ClientPool;
  readonly scene: LiveRun;
  readonly struck: Record<string, number>;
  readonly limits: Limit[];
  /** The instant at which the clients began, by the proxies' clock. */
  began: number;
  /** Times of operations and the clock that stamps entries. */
  readonly wall: WallClock;
  /** Also by an error: then no client asks on. */
  isEnded: boolean;
}

/** Injects every fault at its time, and returns at the horizon. */
async function injectUntil(run: Run, horizon: number): Promise<void> {
  const { plan, cancelled } = run.options;
  for (const fault of plan.faults.toSorted((a, b) => a.at - b.at)) {
    await pause(Math.max(0, fault.at - now(run) / 1_000));
    if (cancelled()) return;
    await injectOne(run, fault);
  }
  await pause(Math.max(0, horizon - now(run) / 1_000));
}

async function injectOne(run: Run, fault: Fault): Promise<void> {
  const { scene, struck, limits } = run;
  const mapping = mapFault(fault);
  if (mapping.type === 'skipped') {
    limits.push({ what: fault.type, how: 'skipped', reason: mapping.reason });
    return;
  }
  if (mapping.type === 'adapted') limits.push({ what: fault.type, how: 'adapted', reason: mapping.how });
  const whom = await inject(scene, fault);
  if (whom.length > 0) struck[fault.type] = (struck[fault.type] ?? 0) + 1;
  say(run, `${planInWords(fault)}${whom.length === 0 ? ' (no node)' : `: ${whom.join(', ')}`}`);
}

async function healEverything(run: Run): Promise<void> {
  const { cluster, scene, options } = run;
  const { network } = options.links;
  network.isCalm = true;
  clearConditions(network, undefined);
  release(network, undefined);
  healAll(scene, undefined);
  for (const node of everyNode(cluster)) {
    cluster.setDisk(node, { slowBy: 0, isStuck: false, isFull: false });
    cluster.resume(node);
  }
  await cluster.stopped();
  await cluster.ordered();
  const { servers, frontEnds } = cluster.members();
  for (const node of [...servers, ...frontEnds]) cluster.start(node);
  say(run, 'everything is healed and started again');
}

/** Waits for quiescence before and after each front end was asked. Resolves to the reasons why it was not reached. */
async function reachQuiescence(run: Run): Promise<readonly string[]> {
  const { plan, cancelled, stage } = run.options;
  const before = await restWithin(run, plan.restWithin);
  if (before.length > 0 || cancelled()) return before;
  // Clients, and so these, reach the first front ends alone.
  const there = run.cluster.members().frontEnds;
  const asked = stage.topology.frontEnds.filter((node) => there.includes(node));
  await Promise.all(asked.map((frontEnd, place) => probe(run, frontEnd, place)));
  const after = await restWithin(run, plan.restWithin);
  say(run, after.length === 0 ? 'the cluster is quiescent' : `not quiescent: ${after.join('; ')}`);
  return after;
}

/** The reasons why the cluster is not quiescent after at most `within` milliseconds; empty when it is. */
async function restWithin({ options, cluster }: Run, within: number): Promise<readonly string[]> {
  const { groups } = options.stage.topology;
  const until = micros() + within * 1_000;
  for (;;) {
    const expected = { ...cluster.members(), groups };
    const whatIsPending = unrestOf(expected, await cluster.statuses());
    const isHopeless = cluster.deaths().length > 0 || micros() > until;
    if (whatIsPending.length === 0 || isHopeless || options.cancelled()) return whatIsPending;
    await pause(LOOK_EVERY);
  }
}

/** A write and a read through one front end, by a new client. */
async function probe(run: Run, frontEnd: NodeId, place: number): Promise<void> {
  const { plan, workload } = run.options;
  const traits = { isKeyed: true, hasToken: false, place, choices: 0, giveUpAfter: plan.restWithin };
  const client = clientWith(probeNames(plan)[place] ?? '', traits);
  for (const call of workload.probes) {
    const asked: ScriptedCall = { at: 0, call, isKeyed: true, through: frontEnd, expect: call.expect ?? 200 };
    client.script.push(asked);
  }
  await act(surroundings(run), client);
}

/** Asks the servers for their states, kills every process, and reads the disks. */
async function examine(run: Run, whatIsPending: readonly string[]): Promise<Evidence> {
  const { pool, cluster, wall, options } = run;
  const { plan, workload, stage } = options;
  const { groups } = stage.topology;
  const sound = cluster.members().servers;
  const states = (await Promise.all(sound.map((node) => stage.states(node)))).flatMap((seen) => seen ?? []);
  await endAll(run);
  const { logs, damage } = await readDisks(sound, groups, (node) => stage.folder(node));
  const recovered = recoverLogs(workload.service, stage.topology, logs, (millis) => wall.timeOf(millis));
  const { operations } = pool;
  const deaths = cluster.deaths();
  const until = micros() + JUDGED_WITHIN * 1_000;
  const isOver = (): boolean => micros() > until;
  return {
    isOver,
    workload,
    operations,
    probes: probeNames(plan),
    recovered,
    logs,
    states,
    whatIsPending,
    deaths,
    damage,
  };
}

async function endAll({ cluster }: Run): Promise<void> {
  await Promise.all(everyNode(cluster).map((node) => cluster.kill(node)));
}

function everyNode(cluster: LiveCluster): readonly NodeId[] {
  const { servers, frontEnds, gone } = cluster.members();
  return [...servers, ...frontEnds, ...gone];
}

function surroundings(run: Run): Surroundings {
  const { links } = run.options;
  const cancelled = (): boolean => run.isEnded || run.options.cancelled();
  const { prove } = run.options.stage;
  return { pool: run.pool, links, prove, now: () => now(run), cancelled };
}

function now({ began }: Run): number {
  return Math.round(micros() - began);
}

function say(run: Run, line: string): void {
  run.options.say(line, now(run) / 1_000);
}

function neverUp(missing: readonly string[]): Finding {
  return { judge: 'start', outcome: 'undecided', reason: `the cluster did not come up: ${missing.join('; ')}` };
}
