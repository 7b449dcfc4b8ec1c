import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { type DiskFaults, SOUND_DISK } from '../live/engine/disk-faults.ts';
import type { GroupName } from '../protocol/model/app.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import type { Topology } from '../protocol/model/topology.ts';
import type { FaultTargets } from '../sim/plan/fault-targets.ts';
import { leaderOf, rankedBy, type SeenStatus } from './decide/quiescence.ts';

/** The process of a node, as its parent sees it. */
interface NodeProcess {
  readonly pid: number;
  /** Resolves to how it ended, once it has. Never rejects. */
  readonly exited: Promise<string>;
  hasExited(): boolean;
  /** Changes the faults of its disk. */
  tell(change: Partial<DiskFaults>): void;
}

/** An operator's order: to the primary, to the node that leaves, or to any node that removes another one. */
type LiveOrder =
  | { readonly type: 'transfer'; readonly group: GroupName; readonly to?: NodeId }
  | { readonly type: 'leave' }
  | { readonly type: 'remove'; readonly node: NodeId };

type NodeKind = 'server' | 'front end';

/** Starts and asks processes; the command line implements it. */
export interface Stage {
  readonly topology: Topology;
  /** The data folder of a node. */
  folder(node: NodeId): string;
  /** With `contact`, as a node that joins by way of that one, or that has joined before. */
  start(node: NodeId, disk: DiskFaults, contact: NodeId | undefined): NodeProcess;
  /** Nodes that may join, of each kind, in order. */
  readonly spares: Readonly<Record<NodeKind, readonly NodeId[]>>;
  /** Resolves to whether the node has carried it out; false for a refusal, and where no answer came in time. */
  order(node: NodeId, order: LiveOrder): Promise<boolean>;
  /** Undefined without an answer. */
  status(node: NodeId): Promise<SeenStatus | undefined>;
}

/** The processes of one run, and their faults. */
export interface LiveCluster {
  /** Starts the node, unless it runs or has lost its disk. */
  start(node: NodeId): boolean;
  /** Kills the process with SIGKILL, and waits until it has ended. */
  kill(node: NodeId): Promise<void>;
  /** Tells the process to stop in good order, and does not wait for it. */
  stop(node: NodeId): void;
  /** Waits until all processes told to stop have ended. */
  stopped(): Promise<void>;
  /** Gives an order, and does not wait for its end. */
  order(node: NodeId, order: LiveOrder): void;
  /** Waits until all orders have been answered, or were not answered in time. */
  ordered(): Promise<void>;
  /** Lets the next spare node of a kind join; undefined without one, and without a process to ask. */
  join(kind: NodeKind): NodeId | undefined;
  /** Lets a node without a disk join again, under its name on an empty one. */
  rejoin(node: NodeId): boolean;
  /** Tells the node to leave permanently, and does not wait for it. */
  leave(node: NodeId): void;
  /** Has another node remove this one permanently, and does not wait for it. */
  remove(node: NodeId): void;
  /** The nodes that are to take part: all but those that have left, were removed, or have lost their disks. */
  members(): Members;
  pause(node: NodeId): void;
  resume(node: NodeId): void;
  setDisk(node: NodeId, change: Partial<DiskFaults>): void;
  /** Kills the process and moves its folder away; the node cannot start again. */
  lose(node: NodeId): Promise<void>;
  isLost(node: NodeId): boolean;
  isUp(node: NodeId): boolean;
  isPaused(node: NodeId): boolean;
  /** The statuses of all processes that run and are not paused. */
  statuses(): Promise<readonly SeenStatus[]>;
  faultTargets(clients: readonly string[]): Promise<FaultTargets>;
  /** Processes that ended without being told to. */
  deaths(): readonly string[];
}

/** Nodes by kind, and those that have left or were removed. */
interface Members {
  readonly servers: readonly NodeId[];
  readonly frontEnds: readonly NodeId[];
  readonly gone: readonly NodeId[];
}

interface Player {
  readonly kind: NodeKind;
  /** The node by way of which it joined. */
  contact: NodeId | undefined;
  /** It has been told to leave, or another node to remove it: its end is expected, and permanent. */
  isLeaving: boolean;
  isGone: boolean;
  process: NodeProcess | undefined;
  isPaused: boolean;
  isLost: boolean;
  disk: DiskFaults;
  /** Its end is expected. */
  isDoomed: boolean;
  isStopping: boolean;
}

