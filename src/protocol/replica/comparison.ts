import { lastIndex } from '../model/log.ts';
import { isUnfit } from './ability.ts';
import { comparisonPause, dataPeers, hashAt, hashAtEntry, isAnswered } from './compared-states.ts';
import { beat } from './primary-log.ts';
import { planted, type ReplicaTurn } from './turn.ts';

/**
 * Begins a comparison of the states of all data servers at the end of the log (PROTOCOL §11.8), every `compareEvery`, if
 * the log has grown since the last one: the own no-op is visible, no transfer is under way, this primary is able, and its
 * own state is not known to be wrong.
 */
export function considerComparison(turn: ReplicaTurn): void {
  const { draft, now } = turn;
  const { leading } = draft;
  if (leading === undefined || leading.transfer !== undefined || draft.commit < leading.first) return;
  const { compared } = leading;
  const index = lastIndex(draft.log);
  if (index === compared?.index || (compared !== undefined && planted(turn, 'compares-states-once'))) return;
  const pause = comparisonPause(turn);
  const waited = now.millis - (compared?.at ?? leading.since);
  if (waited < pause || isUnfit(turn) || dataPeers(draft).length === 0) return;
  if (compared !== undefined) {
    if (hashAt(draft, compared.index) === undefined) return;
    if (waited < 2 * pause && !isAnswered(turn, leading, compared.index)) return;
  }
  const next = { ...leading, compared: { index, at: now.millis } };
  draft.leading = next;
  hashAtEntry(turn, index);
  // Heard before any entry behind it: what is in sync has not gone past it.
  beat(turn, next);
}
