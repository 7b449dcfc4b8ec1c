import type { GroupName } from '../../protocol/model/app.ts';
import { compareEpochs, type Epoch, sameEpoch } from '../../protocol/model/epoch.ts';
import type { LogBase } from '../../protocol/model/entry.ts';

/**
 * What judges must remember of how a state was reached: part of the state. All the rest they read off replicas and disks.
 */
export interface Ledger {
  /** What has ever counted as committed, by group; the entry with index 1 first. */
  readonly committed: Readonly<Record<GroupName, readonly Committed[]>>;
  /** Every epoch that was ever won, oldest first. */
  readonly won: Readonly<Record<GroupName, readonly Epoch[]>>;
}

export interface Committed {
  /** Covers the entry and, through its chain, all before it. */
  readonly hash: number;
  /** What the replica that first counted it had promised. */
  readonly epoch: Epoch;
}

export const EMPTY_LEDGER: Ledger = { committed: {}, won: {} };

export function committedIn(ledger: Ledger, group: GroupName): readonly Committed[] {
  return ledger.committed[group] ?? [];
}

/** The ledger with `places` behind the last one committed. */
export function commit(ledger: Ledger, group: GroupName, places: readonly LogBase[], epoch: Epoch): Ledger {
  const known = committedIn(ledger, group);
  const news = places.filter(({ index }) => index > known.length).map(({ hash }) => ({ hash, epoch }));
  if (news.length === 0) return ledger;
  return { ...ledger, committed: { ...ledger.committed, [group]: [...known, ...news] } };
}

export function hasWon(ledger: Ledger, group: GroupName, epoch: Epoch): boolean {
  return (ledger.won[group] ?? []).some((known) => sameEpoch(known, epoch));
}

export function win(ledger: Ledger, group: GroupName, epoch: Epoch): Ledger {
  const won = [...(ledger.won[group] ?? []), epoch].sort(compareEpochs);
  return { ...ledger, won: { ...ledger.won, [group]: won } };
}
