/**
 * Delta debugging: leaves items out as long as `holds` is true of the rest. Tries all items first, then ever smaller
 * pieces, at last one by one (Zeller and Hildebrandt 2002, §3.3, without the subsets, which seldom pay here). Late
 * items go first: they are the least likely to matter.
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
