import type { NodeId } from '../protocol/epoch.ts';
import type { Fault } from '../sim/plan/fault.ts';
import { planOf, type Plan } from '../sim/plan/plan.ts';
import { clear, release } from '../sim/world/links.ts';
import type { Workload } from '../sim/workloads/workload.ts';
import {
  addClient,
  createCrowd,
  type Crowd,
  type CrowdClient,
  hear,
  type Scripted,
  takeTurn,
} from './decide/clients.ts';
import { type Evidence, judge, type Finding, type StateSight } from './decide/judge.ts';
import { type Limit, limitsOf, liveMeaning } from './decide/meaning.ts';
import { liveNetwork } from './decide/passage.ts';
import { unrestOf } from './decide/rest.ts';
import { type Truth, truthOf } from './decide/truth.ts';
import { createCompany, type Stage } from './company.ts';
import { readDisks } from './disks.ts';
import { createHttpClient } from './http-client.ts';
import { micros } from './pump.ts';
import { healAll, type Scene, strike } from './strike.ts';
import { createWires, type Wires } from './wires.ts';

/** One run of a plan on live processes. */
export interface RoundOptions {
  readonly plan: Plan;
  readonly workload: Workload;
  readonly stage: Stage & {
    /** The machines of a server at rest; undefined where it does not say. */
    states(node: NodeId): Promise<readonly StateSight[] | undefined>;
  };
  readonly wires: Wires;
  /** Told of what happens, a line each, for a log. `at`: milliseconds since the clients began. */
  readonly say: (line: string, at: number) => void;
  /** Resolves early when somebody has had enough; then nothing is judged. */
  readonly cancelled: () => boolean;
}

export interface RoundOutcome {
  readonly findings: readonly Finding[];
  readonly crowd: Crowd;
  /** Undefined where the cluster never came up. */
  readonly truth: Truth | undefined;
  readonly struck: Readonly<Record<string, number>>;
  readonly limits: readonly Limit[];
}

/** How often a cluster is asked whether it is at rest, in milliseconds. */
const LOOK_EVERY = 100;

/** A cluster that does not come up within this time never will. In milliseconds. */
const UP_WITHIN = 120_000;

/** A plan that asks for nothing. */
const DEFAULTS = planOf({});

/** The names of the clients that ask each front end at the end. */
export function probeNames(plan: Plan): readonly string[] {
  return Array.from({ length: plan.frontEnds }, (_, place) => `p${place + 1}`);
}

/** The wires of a plan's cluster: `network` is seeded by the plan. */
export function wiresOf(
  plan: Plan,
  parts: Pick<Parameters<typeof createWires>[0], 'addresses' | 'frontEnds' | 'clients' | 'ports'>,
): Wires {
  return createWires({ network: liveNetwork(plan, DEFAULTS), ...parts });
}

/**
 * Brings the cluster up, lets the clients ask and the faults strike, heals everything at the horizon, waits until all is at
 * rest, asks once more through every front end, kills everybody, and judges what is left. Undefined when it was cancelled.
 */
