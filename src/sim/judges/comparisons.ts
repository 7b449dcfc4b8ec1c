import { dataVoters } from '../../protocol/model/configuration.ts';
import { configurationOfLog, lastIndex } from '../../protocol/model/log.ts';
import { lackedVersion } from '../../protocol/replica/ability.ts';
import type { Evidence, Judge } from './judge.ts';
import type { SeenReplica } from './seen.ts';

/**
 * A state that differs is found within a bounded time:
 * - while its log grows, a primary that can lead begins a comparison within three times `compareEvery`;
 * - it does not begin the next one before it has acted on every hash that it has heard of the last one and that differs
 *   from its own.
 */
export function comparisons(evidence: Pick<Evidence, 'settings' | 'codeAt' | 'millisOf'>): Judge {
  const { compareEvery } = evidence.settings;
  return {
    name: 'comparisons',
    source: 'PROTOCOL §11.8',
    stepped({ node, group, before, after }) {
      const [past, leading] = [before?.leading, after.leading];
      if (past === undefined || leading === undefined || past.epoch.counter !== leading.epoch.counter) return undefined;
      const place = `${group} at ${node}`;
      if (past.compared !== leading.compared) {
        const ignored = before === undefined ? undefined : differsUnnoticed(before);
        if (ignored === undefined || after.diverged !== undefined) return undefined;
        return `${place} has heard that the state of ${ignored} differs after ${past.compared?.index}, and goes on to ${leading.compared?.index}`;
      }
      // Of its heartbeats each is a time to look.
      if (past.beatAt === leading.beatAt || !isFree(evidence, node, group, after)) return undefined;
      const waited = evidence.millisOf(node) - (leading.compared?.at ?? leading.since ?? Infinity);
      if (waited <= 3 * compareEvery) return undefined;
      return `${place} has compared no states for ${Math.floor(waited)} ms`;
    },
  };
}

function differsUnnoticed({ leading, hashes = [] }: SeenReplica): string | undefined {
  const own = hashes.find(({ index }) => index === leading?.compared?.index);
  if (own === undefined) return undefined;
  const peers = Object.entries(leading?.progress ?? {});
  return peers.find(
    ([, { hashed, differs }]) =>
      hashed?.index === own.index &&
      (hashed.hash !== own.hash || hashed.version !== own.version) &&
      differs === undefined,
  )?.[0];
}

/** Whether a primary has states to compare, and nothing that goes before it. */
function isFree({ codeAt }: Pick<Evidence, 'codeAt'>, node: string, group: string, replica: SeenReplica): boolean {
  const { leading, log, commit, diverged, hashes = [] } = replica;
  if (leading === undefined || leading.transfer !== undefined || diverged !== undefined) return false;
  if (commit < (leading.first ?? Infinity) || dataVoters(configurationOfLog(log)).length < 2) return false;
  const { compared } = leading;
  if (compared !== undefined && !hashes.some(({ index }) => index === compared.index)) return false;
  const code = codeAt(node, group);
  return compared?.index !== lastIndex(log) && code !== undefined && lackedVersion(code, replica) === undefined;
}
