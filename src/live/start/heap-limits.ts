import { getHeapStatistics } from 'node:v8';
import type { Settings } from '../../protocol/model/settings.ts';

/*
 * Limits that promise memory, derived from the heap that there is. Of the heap, two groups may take: 30 % for results
 * (about 430 bytes each), 25 % for their states (twice their size in a snapshot), 6 % for what waits for its outcome or
 * its primary. The rest is for the log, for a snapshot or a full copy under way, and to collect in.
 */

const GROUPS = 2;
const RESULT_BYTES = 430;
const MB = 1024 * 1024;

type HeapLimits = Pick<Settings, 'dedupeAtMost' | 'stateSizeAtMost' | 'pendingSizeAtMost' | 'heldSizeAtMost'>;

/** The limits of a process whose heap may have `heap` bytes; none is greater than its default. */
export function limitsOfHeap(defaults: Settings, heap = getHeapStatistics().heap_size_limit): HeapLimits {
  const least = (limit: keyof HeapLimits, part: number): number => Math.min(defaults[limit], Math.floor(part));
  return {
    dedupeAtMost: least('dedupeAtMost', (heap * 0.3) / GROUPS / RESULT_BYTES),
    stateSizeAtMost: least('stateSizeAtMost', (heap * 0.25) / GROUPS / 2),
    pendingSizeAtMost: least('pendingSizeAtMost', Math.max(4 * MB, (heap * 0.04) / GROUPS)),
    heldSizeAtMost: least('heldSizeAtMost', Math.max(4 * MB, heap * 0.02)),
  };
}
