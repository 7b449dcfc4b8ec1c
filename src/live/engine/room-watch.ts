import { statfs } from 'node:fs/promises';
import { PerformanceObserver, constants } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Level } from '../../host/note-line.ts';

/** Interval of the looks at the disk, in milliseconds. */
const LOOK_EVERY = 2_000;

/** Of the reserve: below the first a warning, from the second on there is room again. */
const WARNS_BELOW = 2;
const ENDS_FROM = 1.25;

/** Of the heap, after a full collection: beyond the first memory is short, below the second no longer. */
const HEAP_SHORT_FROM = 0.85;
const HEAP_ENDS_BELOW = 0.75;

/** What becomes of a front end. */
const ENDS = 'this front end ends where there is no more, and its votes are missing then';

/** What a process can be short of. */
export type ProcessShortage = 'disk' | 'memory';

interface RoomWatchOptions {
  /** A front end is a witness: no write waits for its room. */
  readonly kind: 'server' | 'frontend';
  /** The data folder. */
  readonly folder: string;
  /** Bytes that must stay free on its disk. */
  readonly reserve: () => number;
  /** Called when what the process is short of has changed. */
  readonly changed: (shortages: readonly ProcessShortage[]) => void;
  readonly log: (line: string, level: Level) => void;
  /** Default: those of the system and of Node.js. */
  readonly gauges?: Gauges;
}

/** What tells the room there is. */
export interface Gauges {
  /** The bytes that are free on the disk of `folder`; undefined where that cannot be told. */
  free(folder: string): Promise<number | undefined>;
  heap(): { readonly used: number; readonly limit: number };
  /** Calls `look` after each full collection of the heap, until the function that it returns is called. */
  whenCollected(look: () => void): () => void;
  /** Calls `look` at once and every `LOOK_EVERY`, until the function that it returns is called. */
  regularly(look: () => void): () => void;
}

/** Watches the room that a process has left, on its disk and in its heap. */
export function watchRoom({ kind, folder, reserve, changed, log, gauges = SYSTEM }: RoomWatchOptions): {
  stop(): void;
} {
  let shortages: readonly ProcessShortage[] = [];
  let isWarned = false;
  const stopObserving = gauges.whenCollected(lookAtHeap);
  const stopLooking = gauges.regularly(() => void lookAtDisk());

  return {
    stop() {
      stopObserving();
      stopLooking();
    },
  };

  async function lookAtDisk(): Promise<void> {
    const wanted = reserve();
    if (wanted === 0) return;
    const free = await gauges.free(folder);
    if (free === undefined) return;
    const said = `${megabytes(free)} MB are free on the disk of ${folder}`;
    if (free < wanted * WARNS_BELOW && !isWarned) {
      log(
        kind === 'server'
          ? `${said}: below ${megabytes(wanted)} MB the groups of this node take no more writes`
          : `${said}: ${ENDS}`,
        'warning',
      );
    }
    isWarned = free < wanted * WARNS_BELOW;
    if (free < wanted) set('disk', true, said);
    else if (free >= wanted * ENDS_FROM) set('disk', false, said);
  }

  function lookAtHeap(): void {
    const { used, limit } = gauges.heap();
    const said = `${megabytes(used)} of ${megabytes(limit)} MB of the heap are in use after a full collection`;
    if (used > limit * HEAP_SHORT_FROM) set('memory', true, said);
    else if (used < limit * HEAP_ENDS_BELOW) set('memory', false, said);
  }

  function set(what: ProcessShortage, isShort: boolean, said: string): void {
    if (shortages.includes(what) === isShort) return;
    shortages = isShort ? [...shortages, what] : shortages.filter((other) => other !== what);
    if (isShort) log(`${said}: ${kind === 'server' ? 'its groups take no more writes' : ENDS}`, 'warning');
    else log(`${said}: there is room again`, 'seldom');
    changed(shortages);
  }
}

const SYSTEM: Gauges = {
  async free(folder) {
    const found = await statfs(folder).catch(() => undefined);
    return found && found.bavail * found.bsize;
  },
  heap() {
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
    return { used, limit };
  },
  whenCollected(look) {
    const observer = new PerformanceObserver((list) => {
      if (list.getEntries().some((entry) => kindOf(entry) === constants.NODE_PERFORMANCE_GC_MAJOR)) look();
    });
    observer.observe({ entryTypes: ['gc'] });
    return () => observer.disconnect();
  },
  regularly(look) {
    const looking = setInterval(look, LOOK_EVERY);
    looking.unref();
    look();
    return () => clearInterval(looking);
  },
};

function megabytes(bytes: number): number {
  return Math.floor(bytes / 1024 / 1024);
}

/** The kind of a collection; the types of Node.js leave it out. */
function kindOf(entry: object): unknown {
  const { detail }: { readonly detail?: unknown } = entry;
  return typeof detail === 'object' && detail !== null && 'kind' in detail ? detail.kind : undefined;
}
