import { FRONT_END } from '../../protocol/model/address.ts';
import type { Recording } from '../recording/recording.ts';

/** The order of the lanes: clients on the left, then front ends, then servers. */
export interface Lanes {
  readonly lanes: readonly Lane[];
  /** Undefined if the lane was not asked for. */
  lane(name: string): Lane | undefined;
  /** The middle of the stripe of `unit` in a lane; of the lane itself without such a stripe. */
  readonly xOf: (lane: Lane, unit: string) => number;
  readonly left: number;
  readonly right: number;
  /** Distance between lanes. */
  readonly spacing: number;
}

export interface Lane {
  readonly name: string;
  readonly kind: 'client' | 'front end' | 'server';
  readonly x: number;
  /** Its stripes, from left to right. */
  readonly units: readonly string[];
}

/** Distance between the stripes of one lane. */
const STRIPE = 14;

/** Width of a lane: the least, and the preferred. */
const NARROW = 124;
const WIDE = 176;
/** Room for labels on the right of the last lane. */
const LABELS = 76;

/** Half the width of the stripes of a lane. */
export function halfWidth({ kind, units }: Lane): number {
  return kind === 'client' ? 6 : 5 + (STRIPE / 2) * Math.max(0, units.length - 1);
}

export function lanesOf(
  recording: Recording,
  names: readonly string[],
  groups: readonly string[],
  left: number,
  width: number,
): Lanes {
  const clients = [...recording.clients].sort(byLetterAndNumber);
  const shown = [...clients, ...recording.frontEnds, ...recording.servers].filter((name) => names.includes(name));
  const spacing = Math.min(WIDE, Math.max(NARROW, Math.floor(width / Math.max(1, shown.length))));
  const hosted = new Set(
    recording.events.flatMap((event) => (event.type === 'role' ? [`${event.node} ${event.group}`] : [])),
  );
  const lanes = shown.map((name, place): Lane => {
    const kind = recording.clients.includes(name)
      ? 'client'
      : recording.servers.includes(name)
        ? 'server'
        : 'front end';
    const replicas = groups.filter((group) => hosted.has(`${name} ${group}`));
    const units = kind === 'front end' ? [FRONT_END, ...replicas] : replicas;
    return { name, kind, units, x: left + spacing * place + spacing / 2 };
  });
  const byName = new Map(lanes.map((lane) => [lane.name, lane]));
  return {
    lanes,
    lane: (name) => byName.get(name),
    xOf: ({ x, units }, unit) => {
      const place = units.indexOf(unit);
      return place < 0 ? x : x + (place - (units.length - 1) / 2) * STRIPE;
    },
    left,
    right: left + spacing * lanes.length + LABELS,
    spacing,
  };
}

/** `c2` before `c10`, and `c` before `p`. */
function byLetterAndNumber(a: string, b: string): number {
  if (a.charAt(0) !== b.charAt(0)) return a.charAt(0) < b.charAt(0) ? -1 : 1;
  return Number(a.slice(1)) - Number(b.slice(1));
}
