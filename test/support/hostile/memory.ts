import type { Victim } from './deliver.ts';

/** What one process had of memory while it was watched, in MiB. */
export interface MemoryReport {
  /** The most resident memory. */
  readonly resident: number;
  /** The most of its heap in use, garbage included. */
  readonly heap: number;
  /**
   * The least of its heap in use in each quarter of the time: what a collection left, and so what the process held.
   * Undefined where a quarter had too few looks to meet one.
   */
  readonly held: readonly (number | undefined)[];
}

export interface MemoryWatch {
  /** Looks no more; the report of each process by its name. */
  end(): Readonly<Record<string, MemoryReport>>;
}

interface Look {
  readonly heap: number;
  readonly resident: number;
}

/** Time between two looks, in milliseconds. */
const LOOKS_EVERY = 1_000;

/** Looks in a quarter from which on its least is taken for what the process held. */
const ENOUGH = 60;

/** Reads the memory of each process from its `/metrics`, again and again. */
export function watchMemory(victims: readonly Victim[]): MemoryWatch {
  const looks = new Map(victims.map(({ node }): [string, Look[]] => [node, []]));
  const looking = setInterval(() => {
    for (const { node, host, port } of victims)
      // One look less is none that is missed.
      look(`http://${host}:${port}/metrics`).then(
        (seen) => looks.get(node)?.push(seen),
        () => undefined,
      );
  }, LOOKS_EVERY);
  return {
    end() {
      clearInterval(looking);
      return Object.fromEntries([...looks].map(([node, all]) => [node, reportOf(all)]));
    },
  };
}

async function look(url: string): Promise<Look> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10 * LOOKS_EVERY) });
  const text = await answer.text();
  const mebibytes = (name: string): number => {
    const [, bytes] = new RegExp(`^${name} (\\S+)$`, 'm').exec(text) ?? [];
    if (bytes === undefined) throw new Error(`${url} says nothing of ${name}`);
    return Math.round(Number(bytes) / 2 ** 20);
  };
  return { heap: mebibytes('nodejs_heap_size_used_bytes'), resident: mebibytes('process_resident_memory_bytes') };
}

function reportOf(looks: readonly Look[]): MemoryReport {
  const heaps = looks.map(({ heap }) => heap);
  const held = [0, 1, 2, 3].map((quarter) => {
    const of = heaps.slice(Math.floor((heaps.length * quarter) / 4), Math.floor((heaps.length * (quarter + 1)) / 4));
    return of.length < ENOUGH ? undefined : Math.min(...of);
  });
  return { resident: Math.max(...looks.map(({ resident }) => resident)), heap: Math.max(...heaps), held };
}
