import type { DiskFaults } from '../live/engine/disk-faults.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import { drawAt, streamOf } from '../sim/base/random.ts';
import { type FaultTargets, nodesAt, sides } from '../sim/plan/fault-targets.ts';
import type { Fault, FaultType } from '../sim/plan/fault.ts';
import { clearConditions, cut, heal, hold, mend, release, setConditions } from '../sim/world/links.ts';
import type { Pair } from '../sim/world/network.ts';
import type { LiveCluster } from './live-cluster.ts';
import type { Links } from './network/links.ts';

/** The targets of faults. */
export interface LiveRun {
  readonly seed: number;
  readonly cluster: LiveCluster;
  readonly links: Links;
  readonly clients: readonly string[];
  /** Flapping links by name: the number of changes so far, and the timer of the next one. */
  readonly flaps: Map<string, { changes: number; timer: NodeJS.Timeout | undefined }>;
}

/**
 * Injects a fault as far as `mapFault` allows. A fault without a target (no primary to crash) does nothing. Resolves to
 * the nodes or links affected.
 */
export async function inject(scene: LiveRun, fault: Fault): Promise<readonly string[]> {
  const { cluster, links, clients } = scene;
  if (fault.type === 'heal' || fault.type === 'release' || fault.type === 'clear') return lift(scene, fault);
  const where = await cluster.faultTargets(clients);
  if ('from' in fault) return injectLinkFault(scene, fault, pairsOf(where, fault));
  if (fault.type === 'transfer') return transfer(cluster, where, fault);
  if (fault.type === 'join') {
    const node = cluster.join(fault.kind);
    return node === undefined ? [] : [node];
  }
  if (!('node' in fault)) return [];
  const nodes = nodesAt(where, fault.node);
  if (fault.type === 'reset') return each(nodes, (node) => links.reset(node));
  return injectNodeFault(cluster, fault, nodes);
}

/** Ends cuts and flaps of that name; without a name, all of them. */
export function healAll({ flaps, links }: LiveRun, name: string | undefined): void {
  for (const [flapping, { timer }] of flaps) {
    if (name !== undefined && flapping !== name) continue;
    clearTimeout(timer);
    flaps.delete(flapping);
  }
  heal(links.network, name);
  links.settle();
}

function transfer(
  cluster: LiveCluster,
  where: FaultTargets,
  { group, to }: Extract<Fault, { type: 'transfer' }>,
): readonly string[] {
  const leader = where.primaryOf(group);
  const [successor] = to === undefined ? [] : nodesAt(where, to);
  if (leader === undefined || (to !== undefined && successor === undefined)) return [];
  cluster.order(leader, { type: 'transfer', group, ...(successor === undefined ? {} : { to: successor }) });
  return [leader];
}

function lift(
  scene: LiveRun,
  { type, name }: Extract<Fault, { type: 'heal' | 'release' | 'clear' }>,
): readonly string[] {
  const { network } = scene.links;
  if (type === 'heal') healAll(scene, name);
  else if (type === 'release') release(network, name);
  else clearConditions(network, name);
  scene.links.settle();
  return [name ?? 'all'];
}

function injectLinkFault(
  scene: LiveRun,
  fault: Extract<Fault, { readonly from: unknown }>,
  pairs: readonly Pair[],
): readonly string[] {
  const { network } = scene.links;
  if (fault.type === 'partition') cut(network, fault.name, pairs);
  else if (fault.type === 'hold') hold(network, fault.name, pairs);
  else if (fault.type === 'weather') setConditions(network, fault.name, pairs, linkConditionsOf(fault));
  else beginFlap(scene, fault, pairs);
  scene.links.settle();
  return pairs.map(([from, to]) => `${from}>${to}`);
}

async function injectNodeFault(
  cluster: LiveCluster,
  fault: Fault,
  nodes: readonly NodeId[],
): Promise<readonly string[]> {
  if (fault.type === 'restart') return nodes.filter((node) => cluster.start(node));
  if (fault.type === 'rejoin') return nodes.filter((node) => cluster.rejoin(node));
  for (const node of nodes) {
    if (fault.type === 'crash') await cluster.kill(node);
    else if (fault.type === 'stop') cluster.stop(node);
    else if (fault.type === 'lose-disk') await cluster.lose(node);
    else if (fault.type === 'leave') cluster.leave(node);
    else if (fault.type === 'remove') cluster.remove(node);
    else if (fault.type === 'replace') {
      await cluster.lose(node);
      cluster.rejoin(node);
    } else if (fault.type === 'pause') cluster.pause(node);
    else if (fault.type === 'resume') cluster.resume(node);
    else cluster.setDisk(node, diskChange(fault));
  }
  return nodes;
}

function diskChange(fault: Fault): Partial<DiskFaults> {
  if (fault.type === 'slow-disk') return { slowBy: fault.syncMicros / 1_000 };
  return DISK_CHANGES[fault.type] ?? {};
}

const DISK_CHANGES: Partial<Readonly<Record<FaultType, Partial<DiskFaults>>>> = {
  'fast-disk': { slowBy: 0 },
  'stick-disk': { isStuck: true },
  'free-disk': { isStuck: false },
  'fill-disk': { isFull: true },
  'empty-disk': { isFull: false },
  'fail-sync': { failsSync: true },
};

/** Breaks the links at once, and then toggles them until they are healed. The seed draws the time of each state. */
function beginFlap(scene: LiveRun, fault: Extract<Fault, { type: 'flap' }>, pairs: readonly Pair[]): void {
  const { name, downMillis, upMillis } = fault;
  const { flaps, links, seed } = scene;
  clearTimeout(flaps.get(name)?.timer);
  mend(links.network, name);
  const flap: { changes: number; timer: NodeJS.Timeout | undefined } = { changes: 0, timer: undefined };
  flaps.set(name, flap);
  change();

  function change(): void {
    const breaks = flap.changes % 2 === 0;
    flap.changes += 1;
    if (breaks) cut(links.network, name, pairs);
    else mend(links.network, name);
    links.settle();
    const least = breaks ? downMillis : upMillis;
    flap.timer = setTimeout(change, least + drawAt(streamOf(seed, `flap ${name}`), flap.changes, least + 1));
  }
}

function pairsOf(where: FaultTargets, fault: Extract<Fault, { readonly from: unknown }>): readonly Pair[] {
  const [left, right] = sides(where, fault.from, fault.to);
  const there = left.flatMap((from) => right.map((to): Pair => [from, to]));
  return fault.oneWay ? there : [...there, ...there.map(([from, to]): Pair => [to, from])];
}

function linkConditionsOf({ drop, delayMicros, tail }: Extract<Fault, { type: 'weather' }>) {
  return {
    // A stream has no duplicates.
    duplicate: 0,
    ...(drop === undefined ? {} : { drop }),
    ...(delayMicros === undefined ? {} : { delayMicros }),
    ...(tail === undefined ? {} : { tail }),
  };
}

function each(nodes: readonly NodeId[], act: (node: NodeId) => void): readonly NodeId[] {
  for (const node of nodes) act(node);
  return nodes;
}
