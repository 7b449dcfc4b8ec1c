import type { Epoch, NodeId } from '../../protocol/model/epoch.ts';
import { sameEpoch } from '../../protocol/model/epoch.ts';
import { inMap } from '../base/in-map.ts';
import type { Evidence, Judge } from './judge.ts';
import type { SeenReplica } from './seen.ts';

interface Tenure {
  readonly epoch: Epoch;
  /** What was visible when it began. */
  readonly from: number;
  snapshots: number;
  copies: number;
  /** Full copies to peers that had the log: how many, and when the last one was sent. */
  readonly granted: Map<NodeId, { count: number; at: number }>;
  last: SeenReplica;
}

/** Snapshots of a tenure beside those that entries, activations and copies explain: of its begin and its end. */
const MORE = 3;

/**
 * What a peer says of its state costs its primary little. In a tenure
 * - the pause between two full copies to a peer that has the log is at least the shorter one of `compareEvery` and
 *   `copyWithin`, and doubles each time, up to 64 times;
 * - there are no more snapshots than entries and activations ask for, one for each copy, and one for each peer.
 */
export function grantedCopies({ settings, millisOf }: Pick<Evidence, 'settings' | 'millisOf'>): Judge {
  const tenures = new Map<string, Tenure>();
  const shortest = Math.min(settings.compareEvery, settings.copyWithin);
  return {
    name: 'granted-copies',
    source: 'PROTOCOL §11.8',
    stepped({ node, group, before, after }) {
      const place = `${group} at ${node}`;
      const { leading, saving, commit } = after;
      if (leading === undefined) {
        tenures.delete(place);
        return undefined;
      }
      const { epoch } = leading;
      if (!sameEpoch(tenures.get(place)?.epoch ?? { counter: -1, nodeId: '' }, epoch)) tenures.delete(place);
      const tenure = inMap(tenures, place, (): Tenure => ({
        epoch,
        from: commit,
        snapshots: 0,
        copies: 0,
        granted: new Map(),
        last: after,
      }));
      tenure.last = after;
      if (saving === undefined || saving.base.index === before?.saving?.base.index) return undefined;
      tenure.snapshots += 1;
      const { state = 0, since = 0 } = after.size ?? {};
      if (state + since >= settings.stateSizeAtMost) return undefined;
      const peers = Object.keys(leading.progress ?? {}).length;
      const due = Math.floor((commit - tenure.from) / settings.snapshotEvery) + after.log.activations.length;
      if (tenure.snapshots <= due + tenure.copies + peers + MORE) return undefined;
      return `${place} takes snapshot ${tenure.snapshots} of its tenure at ${commit}: entries ask for ${due}, and ${tenure.copies} copies were sent`;
    },
    sent({ from, to, message }) {
      const place = `${from.unit} at ${from.node}`;
      const tenure = tenures.get(place);
      if (message.type !== 'install' || tenure === undefined || !sameEpoch(message.epoch, tenure.epoch))
        return undefined;
      tenure.copies += 1;
      const match = tenure.last.leading?.progress?.[to.node]?.match ?? 0;
      if (match < message.snapshot.base.index) return undefined;
      const at = millisOf(from.node);
      const past = tenure.granted.get(to.node);
      tenure.granted.set(to.node, { count: (past?.count ?? 0) + 1, at });
      if (past === undefined) return undefined;
      const pause = shortest * 2 ** Math.min(past.count - 1, 6);
      if (at - past.at >= pause) return undefined;
      return `${place} sends ${to.node} full copy ${past.count + 1} that it does not lack after ${Math.floor(at - past.at)} ms`;
    },
  };
}