export async function runRound(options: RoundOptions): Promise<RoundOutcome | undefined> {
  const { plan, workload, stage, wires, say, cancelled } = options;
  const { servers, frontEnds, groups } = stage.topology;
  const nodes = [...servers, ...frontEnds];
  const company = createCompany(stage, (node, isThere) => void wires.hasProcess(node, isThere));
  const crowd = createCrowd(plan, workload, frontEnds);
  const clients = [...crowd.clients.keys()];
  const scene: Scene = { seed: plan.seed, company, wires, clients, flaps: new Map() };
  const struck: Record<string, number> = {};
  const limits: Limit[] = [...limitsOf(plan, DEFAULTS)];
  try {
    await wires.open();
    for (const node of nodes) company.start(node);
    const missing = await restWithin(UP_WITHIN);
    if (cancelled()) return undefined;
    if (missing.length > 0) return { findings: [neverUp(missing)], crowd, truth: undefined, struck, limits };

    const startedAt = Date.now();
    const began = micros();
    const now = (): number => Math.round(micros() - began);
    const asking = [...crowd.clients.values()].map((client) => act(client, now));
    await faultsUntil(plan.horizon, now);
    crowd.isEnding = true;
    say('everything is healed and started again', now() / 1_000);
    await healEverything();
    await Promise.all(asking);
    let unrest = await restWithin(plan.restWithin);
    if (unrest.length === 0 && !cancelled()) {
      await Promise.all(frontEnds.map((_, place) => probe(place, now)));
      unrest = await restWithin(plan.restWithin);
    }
    if (cancelled()) return undefined;

    say(unrest.length === 0 ? 'all is at rest' : `not at rest: ${unrest.join('; ')}`, now() / 1_000);
    const sound = servers.filter((node) => !company.isLost(node));
    const states = (await Promise.all(sound.map((node) => stage.states(node)))).flatMap((seen) => seen ?? []);
    await endAll();
    const logs = await readDisks(sound, groups, (node) => stage.folder(node));
    const truth = truthOf(workload.service, stage.topology, logs, startedAt);
    const deaths = company.deaths();
    const { operations } = crowd;
    const probes = probeNames(plan);
    const evidence: Evidence = { workload, operations, probes, truth, logs, states, unrest, deaths };
    return { findings: judge(evidence), crowd, truth, struck, limits };
  } finally {
    healAll(scene, undefined);
    await endAll();
    await wires.close();
  }

  async function endAll(): Promise<void> {
    await Promise.all(nodes.map((node) => company.kill(node)));
  }

  /** Strikes every fault at its time, and returns at the horizon. */
  async function faultsUntil(horizon: number, now: () => number): Promise<void> {
    for (const fault of plan.faults.toSorted((a, b) => a.at - b.at)) {
      await pause(fault.at - now() / 1_000);
      if (cancelled()) return;
      await strikeOne(fault, now);
    }
    await pause(horizon - now() / 1_000);
  }

  async function strikeOne(fault: Fault, now: () => number): Promise<void> {
    const meaning = liveMeaning(fault);
    if (meaning.type === 'skipped') limits.push({ what: fault.type, how: 'skipped', reason: meaning.reason });
    if (meaning.type === 'adapted') limits.push({ what: fault.type, how: 'adapted', reason: meaning.how });
    if (meaning.type === 'skipped') return;
    const whom = await strike(scene, fault);
    if (whom.length > 0) struck[fault.type] = (struck[fault.type] ?? 0) + 1;
    say(`${JSON.stringify(fault)} strikes ${whom.length === 0 ? 'nobody' : whom.join(', ')}`, now() / 1_000);
  }

  async function healEverything(): Promise<void> {
    const { network } = wires;
    network.isCalm = true;
    healAll(scene, undefined);
    clear(network, undefined);
    release(network, undefined);
    wires.settle();
    for (const node of nodes) {
      company.setDisk(node, { slowBy: 0, isStuck: false, isFull: false });
      company.resume(node);
    }
    await company.stopped();
    for (const node of nodes) company.start(node);
  }

  /** What keeps the cluster from rest after at most `within` milliseconds; empty when it is at rest. */
  async function restWithin(within: number): Promise<readonly string[]> {
    const until = micros() + within * 1_000;
    for (;;) {
      const expected = { servers: servers.filter((node) => !company.isLost(node)), frontEnds, groups };
      const unrest = unrestOf(expected, await company.statuses());
      if (unrest.length === 0 || cancelled() || micros() > until || company.deaths().length > 0) return unrest;
      await pause(LOOK_EVERY);
    }
  }

  /** A write and a read through one front end, by a client that has not been there before. */
  async function probe(place: number, now: () => number): Promise<void> {
    const giveUpAfter = plan.restWithin;
    const traits = { isKeyed: true, hasToken: false, place, choices: 0, giveUpAfter };
    const client = addClient(crowd, probeNames(plan)[place] ?? '', traits);
    for (const call of workload.probes) {
      const asked: Scripted = { at: 0, call, keyed: true, through: frontEnds[place], expect: call.expect ?? 200 };
      client.script.push(asked);
    }
    await act(client, now);
  }

  async function act(client: CrowdClient, now: () => number): Promise<void> {
    const http = createHttpClient();
    try {
      for (;;) {
        const deed = takeTurn(crowd, client, now(), Date.now());
        if (deed.type === 'rests' || cancelled()) return;
        if (deed.type === 'waits') {
          // Nobody begins anything at the end: a client that only thinks is done.
          if (crowd.isEnding && client.current === undefined && client.script.length === 0) return;
          await pause(Math.min((deed.until - now()) / 1_000, LOOK_EVERY));
          continue;
        }
        const address = wires.address(client.name, deed.frontEnd);
        const answer = await http.ask(address, deed.operation, plan.workload.attemptFor);
        hear(crowd, client, answer, now());
      }
    } finally {
      http.close();
    }
  }
}

function neverUp(missing: readonly string[]): Finding {
  return { judge: 'start', outcome: 'undecided', reason: `the cluster did not come up: ${missing.join('; ')}` };
}

function pause(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, millis)));
}
