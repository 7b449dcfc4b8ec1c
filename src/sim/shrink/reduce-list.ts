/**
 * Leaves items out as long as `holds` says that what is left still does it: first all, then ever smaller pieces, at last
 * one by one until none can be spared (Zeller and Hildebrandt 2002, §3.3, without the subsets, which seldom pay here). What
 * comes late goes first: it is the most likely to be beside the point.
 */
export function reduceList<Item>(items: readonly Item[], holds: (kept: readonly Item[]) => boolean): readonly Item[] {
  if (items.length === 0 || holds([])) return [];
  let kept = items;
  let piece = Math.ceil(kept.length / 2);
  for (;;) {
    const before = kept.length;
    for (let end = kept.length; end > 0; end -= piece) {
      const shorter = [...kept.slice(0, Math.max(0, end - piece)), ...kept.slice(end)];
      // Empty has been tried.
      if (shorter.length > 0 && holds(shorter)) kept = shorter;
    }
    if (piece > 1) piece = Math.ceil(piece / 2);
    else if (kept.length === before) return kept;
  }
}
