import { type Configuration, hasQuorum, type Member, members, voterOf } from '../../protocol/model/configuration.ts';
import { compareLogEnds, type LogEnd, type NodeId } from '../../protocol/model/epoch.ts';
import { durableConfiguration, durableEnd, type SimDisk } from '../disk/disk.ts';
import type { Hopeless } from '../world/core.ts';

/** A group's state at one node of a core, once its pending write is durable. */
export interface Holding {
  readonly node: NodeId;
  /** Undefined: the disk that a configuration names. A new disk has none of the votes of its predecessor. */
  readonly diskId?: string | undefined;
  /** The end of its log. A witness's log has an end like any other. */
  readonly end: LogEnd;
  /** The newest configuration in that log: it counts whether it is safe or not (PROTOCOL §5.1). */
  readonly configuration: Configuration;
  /**
   * The same without what a primary was not entitled to append and is not safe (see `Grounds`). Undefined where there is
   * no such entry.
   */
  readonly entitled?: Pick<Holding, 'end' | 'configuration'>;
}

/** The holding of a disk; `first` is the configuration that every log of the group begins with. */
export function holdingOn(node: NodeId, disk: SimDisk, first: Configuration, diskId?: string): Holding {
  return { node, diskId, end: durableEnd(disk), configuration: durableConfiguration(disk, first) };
}

/** Requirements of the settings besides votes. */
export interface Policy {
  readonly minInSync: number;
}

/**
 * The liveness oracle: whether a core must come to serve a group if nothing more fails and the rest never returns.
 * Undefined if it must, else what is lacking. It separates a bug from a set of faults that no protocol survives.
 *
 * A core serves when one of its data servers can be elected: it is a voter in its own newest configuration, and voters
 * of the core whose logs are no newer than its own have more than half of the votes there (PROTOCOL §3.4–3.6). The rest
 * follows: it removes the dead voters one by one, and each removal lowers what a quorum needs (§5.2); so its entries
 * become visible (§4.4), and removed servers of the core return (§5.4). Only `minInSync` may still forbid writes. A
 * witness that was let through the gate (§4.5) may have a newer log, and then votes for no candidate.
 *
 * A core must also serve that would serve without the votes that a primary has moved on no grounds, and that can never
 * be safe: what such a primary did last is no fault of the network.
 */
export function hopeless(core: readonly Holding[], policy: Policy): Hopeless | undefined {
  const found = hopelessBy(core, policy);
  if (found === undefined || core.every(({ entitled }) => entitled === undefined)) return found;
  const without = core.map((holding) => ({ ...holding, ...holding.entitled }));
  return hopelessBy(without, policy) && found;
}

function hopelessBy(core: readonly Holding[], { minInSync }: Policy): Hopeless | undefined {
  const candidates = core.filter((holding) => {
    const own = voterOf(holding.configuration, holding.node);
    return own?.kind === 'data' && isIn([holding])(own);
  });
  if (candidates.length === 0) {
    return { type: 'no-data-voter', reason: `no data voter is among ${show(core)}` };
  }
  const backed = candidates.filter(({ configuration }) => hasQuorum(configuration, isIn(core)));
  if (backed.length === 0) {
    return { type: 'no-quorum', reason: `${show(core)} hold no more than half of the votes` };
  }
  const electable = backed.filter(({ configuration, end }) => {
    const older = core.filter((other) => compareLogEnds(other.end, end) <= 0);
    return hasQuorum(configuration, isIn(older));
  });
  if (electable.length === 0) {
    return { type: 'outvoted', reason: `a quorum among ${show(core)} needs a vote of a node whose log is newer` };
  }
  const inSync = electable.map(
    ({ configuration }) =>
      members(configuration).filter((member) => member.kind === 'data' && isIn(core)(member)).length,
  );
  if (inSync.every((count) => count < minInSync)) {
    return {
      type: 'too-few-in-sync',
      reason: `${Math.max(...inSync)} data servers are left, and writes need ${minInSync}`,
    };
  }
  return undefined;
}

function isIn(core: readonly Holding[]): (member: Pick<Member, 'nodeId' | 'diskId'>) => boolean {
  const disks = new Map(core.map(({ node, diskId }) => [node, diskId]));
  return ({ nodeId, diskId }) => disks.has(nodeId) && (disks.get(nodeId) ?? diskId) === diskId;
}

function show(core: readonly Holding[]): string {
  return core.length === 0 ? 'no node' : core.map(({ node }) => node).join(', ');
}
