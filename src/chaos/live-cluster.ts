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

/** Transfers the leadership of a group to `to`, or to the voter that suits best. */
interface Transfer {
  readonly type: 'transfer';
  readonly group: GroupName;
  readonly to?: NodeId;
}

/** Starts and asks processes; the command line implements it. */
export interface Stage {
  readonly topology: Topology;
  /** The data folder of a node. */
  folder(node: NodeId): string;
  start(node: NodeId, disk: DiskFaults): NodeProcess;
  /** Resolves when the node has answered, or not answered in time. */
  order(node: NodeId, order: Transfer): Promise<void>;
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
  order(node: NodeId, order: Transfer): void;
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

interface Player {
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
  const { servers, frontEnds } = stage.topology;
  const nodes = [...servers, ...frontEnds];
  const players = new Map<NodeId, Player>(
    nodes.map((node) => [
      node,
      { process: undefined, isPaused: false, isLost: false, disk: SOUND_DISK, isDoomed: false, isStopping: false },
    ]),
  );
  const deaths: string[] = [];
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
    order: (node, order) => void stage.order(node, order),
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
      await rename(stage.folder(node), `${stage.folder(node)}.lost`);
    },
    isLost: (node) => playerOf(node).isLost,
    isUp,
    isPaused: (node) => playerOf(node).isPaused,
    statuses,
    async faultTargets(clients) {
      const seen = await statuses();
      return {
        servers,
        frontEnds,
        clients,
        nodes,
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
    if (isUp(node) || player.isLost || player.disk.isFull) return false;
    // A failed sync ends its process; the disk of the next one is sound.
    player.disk = { ...player.disk, failsSync: false };
    const started = stage.start(node, player.disk);
    player.process = started;
    player.isDoomed = false;
    player.isStopping = false;
    changed(node, true);
    void started.exited.then((how) => {
      if (player.process !== started) return;
      player.process = undefined;
      player.isPaused = false;
      if (!player.isDoomed) deaths.push(`${node} has ended by itself (${how})`);
      changed(node, false);
    });
    return true;
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
    const asked = nodes.filter((node) => isUp(node) && !playerOf(node).isPaused);
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
