import type { GroupName } from '../../protocol/model/app.ts';
import { compareEpochs, type Epoch, type NodeId, sameEpoch } from '../../protocol/model/epoch.ts';
import type { Trial } from '../../protocol/model/messages.ts';
import type { Evidence, Judge, ReplicaStep } from './judge.ts';
import type { SeenReplica } from './seen.ts';

/** What is known of a replica in its present life. */
interface Known {
  promised: Epoch;
  /** The trial of which the newest heartbeat that it can have taken says. */
  told: { readonly trial: Trial; readonly epoch: Epoch; readonly beat: number } | undefined;
  /** The trial of its last step, and when that began by the node's clock. */
  tries: { readonly version: number; readonly at: number } | undefined;
  /** The version whose migration has taken it too long. */
  slow: number | undefined;
}

/**
 * A migration that takes long costs one change of the lead, and one that never ends costs one server: no primary
 * tries one
 * - that another server tries of which it was told, and from which it has not heard in its tenure; or
 * - that has taken its process `electAfter` or longer before.
 */
export function trials({ settings, millisOf }: Pick<Evidence, 'settings' | 'millisOf'>): Judge {
  const replicas = new Map<string, Known>();
  return {
    name: 'trials',
    source: 'PROTOCOL §11.3',
    stepped(step) {
      const { node, group, before, after } = step;
      const place = placeOf(node, group);
      const known = before === undefined ? undefined : replicas.get(place);
      const now: Known = known ?? { promised: after.promised, told: undefined, tries: undefined, slow: undefined };
      replicas.set(place, now);
      now.promised = after.promised;
      if (now.tries !== undefined && Math.floor(millisOf(node) - now.tries.at) >= settings.electAfter)
        now.slow = now.tries.version;
      now.tries = undefined;
      const tried = begun(step, 'tried');
      if (tried !== undefined) {
        now.tries = { version: tried, at: millisOf(node) };
        if (now.slow === tried) return `${place} tries the migration to version ${tried} again, which took it too long`;
      }
      // A step whose migration never ends is seen by none: what it announces before is.
      const announced = begun(step, 'trying');
      return announced !== undefined && isAwaited(after, now.told?.trial, node, announced)
        ? `${place} is to try the migration to version ${announced}, as ${now.told?.trial.by} does, of which it has not heard`
        : undefined;
    },
    received({ to, message }) {
      const known = replicas.get(placeOf(to.node, to.unit));
      if (message.type !== 'heartbeat' || known === undefined) return;
      const { epoch, beat, trial } = message;
      const isLate = known.told !== undefined && sameEpoch(known.told.epoch, epoch) && beat < known.told.beat;
      if (compareEpochs(epoch, known.promised) < 0 || (trial === undefined && isLate)) return;
      known.told = trial === undefined ? undefined : { trial, epoch, beat };
    },
  };
}

function placeOf(node: NodeId, group: GroupName): string {
  return `${group} at ${node}`;
}

/** The version of a trial that the replica has announced, or begun, in this step. */
function begun({ before, after }: ReplicaStep, what: 'trying' | 'tried'): number | undefined {
  const [past, leading] = [before?.leading, after.leading];
  const version = leading?.[what]?.version;
  const isPast = past !== undefined && leading !== undefined && sameEpoch(past.epoch, leading.epoch);
  return isPast && past[what]?.version === version ? undefined : version;
}

function isAwaited(
  { leading, services = [] }: SeenReplica,
  told: Trial | undefined,
  node: NodeId,
  version: number,
): boolean {
  if (told === undefined || told.by === node || told.version !== version) return false;
  const isThere = services.some(({ nodeId, standing }) => nodeId === told.by && standing !== 'removed');
  return isThere && leading?.progress?.[told.by]?.code === undefined;
}
