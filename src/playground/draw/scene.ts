import type { Message } from '../../sim/diagram/messages.ts';
import type { TimeMap } from '../../sim/diagram/time-map.ts';
import type { Loaded } from '../model/loaded.ts';
import type { Ink } from './ink.ts';

/** What both pictures show: one instant of a run. */
export interface Scene {
  readonly run: Loaded;
  /** The place of the last event that has happened. */
  readonly place: number;
  /** Microseconds. */
  readonly at: number;
  readonly selected: string | undefined;
  /** The message that the sentence is about. */
  readonly message: Message | undefined;
  readonly time: TimeMap;
  readonly zoom: number;
  readonly ink: Ink;
  readonly isCalm: boolean;
}

export function epochInk(run: Loaded, group: string, epoch: string): `e${number}` | 'e' {
  const name = run.colours.get(group)?.get(epoch);
  return name === undefined || name === 'e' ? 'e' : `e${Number(name.slice(1))}`;
}
