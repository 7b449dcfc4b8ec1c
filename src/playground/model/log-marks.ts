import type { Recording } from '../../sim/recording/recording.ts';

/** An end of a log that has moved on: entries up to `index` are on disk, safe (at a primary) or visible. */
export interface LogMark {
  readonly at: number;
  /** In the recording. */
  readonly place: number;
  readonly node: string;
  readonly group: string;
  readonly kind: 'durable' | 'safe' | 'visible';
  readonly index: number;
}

const KINDS = { written: 'durable', safe: 'safe', committed: 'visible' } as const;

/** In the order of time; a write that leaves the end of the log where it was is none. */
export function logMarksOf({ events }: Recording): readonly LogMark[] {
  const last = new Map<string, number>();
  return events.flatMap((event, place): readonly LogMark[] => {
    if (event.type !== 'written' && event.type !== 'safe' && event.type !== 'committed') return [];
    const { at, node, group, index } = event;
    const kind = KINDS[event.type];
    const key = `${node} ${group} ${kind}`;
    const isSame = (last.get(key) ?? 0) === index;
    last.set(key, index);
    return isSame ? [] : [{ at, place, node, group, kind, index }];
  });
}
