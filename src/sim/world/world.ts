import type { Judged } from '../judges/linearizable.ts';
import type { HttpResponse } from '../../frontend/front-end-io.ts';
import type { App, GroupName } from '../../protocol/model/app.ts';
import type { ServiceEntry } from '../../protocol/model/directory.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import { type Configuration, hasQuorum } from '../../protocol/model/configuration.ts';
import { configurationOfLog, genesis, lastIndex, type Log } from '../../protocol/model/log.ts';
import { codeOf, firstVersions } from '../../protocol/model/app-versions.ts';
import { assert } from '../../protocol/model/assert.ts';
import { initialMachine } from '../../protocol/model/machine.ts';
import type { PlantedBug } from '../../protocol/model/mutants.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../protocol/model/settings.ts';
import { firstConfiguration, firstDiskId, type Topology } from '../../protocol/model/topology.ts';
import type { Service } from '../../service/service.ts';
import type { Attempt } from '../base/history.ts';
import { createTrace, digestIn, type Trace } from '../base/trace.ts';
import type { ClientPool, PoolClient } from '../clients/client.ts';
import { type Coverage, createCoverage } from '../coverage/index.ts';
import type { ProbeContext, SeenNote } from '../coverage/probe.ts';
import { createGrounds, type Grounds } from '../judges/grounds.ts';
import { createJudges } from '../judges/index.ts';
import type { Evidence, Judge, Verdict } from '../judges/judge.ts';
import { createRecord } from '../judges/record.ts';
import type { Plan } from '../plan/plan.ts';
import type { Recorder } from '../recording/recording.ts';
import { plantedService, workloadOf } from '../workloads/index.ts';
import type { Workload } from '../workloads/workload.ts';
import { millisOf } from './clock.ts';
import type { Core, Pending } from './core.ts';
import { inSight } from './astray.ts';
import { inVersions, newestIn } from './builds.ts';
import { createNetwork, type Network } from './network.ts';
import { createNode, type Place, type SimNode } from './node.ts';
import { type Agenda, createAgenda } from './queue.ts';
import type { SimEvent } from './sim-event.ts';

export type { SimEvent } from './sim-event.ts';
export type { SimNode } from './node.ts';

/** A simulated cluster with its clients, its judges and its time. Changed in place, by the simulator only. */
export interface World extends ClientPool {
  readonly settings: Settings;
  /** The service in its first version alone. */
  readonly plain: Service;
  /** The initial cluster. */
  readonly topology: Topology;
  readonly planted: ReadonlySet<PlantedBug>;
  readonly agenda: Agenda<SimEvent>;
  readonly network: Network;
  /** In the order in which they joined. */
  readonly nodes: Map<NodeId, SimNode>;
  readonly roster: Roster;
  /** Every disk that ever existed, by its id. */
  readonly disks: Disks;
  /** Searches for a running node so far. */
  asked: number;
  /** Nodes that were ordered to leave or to be removed. */
  readonly removals: Set<NodeId>;
  readonly clients: Map<string, Client>;
  readonly attempts: Map<number, Attempt>;
  /** Answers that have begun and not ended, by attempt. */
  readonly streams: Map<number, HttpResponse>;
  /** Every uuid that was issued to a request, by its client or for its front end. */
  readonly issued: Set<string>;
  readonly judges: readonly Judge[];
  /** What primaries had to go on when they moved votes. */
  readonly grounds: Grounds;
  /** The goals that this run has hit, and the probes for the others. */
  readonly coverage: Coverage;
  readonly evidence: Evidence;
  readonly trace: Trace;
  /** Undefined unless a recording was asked for. */
  recording: Recorder | undefined;
  /** What nodes have sent each other in the current event. */
  sent: Envelope[];
  /** Called after every event. */
  watch: ((event: WatchedEvent) => void) | undefined;
  /** The count of each note: by type, and by `type of unit` and `type at node`. */
  readonly notes: Map<string, number>;
  /** Messages that wait on held links, in the order of sending. */
  readonly waiting: Waiting[];
  /** When a node was last told that another one refuses connections. */
  readonly hinted: Map<string, number>;
  /** Microseconds since the start. */
  now: number;
  /** The description of the current event, for a verdict. */
  what: string;
  /** The first rule that was broken; the run ends there. */
  verdict: Verdict | undefined;
  /** The healed part of the cluster in the liveness phase; undefined before it. */
  core: Core | undefined;
  /** The reasons why the core was not quiescent, if it was not. */
  pending: readonly Pending[];
  /** What the judge `linearizable` has held against its model. */
  judged: Judged | undefined;
  /** States and messages are frozen, and messages decoded from what they travel as. */
  isStrict: boolean;
}

