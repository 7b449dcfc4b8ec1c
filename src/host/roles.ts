import { FRONT_END } from '../protocol/model/address.ts';
import type { GroupName } from '../protocol/model/app.ts';
import { unreachable } from '../protocol/model/assert.ts';
import { type Member, memberOf } from '../protocol/model/configuration.ts';
import type { ServiceEntry } from '../protocol/model/directory.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import { configurationOfLog } from '../protocol/model/log.ts';
import type { Envelope } from '../protocol/model/messages.ts';
import type { Host } from './turn.ts';

/**
 * Whether the sender of a message has the role that may say it (PROTOCOL §2.6). The secret proves that a process
 * belongs to the cluster, not what it is in it: the configurations and the directory say that.
 */
export function mayTell(host: Host, { from, to, message }: Envelope): boolean {
  if (from.node === host.nodeId || host.gossip.fixed.planted.has('takes-messages-of-strangers')) return true;
  switch (message.type) {
    case 'election':
    case 'campaign':
    case 'transfer':
    case 'append':
    case 'install':
    case 'heartbeat':
      return hasRole(host, to.unit, from.node, isData);
    case 'answer':
    case 'voted':
    case 'appended':
    case 'mismatched':
    case 'outdated':
    case 'heard':
      return hasRole(host, to.unit, from.node, isMember);
    case 'relay':
      if (message.origin !== undefined) return hasRole(host, to.unit, from.node, isMember);
      return isKnown(host, from.node) || isNamed(host, from.node, isMember);
    case 'relayed':
      return hasRole(host, to.unit, from.node, isData);
    case 'requests':
    case 'locate':
    case 'watch':
      return isKnown(host, from.node) || isNamed(host, from.node, isMember);
    case 'located':
    case 'replies':
      // A witness forwards for a primary that calls; what it says is taken as little as calls.ts takes of it.
      if (to.unit !== FRONT_END && isNamed(host, from.node, isMember)) return true;
      return entryOf(host, from.node)?.kind === 'server' || isNamed(host, from.node, isData);
    case 'changed':
      return entryOf(host, from.node)?.kind === 'server' || isNamed(host, from.node, isData);
    case 'gossip':
      // The directory has rules of its own.
      return true;
    default:
      return unreachable(message);
  }
}

type Role = (member: Member) => boolean;

function isMember(): boolean {
  return true;
}

/** A learner included: the log of this replica may lack the change, or hold one that was never safe. */
function isData({ kind }: Member): boolean {
  return kind === 'data';
}

/**
 * Whether the newest configuration of the group gives the node that role: the one in this node's log, or the one that a
 * newer log has, as the directory has heard.
 */
function hasRole({ slots, gossip }: Host, group: GroupName, node: NodeId, role: Role): boolean {
  const slot = Object.hasOwn(slots, group) ? slots[group] : undefined;
  const own = slot === undefined ? undefined : memberOf(configurationOfLog(slot.replica.log), node);
  if (own !== undefined && role(own)) return true;
  const view = gossip.groups.find((known) => known.group === group);
  const seen = view === undefined ? undefined : memberOf(view.configuration, node);
  return seen !== undefined && role(seen);
}

/** Whether the directory has the node. One that has not begun, as in the explorer, knows all. */
function isKnown(host: Host, node: NodeId): boolean {
  return host.gossip.incarnation === undefined || entryOf(host, node) !== undefined;
}

function isNamed(host: Host, node: NodeId, role: Role): boolean {
  return Object.keys(host.slots).some((group) => hasRole(host, group, node, role));
}

/** Directories never change, and every message asks. */
const BY_NAME = new WeakMap<readonly ServiceEntry[], ReadonlyMap<NodeId, ServiceEntry>>();

function entryOf({ gossip: { services } }: Host, node: NodeId): ServiceEntry | undefined {
  let byName = BY_NAME.get(services);
  if (byName === undefined) {
    byName = new Map(services.map((entry) => [entry.nodeId, entry]));
    BY_NAME.set(services, byName);
  }
  return byName.get(node);
}
