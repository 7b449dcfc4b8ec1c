import type { GroupName } from '../protocol/app.ts';
import type { NodeId } from '../protocol/epoch.ts';
import { genesis } from '../protocol/log.ts';
import { initialMachine } from '../protocol/machine.ts';
import type { PlantedBug } from '../protocol/planted.ts';
import { DEFAULT_SETTINGS, type Settings } from '../protocol/settings.ts';
import { firstConfiguration, type Topology, unitsOf } from '../protocol/topology.ts';
import type { HttpResponse } from '../frontend/front-end-io.ts';
import type { Host } from '../host/host.ts';
import type { Replica } from '../protocol/replica.ts';
import { type Clock, createClock } from './clock.ts';
import { formatDisk, type SimDisk } from './disk.ts';
import type { Fault } from './fault.ts';
import type { Attempt, Operation, ScriptedCall } from './history.ts';
import { createJudges } from './judges/index.ts';
import type { Bench, Judge, Verdict } from './judges/judge.ts';
import { createRecord } from './judges/record.ts';
import { createNetwork, type Network } from './network.ts';
import type { Plan } from './plan.ts';
import { type Agenda, createAgenda } from './queue.ts';
import { createTrace, digestIn, type Trace } from './trace.ts';
import type { Known, Workload } from './workloads/workload.ts';
import { workloadOf } from './workloads/index.ts';

/** A whole simulated cluster with its clients, its judges and its time. Changed in place, by the simulator only. */
export interface World {
  readonly plan: Plan;
  readonly settings: Settings;
  readonly topology: Topology;
  readonly workload: Workload;
  readonly planted: ReadonlySet<PlantedBug>;
  readonly agenda: Agenda<Happening>;
  readonly network: Network;
  readonly nodes: ReadonlyMap<NodeId, SimNode>;
  readonly clients: Map<string, Client>;
  readonly operations: Operation[];
  readonly attempts: Map<number, Attempt>;
  /** Every uuid a request was given, by its client or for its front end. */
  readonly issued: Set<string>;
  readonly known: Known;
  readonly judges: readonly Judge[];
  readonly bench: Bench;
  readonly trace: Trace;
  /** How often each note was seen: by type, and by `type of unit` and `type at node`. */
  readonly notes: Map<string, number>;
  /** Messages that wait on held links, in the order in which they were sent. */
  readonly waiting: Waiting[];
  /** When a node was last told that another one refuses connections. */
  readonly hinted: Map<string, number>;
  /** Microseconds since the start. */
  now: number;
  /** What happens now, for a verdict. */
  what: string;
  /** The first rule that was broken; nothing happens after it. */
  verdict: Verdict | undefined;
  /** Clients begin nothing new any more. */
  isEnding: boolean;
}

export interface SimNode {
  readonly id: NodeId;
  readonly clock: Clock;
  /** One per replica. */
  readonly disks: ReadonlyMap<GroupName, SimDisk>;
  /** How often its process was started. */
  life: number;
  /** Undefined while the process is down. */
  host: Host | undefined;
  /** The replicas as the judges last saw them in this life. */
  readonly seen: Map<GroupName, Replica>;
  isPaused: boolean;
  /** What came while it was paused. */
  readonly missed: Happening[];
  /** When it is to be woken next, as the agenda has it. */
  wakeAt: number | undefined;
  /** How often it was woken in the microsecond `wokenAt`. */
  wakes: number;
  wokenAt: number;
  /** How many more actions it carries out before it dies. */
  fuse: number | undefined;
  /** What every write takes while its disk is slow. */
  slowSync: number | undefined;
  writes: number;
}

export interface Client {
  readonly name: string;
  /** Sends its writes under a uuid of its own and repeats them. */
  readonly isKeyed: boolean;
  readonly hasToken: boolean;
  token: string;
  /** Which front end it talks to: a place in the topology's list. */
  place: number;
  /** How many requests of its own choosing it has begun, and how many it may. */
  chosen: number;
  readonly choices: number;
  /** What it was told to ask, in order. */
  readonly script: ScriptedCall[];
  current: { readonly operation: Operation; attempt: Attempt | undefined } | undefined;
}

interface Waiting {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly kind: string;
  readonly happening: Happening;
}

