import type { Judge } from './judge.ts';
import { hasFailedMigration, strayedIn } from './strayed.ts';

/**
 * A server is told that its state has diverged only if one has, and answers nothing from the next step on until it has
 * been given another state; neither does one on which a migration failed that worked elsewhere: what it applied before
 * that in the same step is right. That all states are equal in the end is checked when the cluster is at rest.
 */
export function divergence(): Judge {
  const astray = new Set<string>();
  /** Replicas that knew it before their last step. */
  const knowing = new Set<string>();
  /** Answers of another replica, which are only passed on. */
  const passedOn = new Set<string>();
  return {
    name: 'divergence',
    source: 'PROTOCOL §11.8',
    stepped({ node, group, before, after }) {
      const isFailed = hasFailedMigration(after);
      if (isFailed || strayedIn(after.machine) > 0) astray.add(group);
      const place = `${group} at ${node}`;
      const knew =
        before !== undefined &&
        before.incarnation === after.incarnation &&
        (before.diverged !== undefined || hasFailedMigration(before));
      if (knew && (isFailed || after.diverged !== undefined)) knowing.add(place);
      else knowing.delete(place);
      if (after.diverged === undefined || astray.has(group)) return undefined;
      return `${place} takes its state for a wrong one, and no state of the group is`;
    },
    received({ to, message }) {
      if (message.type !== 'relayed') return;
      for (const { id } of message.items) passedOn.add(`${to.unit} at ${to.node} ${id}`);
    },
    sent({ from, message }) {
      const place = `${from.unit} at ${from.node}`;
      if (message.type === 'heartbeat' && message.diverged !== undefined && !astray.has(from.unit))
        return `${place} says that a state has diverged after ${message.diverged.index}, and none of the group has`;
      if (message.type !== 'replies' || !knowing.has(place)) return undefined;
      const done = message.items.find(({ type, id }) => type === 'done' && !passedOn.has(`${place} ${id}`));
      return done === undefined ? undefined : `${place} knows that its state has diverged, and answers ${done.id}`;
    },
  };
}
