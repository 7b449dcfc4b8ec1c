import type { RunModel } from '../model/run-model.ts';

export interface LaneRow {
  readonly name: string;
  readonly kind: 'client' | 'front end' | 'server';
  readonly top: number;
  readonly height: number;
}

export interface LaneLayout {
  readonly rows: readonly LaneRow[];
  row(name: string): LaneRow | undefined;
  /** Left edge of time. */
  readonly left: number;
  readonly width: number;
  /** Below the axis, and above the overview. */
  readonly top: number;
  readonly bottom: number;
}

const AXIS = 42;

/** Rows of the lanes: those of servers take what clients and front ends leave. */
export function layLanes(model: RunModel, width: number, height: number): LaneLayout {
  const { servers, frontEnds } = model.recording;
  const left = width < 560 ? 36 : 62;
  const clients = model.clients.slice(0, width < 560 ? 3 : 6);
  const room = height - AXIS - 4;
  const thin = Math.max(9, Math.min(27, room * 0.08));
  const rest = room - thin * (clients.length + frontEnds.length);
  const thick = Math.max(13, Math.min(92, rest / Math.max(1, servers.length)));
  const rows: LaneRow[] = [];
  let top = AXIS;
  const add = (names: readonly string[], kind: LaneRow['kind'], tall: number): void => {
    for (const name of names) {
      rows.push({ name, kind, top, height: tall });
      top += tall;
    }
  };
  add(clients, 'client', thin);
  add(frontEnds, 'front end', thin);
  add(servers, 'server', thick);
  const byName = new Map(rows.map((row) => [row.name, row]));
  return { rows, row: (name) => byName.get(name), left, width, top: AXIS, bottom: Math.min(top, height) };
}

/** The middle of a group's stripe in the row of a server; of the row itself for everything else. */
export function stripeY(row: LaneRow, groups: readonly string[], group: string): number {
  const place = groups.indexOf(group);
  const middle = row.top + row.height / 2;
  if (row.kind !== 'server' || place < 0) return middle;
  const apart = Math.min(17, row.height / (groups.length + 1));
  return middle + (place - (groups.length - 1) / 2) * apart;
}
