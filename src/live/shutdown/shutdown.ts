import type { Dismissal } from '../../gossip/gossip-io.ts';
import { groupsNamingOwnDisk } from '../../host/consent.ts';
import type { NodeFolder } from '../../storage/node-folder.ts';
import type { Leaving } from '../admin/orders.ts';
import { criticalDutiesOf, type Duty, showDuties } from './duties.ts';
import { leaveForever, leaveForNow, type LeavingNode, whenLetGo } from './leave.ts';
import { waitUntil } from './wait-until.ts';

/** Time for the answer to a call to go out before the process ends, in milliseconds. */
const ANSWERS_FOR = 100;

/** Time after which a leaving node reports its remaining duties, in milliseconds. */
const LEFT_WITHIN = 15_000;

/** The ways in which a process ends: it is stopped, stops for a while, leaves, or is no member any more. */
export interface Shutdown {
  /** Whether it serves only what it has begun. */
  isStopping(): boolean;
  /** See `RunningProcess`. */
  retire(): Promise<string | undefined>;
  /** Begins to leave, or continues; resolves to the progress after a time limit. */
  leave(): Promise<Leaving>;
  /** Another node has said that this one is no member any more. */
  dismissed(reason: Dismissal): Promise<void>;
  /** Ends the process, once. */
  stop(): Promise<void>;
}

export interface ShutdownOptions extends LeavingNode {
  readonly folder: NodeFolder;
  /** Takes no more inputs, and frees all resources. Called once. */
  readonly close: () => Promise<void>;
  /** See `ProcessOptions`. */
  readonly dismissed: (why: Dismissal | 'left') => void;
  readonly failed: (error: unknown) => void;
}

export function createShutdown(options: ShutdownOptions): Shutdown {
  const { host, folder, close, failed } = options;
  const { nodeId } = folder.node;
  let stopping = false;
  let ended: Promise<void> | undefined;
  let leaving: Promise<Leaving> | undefined;
  return { isStopping: () => stopping, retire, leave, dismissed, stop };

  async function retire(): Promise<string | undefined> {
    stopping = true;
    const unfinished = await leaveForNow(options);
    await stop();
    return unfinished;
  }

  async function leave(): Promise<Leaving> {
    stopping = true;
    leaving ??= leaveForGood();
    if (await waitUntil(() => criticalDuties().length === 0 || hasEnded(), LEFT_WITHIN)) return leaving;
    stopping = false;
    return { type: 'stays', still: showDuties(criticalDuties()) };
  }

  /** The process ends a little later, so that the caller receives the answer. */
  async function leaveForGood(): Promise<Leaving> {
    const unfinished = await leaveForever(options, hasEnded);
    if (!hasEnded()) setTimeout(() => dismiss('left'), ANSWERS_FOR);
    return { type: 'left', unfinished };
  }

  async function dismissed(reason: Dismissal): Promise<void> {
    stopping = true;
    if (reason !== 'overtaken') await whenLetGo(host, hasEnded);
    if (hasEnded()) return;
    dismiss(reason);
  }

  function dismiss(why: Dismissal | 'left'): void {
    // An overtaken disk is a copy of a member's, not a former member's. A disk that a group names stays usable.
    const isOver = why !== 'overtaken' && (why === 'left' || groupsNamingOwnDisk(host()).length === 0);
    void (isOver ? folder.rewrite({ ...folder.node, state: 'left' }) : Promise.resolve()).then(
      () => options.dismissed(why),
      failed,
    );
  }

  function criticalDuties(): readonly Duty[] {
    return criticalDutiesOf(host(), nodeId);
  }

  function hasEnded(): boolean {
    return ended !== undefined;
  }

  function stop(): Promise<void> {
    stopping = true;
    ended ??= close();
    return ended;
  }
}
