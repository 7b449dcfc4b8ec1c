import type { GroupTime } from '../frontend/state.ts';
import { timeAt } from '../protocol/model/clocks.ts';
import type { Moment } from '../protocol/model/effects.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import type { Replica } from '../protocol/replica/replica.ts';
import type { Host } from './turn.ts';

/** How far this machine's wall clock is from what other processes say. */
export interface ClockDifference {
  /** Positive: this clock is ahead. */
  readonly byMillis: number;
  /**
   * `wall clocks`: those of most voters, as a primary has heard them. `cluster time`: the stamps of a group, at a front
   * end without a vote; they may be late with right clocks (PROTOCOL §7.8).
   */
  readonly from: 'wall clocks' | 'cluster time';
  /** The setting `dedupeMargin`, in milliseconds. */
  readonly margin: number;
}

/** Undefined until others were heard. Where groups differ, the greatest difference from wall clocks counts. */
export function clockDifference(
  host: Host,
  { wall, millis }: Pick<Moment, 'wall' | 'millis'>,
): ClockDifference | undefined {
  const fromWalls = Object.values(host.slots).flatMap(({ replica: { date }, app: { settings } }): ClockDifference[] => {
    if (date === undefined) return [];
    const byMillis = Math.round(wall - (date.wall + millis - date.at));
    return [{ byMillis, from: 'wall clocks', margin: settings.dedupeMargin }];
  });
  const { frontEnd } = host;
  const fromTimes = Object.values(frontEnd?.times ?? {}).map((time: GroupTime): ClockDifference => {
    const margin = frontEnd?.fixed.settings.dedupeMargin ?? Number.POSITIVE_INFINITY;
    return { byMillis: Math.round(wall - timeAt(time, millis)), from: 'cluster time', margin };
  });
  return greatest(fromWalls) ?? greatest(fromTimes);
}

/** How far a member's wall clock is from that date, in milliseconds; null unless this replica is the primary that heard it. */
export function memberClock(
  { leading, identity, date }: Replica,
  nodeId: NodeId,
  now: Pick<Moment, 'wall' | 'millis'>,
): number | null {
  if (leading === undefined || date === undefined) return null;
  const heard = nodeId === identity.nodeId ? { wall: now.wall, at: now.millis } : leading.progress[nodeId]?.wall;
  return heard === undefined ? null : Math.round(heard.wall - heard.at - (date.wall - date.at));
}

/** `12.0 s ahead of`, to be followed by what it is compared with. */
export function showDifference(byMillis: number): string {
  return `${(Math.abs(byMillis) / 1_000).toFixed(1)} s ${byMillis > 0 ? 'ahead of' : 'behind'}`;
}

function greatest(differences: readonly ClockDifference[]): ClockDifference | undefined {
  return [...differences].sort((a, b) => Math.abs(b.byMillis) - Math.abs(a.byMillis))[0];
}
