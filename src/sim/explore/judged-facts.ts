import type { GroupName } from '../../protocol/model/app.ts';
import type { LogBase } from '../../protocol/model/entry.ts';
import { compareEpochs, type Epoch, type NodeId, sameEpoch } from '../../protocol/model/epoch.ts';

/** The memory of the judges, part of each state: what cannot be read off replicas and disks. */
export interface JudgedFacts {
  /** All entries that ever counted as committed, by group; the entry with index 1 first. */
  readonly committed: Readonly<Record<GroupName, readonly Committed[]>>;
  /** Every epoch ever won, oldest first. */
  readonly won: Readonly<Record<GroupName, readonly Epoch[]>>;
  /** The newest version that each data server has ever had the code of; absent: as in its first build. */
  readonly newest: Readonly<Record<NodeId, number>>;
}

export interface Committed {
  /** Covers the entry and, through its chain, all before it. */
  readonly hash: number;
  /** The promise of the replica that first counted it. */
  readonly epoch: Epoch;
}

export const NO_FACTS: JudgedFacts = { committed: {}, won: {}, newest: {} };

export function committedIn(facts: JudgedFacts, group: GroupName): readonly Committed[] {
  return facts.committed[group] ?? [];
}

/** The facts with `places` behind the last committed one. */
export function commit(facts: JudgedFacts, group: GroupName, places: readonly LogBase[], epoch: Epoch): JudgedFacts {
  const known = committedIn(facts, group);
  const news = places.filter(({ index }) => index > known.length).map(({ hash }) => ({ hash, epoch }));
  if (news.length === 0) return facts;
  return { ...facts, committed: { ...facts.committed, [group]: [...known, ...news] } };
}

export function hasWon(facts: JudgedFacts, group: GroupName, epoch: Epoch): boolean {
  return (facts.won[group] ?? []).some((known) => sameEpoch(known, epoch));
}

export function win(facts: JudgedFacts, group: GroupName, epoch: Epoch): JudgedFacts {
  const won = [...(facts.won[group] ?? []), epoch].sort(compareEpochs);
  return { ...facts, won: { ...facts.won, [group]: won } };
}

export function run(facts: JudgedFacts, node: NodeId, version: number): JudgedFacts {
  return (facts.newest[node] ?? 0) >= version ? facts : { ...facts, newest: { ...facts.newest, [node]: version } };
}
