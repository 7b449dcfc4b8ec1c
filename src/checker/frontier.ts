/** Configurations to search, by level: the deepest first for a while, then the shallowest. */
export interface SearchFrontier {
  put(level: number, item: number): void;
  /** The next one, or -1. */
  take(): number;
  /** The deepest level with an item so far. */
  readonly deepest: number;
}

/** Depth-first search ends after `depthFirstAtMost` items. Within a level the last item is taken first. */
export function createFrontier(levels: number, depthFirstAtMost: number): SearchFrontier {
  const waiting: number[][] = Array.from({ length: levels }, () => []);
  let left = depthFirstAtMost;
  let [low, high] = [levels, -1];
  let deepest = -1;
  return {
    put(level, item) {
      waiting[level]?.push(item);
      low = Math.min(low, level);
      high = Math.max(high, level);
      deepest = Math.max(deepest, level);
    },
    take() {
      left -= 1;
      if (left >= 0) {
        while (high >= 0 && waiting[high]?.length === 0) high -= 1;
        return waiting[high]?.pop() ?? -1;
      }
      while (low < levels && waiting[low]?.length === 0) low += 1;
      return waiting[low]?.pop() ?? -1;
    },
    get deepest() {
      return deepest;
    },
  };
}
