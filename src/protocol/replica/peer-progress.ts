import { members } from '../model/configuration.ts';
import type { NodeId } from '../model/epoch.ts';
import { configurationOfLog, lastIndex } from '../model/log.ts';
import { freshProgress } from './primary-log.ts';
import type { PrimaryState, Progress } from './primary-state.ts';
import type { ReplicaTurn } from './turn.ts';

/** Records since when each peer has been steady, or too far behind; adds peers new to the configuration. */
export function observePeers(turn: ReplicaTurn, leading: PrimaryState): void {
  const { draft, now } = turn;
  let changed: Record<NodeId, Progress> | undefined;
  for (const { nodeId } of members(configurationOfLog(draft.log))) {
    const known = leading.progress[nodeId];
    const next = known === undefined ? freshProgress(turn, now.millis) : observed(turn, known);
    if (next !== known) changed = { ...(changed ?? leading.progress), [nodeId]: next };
  }
  if (changed !== undefined) draft.leading = { ...leading, progress: changed };
}

/** Whether a peer has been heard, and close, without a break for at least `millis`. */
export function isSteadyFor(turn: ReplicaTurn, { steadySince }: Progress, millis: number): boolean {
  return steadySince !== undefined && turn.now.millis - steadySince >= millis;
}

/** How long a data server that has lost its vote must be heard and close to get it back; doubles with each return. */
export function readmittedAfter({ hosted }: ReplicaTurn, { flaps }: Progress): number {
  return hosted.settings.readmitAfter * 2 ** Math.min(flaps, 6);
}

function observed(turn: ReplicaTurn, progress: Progress): Progress {
  const { draft, now, hosted } = turn;
  const { suspectAfter, batchAtMost, lagAtMost } = hosted.settings;
  const lag = lastIndex(draft.log) - progress.match;
  const isSteady = now.millis - progress.heardAt <= suspectAfter && lag <= batchAtMost;
  const isLagging = lag > lagAtMost;
  const stalledSince = lag > 0 ? (progress.stalledSince ?? now.millis) : undefined;
  const steadySince = isSteady ? (progress.steadySince ?? now.millis) : undefined;
  const laggingSince = isLagging ? (progress.laggingSince ?? now.millis) : undefined;
  const isSame =
    steadySince === progress.steadySince &&
    stalledSince === progress.stalledSince &&
    laggingSince === progress.laggingSince;
  return isSame ? progress : { ...progress, steadySince, stalledSince, laggingSince };
}
