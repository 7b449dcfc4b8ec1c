import { readFileSync } from 'node:fs';
import type { NodeId } from '../../protocol/model/epoch.ts';
import { SPOKEN, type WireRange } from '../../protocol/wire/spoken.ts';

/** What a process says of its build in a handshake. */
export interface Build {
  /** The newest version of the wire that it speaks, and the oldest one. */
  readonly understudy: number;
  readonly oldest: number;
  /** The version of its package, for people. */
  readonly build: string;
}

/** The build of each peer, as it said last, and the version that both speak. */
export type PeerBuilds = Readonly<Record<NodeId, PeerBuild>>;

export interface PeerBuild {
  readonly build: string;
  readonly speaks: WireRange;
  readonly common: number;
}

let own: Build | undefined;

export function ownBuild(): Build {
  own ??= { understudy: SPOKEN.to, oldest: SPOKEN.from, build: versionOfPackage() };
  return own;
}

export function rangeOf({ understudy, oldest }: Pick<Build, 'understudy' | 'oldest'>): WireRange {
  return { from: oldest, to: understudy };
}

/** The version of this package, as its package.json has it. */
export function versionOfPackage(): string {
  const json: unknown = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  return typeof json === 'object' && json !== null && 'version' in json ? String(json.version) : 'unknown';
}
