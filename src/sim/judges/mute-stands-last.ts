import { lackedVersion } from '../../protocol/replica/ability.ts';
import type { Evidence, Judge } from './judge.ts';
import type { SeenReplica } from './seen.ts';

/** A replica without the code that its log needs outranks no candidate: it would be elected only to hand over. */
export function muteStandsLast(evidence: Pick<Evidence, 'codeAt'>): Judge {
  const seen = new Map<string, SeenReplica>();
  return {
    name: 'mute-stands-last',
    source: 'PROTOCOL §11.4',
    stepped({ node, group, after }) {
      seen.set(`${group} at ${node}`, after);
      return undefined;
    },
    sent({ from, message }) {
      if (message.type !== 'answer' || message.verdict !== 'better') return undefined;
      const place = `${from.unit} at ${from.node}`;
      const [replica, code] = [seen.get(place), evidence.codeAt(from.node, from.unit)];
      const lacked = replica && code && lackedVersion(code, replica);
      return lacked === undefined ? undefined : `${place} lacks version ${lacked}, and calls itself better`;
    },
  };
}