/** Nodes by kind: the initial ones, then those that have joined. */
interface Roster {
  readonly servers: NodeId[];
  readonly frontEnds: NodeId[];
}

type Disks = Map<string, SimNode['disks']>;

export interface Client extends PoolClient {
  /** The pending attempt. */
  attempt: Attempt | undefined;
}

/** An event with all its effects. */
export interface WatchedEvent {
  readonly number: number;
  /** Microseconds since the start. */
  readonly at: number;
  readonly what: string;
  /** Over this event and all before it. */
  readonly digest: number;
}

interface Waiting {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly kind: string;
  readonly simEvent: SimEvent;
}

/** The topology of a plan: servers `s1`…, front ends `f1`…. */
function topologyOf(plan: Plan, apps: readonly App[]): Topology {
  return {
    clusterId: 'simulated',
    servers: named('s', plan.servers),
    frontEnds: named('f', plan.frontEnds),
    groups: apps.map(({ name }) => name),
    ...firstVersions(apps),
  };
}

/** `s1`, `s2`, … */
function named(letter: string, count: number): readonly NodeId[] {
  return Array.from({ length: count }, (_, place) => `${letter}${place + 1}`);
}

export function createWorld(
  plan: Plan,
  planted: ReadonlySet<PlantedBug>,
  traced: boolean,
  workloads: readonly Workload[],
  without: ReadonlySet<string> = new Set(),
): World {
  const used = workloadOf(plan.service, workloads);
  const plain = plantedService(used, planted);
  const workload = inSight(inVersions({ ...used, service: plain }, newestIn(plan)), plan);
  const settings: Settings = { ...DEFAULT_SETTINGS, ...plan.settings };
  const topology = topologyOf(plan, plain.apps);
  const places = [...topology.servers, ...topology.frontEnds].map((id) => founderOf(topology, id));
  const services = places.map((place): ServiceEntry => {
    const { id, kind, diskId, generation } = place;
    return {
      nodeId: id,
      kind,
      address: addressOf(id),
      diskId,
      generation,
      incarnation: 0,
      standing: 'member',
      beat: 0,
    };
  });
  const nodes = new Map(places.map((place) => [place.id, createNode(plan, planted, topology.groups, place, services)]));
  const disks: Disks = new Map();
  for (const node of nodes.values()) keepDisk(disks, node);
  const issued = new Set<string>();
  const evidence = evidenceOf(
    workload,
    settings,
    topology,
    { nodes, disks },
    () => world.now,
    planted,
    plan.clocks.drift,
  );
  const coverage: Coverage = createCoverage(sceneOf(evidence, nodes, () => world.network));
  const grounds = createGrounds(evidence);
  const world: World = {
    plan,
    plain,
    settings,
    topology,
    workload,
    planted,
    agenda: createAgenda(),
    network: createNetwork(plan.network, plan.seed),
    nodes,
    roster: { servers: [...topology.servers], frontEnds: [...topology.frontEnds] },
    disks,
    asked: 0,
    removals: new Set(),
    clients: new Map(),
    operations: [],
    attempts: new Map(),
    streams: new Map(),
    issued,
    known: new Map(),
    judges: [
      ...createJudges(evidence, issued).filter(({ name }) => !without.has(name)),
      grounds.observer,
      coverage.observer,
    ],
    grounds,
    coverage,
    evidence,
    trace: createTrace(traced),
    recording: undefined,
    sent: [],
    watch: undefined,
    notes: new Map(),
    waiting: [],
    hinted: new Map(),
    now: 0,
    what: 'the beginning',
    verdict: undefined,
    isInLivenessPhase: false,
    core: undefined,
    pending: [],
    judged: undefined,
    isStrict: true,
  };
  return world;
}

/** Keeps the node's disk for the judges: its content may count long after another one has replaced it. */
export function keepDisk(disks: Disks, node: SimNode): void {
  disks.set(node.diskId, node.disks);
}

/** The address of a node in a directory; in the simulator, its name. */
export function addressOf(id: NodeId): string {
  return `${id}:1`;
}