/** What can be due. `life` is the life of the process it was meant for; a later one knows nothing of it. */
export type Happening =
  | { readonly type: 'message'; readonly from: NodeId; readonly to: NodeId; readonly text: string }
  | { readonly type: 'refused'; readonly node: NodeId; readonly by: NodeId }
  | { readonly type: 'wake'; readonly node: NodeId; readonly life: number; readonly at: number }
  | { readonly type: 'written'; readonly node: NodeId; readonly life: number; readonly group: GroupName }
  | { readonly type: 'saved'; readonly node: NodeId; readonly life: number; readonly group: GroupName }
  | { readonly type: 'fault'; readonly fault: Fault }
  | { readonly type: 'request'; readonly attempt: number }
  | { readonly type: 'gone'; readonly attempt: number; readonly node: NodeId; readonly life: number }
  | { readonly type: 'response'; readonly attempt: number; readonly response: HttpResponse }
  /** The connection of the attempt was refused or broke. */
  | { readonly type: 'reset'; readonly attempt: number }
  /** The client has waited long enough for this attempt. */
  | { readonly type: 'hang-up'; readonly attempt: number }
  /** The client begins its next operation, or repeats the one under way. */
  | { readonly type: 'client'; readonly client: string };

/** The topology a plan asks for: servers `s1`…, front ends `f1`…. */
function topologyOf(plan: Plan, groups: readonly GroupName[]): Topology {
  return {
    clusterId: 'simulated',
    servers: named('s', plan.servers),
    frontEnds: named('f', plan.frontEnds),
    groups,
  };
}

/** `s1`, `s2`, … */
function named(letter: string, count: number): readonly NodeId[] {
  return Array.from({ length: count }, (_, place) => `${letter}${place + 1}`);
}

export function createWorld(plan: Plan, planted: ReadonlySet<PlantedBug>, traced: boolean): World {
  const workload = workloadOf(plan.service);
  const settings: Settings = { ...DEFAULT_SETTINGS, ...plan.settings };
  const topology = topologyOf(
    plan,
    workload.service.apps.map((app) => app.name),
  );
  const nodes = new Map([...topology.servers, ...topology.frontEnds].map((id) => [id, nodeOf(plan, topology, id)]));
  const issued = new Set<string>();
  const bench = benchOf(workload, settings, topology, nodes, () => world.now);
  const world: World = {
    plan,
    settings,
    topology,
    workload,
    planted,
    agenda: createAgenda(),
    network: createNetwork(plan.network, plan.seed),
    nodes,
    clients: new Map(),
    operations: [],
    attempts: new Map(),
    issued,
    known: new Map(),
    judges: createJudges(bench, issued),
    bench,
    trace: createTrace(traced),
    notes: new Map(),
    waiting: [],
    hinted: new Map(),
    now: 0,
    what: 'the beginning',
    verdict: undefined,
    isEnding: false,
  };
  return world;
}

/** Ends the run: `judge` found that a rule is broken. Only the first verdict counts. */
export function condemn(world: World, judge: string, reason: string): void {
  world.verdict ??= {
    judge,
    reason,
    event: { number: world.trace.events, at: world.now, what: world.what },
  };
}

/** Counts something worth remembering, and takes it into the digest. */
export function takeNote(world: World, node: NodeId, unit: string, type: string): void {
  for (const key of [type, `${type} of ${unit}`, `${type} at ${node}`, `${type} of ${unit} at ${node}`]) {
    world.notes.set(key, (world.notes.get(key) ?? 0) + 1);
  }
  digestIn(world.trace, `${node} ${unit} ${type}`);
}

export function nodeNamed(world: World, id: NodeId): SimNode {
  const node = world.nodes.get(id);
  if (node === undefined) throw new RangeError(`there is no node ${id}`);
  return node;
}

/** Every name a message can come from or go to: nodes, then clients. */
export function everyone(world: World): readonly NodeId[] {
  return [...world.nodes.keys(), ...world.clients.keys()];
}

function nodeOf(plan: Plan, topology: Topology, id: NodeId): SimNode {
  const groups = unitsOf(topology, id).filter((unit) => topology.groups.includes(unit));
  return {
    id,
    clock: createClock(plan.seed, id, plan.clocks.wallSpread),
    disks: new Map(groups.map((group) => [group, formatDisk()])),
    life: 0,
    host: undefined,
    seen: new Map(),
    isPaused: false,
    missed: [],
    wakeAt: undefined,
    wakes: 0,
    wokenAt: 0,
    fuse: undefined,
    slowSync: undefined,
    writes: 0,
  };
}

function benchOf(
  workload: Workload,
  settings: Settings,
  topology: Topology,
  nodes: ReadonlyMap<NodeId, SimNode>,
  now: () => number,
): Bench {
  const { dedupeFor, dedupeMargin } = settings;
  const window = { dedupeFor, dedupeMargin };
  const groups = workload.service.apps.map((app) => {
    const { base } = genesis(topology.clusterId, app.name, firstConfiguration(topology, app.name), window);
    return { app, first: initialMachine(base, app.initial, window) };
  });
  return {
    service: workload.service,
    settings,
    firstConfiguration: (group) => firstConfiguration(topology, group),
    diskOf: (node, group) => nodes.get(node)?.disks.get(group),
    replicaNodes: (group) => [...nodes.values()].filter((node) => node.disks.has(group)).map((node) => node.id),
    now,
    record: createRecord(groups),
  };
}
