import type { Host } from '../../host/host.ts';
import { missingVotes, showMissingVotes } from '../../host/missing-votes.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import type { Observer } from '../engine/observer.ts';

/** Interval of looking for missing votes; an election normally takes less than two. In milliseconds. */
const LOOK_EVERY = 1_000;

/** Notes which votes a group lacks, once that holds for two looks and again when it changes. Returns how to end it. */
export function watchVotes(host: () => Host, observer: Pick<Observer, 'noted'>): () => void {
  const seen = new Map<GroupName, string>();
  const told = new Map<GroupName, string>();
  const timer = setInterval(() => {
    for (const group of Object.keys(host().slots)) look(group);
  }, LOOK_EVERY);
  timer.unref();
  return () => clearInterval(timer);

  function look(group: GroupName): void {
    const lost = missingVotes(host(), group, performance.now());
    if (lost === undefined) {
      seen.delete(group);
      if (told.delete(group)) observer.noted(group, { type: 'has-votes' });
      return;
    }
    const says = showMissingVotes(lost);
    if (seen.get(group) === says && told.get(group) !== says) {
      told.set(group, says);
      observer.noted(group, { type: 'lacks-votes', says, needs: lost.needs, has: lost.has });
    }
    seen.set(group, says);
  }
}