function founderOf(topology: Topology, id: NodeId): Place {
  const kind = topology.servers.includes(id) ? 'server' : 'frontend';
  return { id, kind, diskId: firstDiskId(topology, id), generation: 1 };
}

/** Ends the run: `judge` found a broken rule. Only the first verdict counts. */
export function fail(world: World, judge: string, reason: string): void {
  if (world.verdict === undefined) world.recording?.put({ type: 'violated', judge, reason, what: world.what });
  world.verdict ??= {
    judge,
    reason,
    event: { number: world.trace.events, at: world.now, what: world.what },
  };
}

/** Counts a note, and adds it to the digest. `note` is the note itself, of a replica or a front end. */
export function takeNote(world: World, node: NodeId, unit: string, type: string, note?: SeenNote['note']): void {
  for (const key of [type, `${type} of ${unit}`, `${type} at ${node}`, `${type} of ${unit} at ${node}`]) {
    world.notes.set(key, (world.notes.get(key) ?? 0) + 1);
  }
  digestIn(world.trace, `${node} ${unit} ${type}`);
  world.coverage.noted({ node, unit, type, note });
}

export function nodeNamed(world: World, id: NodeId): SimNode {
  const node = world.nodes.get(id);
  if (node === undefined) throw new RangeError(`there is no node ${id}`);
  return node;
}

function sceneOf(evidence: Evidence, nodes: ReadonlyMap<NodeId, SimNode>, network: () => Network): ProbeContext {
  return {
    evidence,
    isCut: () => network().cuts.length > 0,
    isUp: (node) => nodes.get(node)?.host !== undefined,
    isPaused: (node) => nodes.get(node)?.isPaused === true,
    replicaOf: (node, group) => nodes.get(node)?.seen.get(group),
  };
}

/** The configuration of the longest log in the memory of any running replica. */
function newestConfiguration(nodes: ReadonlyMap<NodeId, SimNode>, group: GroupName): Configuration | undefined {
  let newest: Log | undefined;
  for (const { seen } of nodes.values()) {
    const log = seen.get(group)?.log;
    if (log !== undefined && (newest === undefined || lastIndex(log) > lastIndex(newest))) newest = log;
  }
  return newest && configurationOfLog(newest);
}

function evidenceOf(
  workload: Workload,
  settings: Settings,
  topology: Topology,
  { nodes, disks }: Pick<World, 'nodes' | 'disks'>,
  now: () => number,
  planted: ReadonlySet<PlantedBug>,
  drift: number,
): Evidence {
  const { dedupeFor, dedupeMargin } = settings;
  const window = { dedupeFor, dedupeMargin };
  const groups = workload.service.apps.map((app) => {
    const version = topology.versions?.[app.name] ?? 1;
    const { base } = genesis(topology.clusterId, app.name, firstConfiguration(topology, app.name), window, version);
    const code = codeOf(app, version);
    assert(code !== undefined, 'the judges have the code of every version');
    const { initial } = code;
    return { app, first: initialMachine(base, initial, window, version) };
  });
  return {
    service: workload.service,
    settings,
    firstConfiguration: (group) => firstConfiguration(topology, group),
    diskOf: (node, group, diskId) => (diskId === undefined ? nodes.get(node)?.disks : disks.get(diskId))?.get(group),
    diskIdOf: (node) => nodes.get(node)?.diskId ?? '',
    newestRunBy: (node, group) => {
      return (topology.versions?.[group] ?? 1) - 1 + (nodes.get(node)?.ranNewest ?? 0);
    },
    codeAt(id, group) {
      return nodes.get(id)?.host?.slots[group]?.app.app;
    },
    lifeOf: (id) => {
      const node = nodes.get(id);
      // A process that is down has said its last word.
      return node === undefined ? 0 : node.incarnation + Number(node.host === undefined);
    },
    replicaNodes: (group) => [...nodes.values()].filter((node) => node.disks.has(group)).map((node) => node.id),
    now,
    driftAtMost: drift / 1_000,
    isDeceived(group) {
      const configuration = newestConfiguration(nodes, group) ?? firstConfiguration(topology, group);
      return !hasQuorum(configuration, ({ nodeId }) => nodes.get(nodeId)?.isMisled !== true);
    },
    millisOf: (node) => {
      const clock = nodes.get(node)?.clock;
      return clock === undefined ? 0 : millisOf(clock, now());
    },
    record: createRecord(groups, planted),
  };
}