/** `changed` is called whenever a process has started or ended. */
export function createLiveCluster(stage: Stage, changed: (node: NodeId, isThere: boolean) => void): LiveCluster {
  const players = new Map<NodeId, Player>();
  for (const node of stage.topology.servers) players.set(node, newcomer('server', undefined));
  for (const node of stage.topology.frontEnds) players.set(node, newcomer('front end', undefined));
  const deaths: string[] = [];
  const orders = new Set<Promise<unknown>>();
  let losses = 0;
  const cluster: LiveCluster = {
    start,
    kill,
    stop(node) {
      const player = playerOf(node);
      if (player.process === undefined || player.process.hasExited()) return;
      player.isDoomed = true;
      player.isStopping = true;
      process.kill(player.process.pid, 'SIGTERM');
    },
    async stopped() {
      for (const { process: running, isStopping } of players.values()) if (isStopping) await running?.exited;
    },
    order: (node, order) => void give(node, order),
    async ordered() {
      await Promise.all(orders);
    },
    join(kind) {
      const node = stage.spares[kind].find((spare) => !players.has(spare));
      const contact = anyUp();
      if (node === undefined || contact === undefined) return undefined;
      players.set(node, newcomer(kind, contact));
      start(node);
      return node;
    },
    rejoin(node) {
      const player = playerOf(node);
      const contact = anyUp(node);
      if (!player.isLost || player.isGone || contact === undefined) return false;
      player.isLost = false;
      player.contact = contact;
      return start(node);
    },
    leave(node) {
      if (isUp(node)) dismiss(node, node, { type: 'leave' });
    },
    remove(node) {
      const other = anyUp(node);
      if (other !== undefined) dismiss(node, other, { type: 'remove', node });
    },
    members,
    pause: (node) => signal(node, 'SIGSTOP'),
    resume: (node) => signal(node, 'SIGCONT'),
    setDisk(node, change) {
      const player = playerOf(node);
      player.disk = { ...player.disk, ...change };
      if (player.disk.isFull || player.disk.failsSync) player.isDoomed = true;
      player.process?.tell(change);
    },
    async lose(node) {
      playerOf(node).isLost = true;
      await kill(node);
      losses += 1;
      // A node that was killed while it joined has none yet.
      if (existsSync(stage.folder(node))) await rename(stage.folder(node), `${stage.folder(node)}.lost-${losses}`);
    },
    isLost: (node) => playerOf(node).isLost,
    isUp,
    isPaused: (node) => playerOf(node).isPaused,
    statuses,
    async faultTargets(clients) {
      const seen = await statuses();
      const [servers, frontEnds] = [staying('server'), staying('front end')];
      return {
        servers,
        frontEnds,
        clients,
        nodes: [...servers, ...frontEnds],
        isUp,
        isPaused: (node) => playerOf(node).isPaused,
        isLost: (node) => playerOf(node).isLost,
        primaryOf: (group) => leaderOf(group, seen)?.node,
        ranked: (group) => rankedBy(group, seen),
      };
    },
    deaths: () => deaths,
  };
  return cluster;

  function start(node: NodeId): boolean {
    const player = playerOf(node);
    if (isUp(node) || player.isLost || player.isGone || player.disk.isFull) return false;
    // A failed sync ends its process; the disk of the next one is sound.
    player.disk = { ...player.disk, failsSync: false };
    const started = stage.start(node, player.disk, player.contact);
    player.process = started;
    player.isDoomed = false;
    player.isStopping = false;
    changed(node, true);
    void started.exited.then((how) => {
      if (player.process !== started) return;
      player.process = undefined;
      player.isPaused = false;
      if (player.isLeaving && !player.isDoomed) player.isGone = true;
      else if (!player.isDoomed) deaths.push(`${node} has ended by itself (${how})`);
      changed(node, false);
    });
    return true;
  }

  function give(node: NodeId, order: LiveOrder): Promise<boolean> {
    const answered = stage.order(node, order);
    orders.add(answered);
    return answered.finally(() => orders.delete(answered));
  }

  /** Has a node leave. Where that is refused it stays; where nothing was heard, its end tells. */
  function dismiss(node: NodeId, teller: NodeId, order: LiveOrder): void {
    const player = playerOf(node);
    player.isLeaving = true;
    void give(teller, order).then((isDone) => {
      if (isDone) player.isGone = true;
      else if (isUp(node) && isUp(teller)) player.isLeaving = false;
    });
  }

  /** A running process, the longest member first. */
  function anyUp(but?: NodeId): NodeId | undefined {
    return [...players.keys()].find((node) => node !== but && isUp(node) && !playerOf(node).isPaused);
  }

  function members(): Members {
    const gone = [...players].flatMap(([node, { isGone }]) => (isGone ? [node] : []));
    return { servers: present('server'), frontEnds: present('front end'), gone };
  }

  function present(kind: NodeKind): NodeId[] {
    return staying(kind).filter((node) => !playerOf(node).isLost);
  }

  function staying(kind: NodeKind): NodeId[] {
    return [...players].flatMap(([node, player]) => (player.kind === kind && !player.isGone ? [node] : []));
  }

  async function kill(node: NodeId): Promise<void> {
    const player = playerOf(node);
    const running = player.process;
    if (running === undefined) return;
    player.isDoomed = true;
    process.kill(running.pid, 'SIGKILL');
    await running.exited;
  }

  function signal(node: NodeId, name: 'SIGSTOP' | 'SIGCONT'): void {
    const player = playerOf(node);
    if (player.process === undefined || player.process.hasExited()) return;
    process.kill(player.process.pid, name);
    player.isPaused = name === 'SIGSTOP';
  }

  async function statuses(): Promise<readonly SeenStatus[]> {
    const asked = [...players.keys()].filter((node) => isUp(node) && !playerOf(node).isPaused);
    const seen = await Promise.all(asked.map((node) => stage.status(node)));
    return seen.filter((status) => status !== undefined);
  }

  function isUp(node: NodeId): boolean {
    return playerOf(node).process?.hasExited() === false;
  }

  function playerOf(node: NodeId): Player {
    const player = players.get(node);
    if (player === undefined) throw new RangeError(`there is no node ${node}`);
    return player;
  }
}

function newcomer(kind: NodeKind, contact: NodeId | undefined): Player {
  return {
    kind,
    contact,
    isLeaving: false,
    isGone: false,
    process: undefined,
    isPaused: false,
    isLost: false,
    disk: SOUND_DISK,
    isDoomed: false,
    isStopping: false,
  };
}
