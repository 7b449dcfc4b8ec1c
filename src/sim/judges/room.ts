import { entriesBetween, lastIndex } from '../../protocol/model/log.ts';
import type { Judge } from './judge.ts';

/** A primary that knows that its disk is nearly full makes no entry of a write. */
export function room(): Judge {
  return {
    name: 'room',
    source: 'PROTOCOL §4.8',
    stepped({ node, group, before, after }) {
      const { leading } = after;
      const isShort = before?.short !== undefined && before.short.length > 0 && after.short === before.short;
      if (before?.leading === undefined || leading === undefined || !isShort) return undefined;
      if (before.leading.epoch.counter !== leading.epoch.counter) return undefined;
      const from = lastIndex(before.log) + 1;
      const to = lastIndex(after.log);
      const written =
        to < from ? undefined : entriesBetween(after.log, from, to).find(({ body }) => body.type === 'write');
      if (written === undefined) return undefined;
      return `${node}, primary of ${group}, makes entry ${written.index} of a write although its disk is nearly full`;
    },
  };
}
