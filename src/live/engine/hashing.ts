import type { HostAction, HostInput } from '../../host/host-io.ts';
import type { Unit } from '../../protocol/model/address.ts';
import { hashingInSlices } from '../../protocol/model/value-hash.ts';

type Wanted = Extract<HostAction, { type: 'hash' }>;
type Hashed = Omit<Extract<HostInput, { type: 'hashed' }>, 'type'>;

/** Milliseconds of hashing at a time, and how many times as long everything else has before it goes on. */
const SLICE = 2;
const REST = 9;

/** Hashes states in the background, one after the other and in slices, so that no input waits for long. */
export interface Hashing {
  /** Takes the place of what still waits of the same unit. */
  add(wanted: Wanted): void;
  /** Nothing is reported from now on. */
  stop(): void;
}

/** `millis` of what is reported: the time that hashing took, pauses left out. */
export function createHashing(report: (hashed: Hashed) => void): Hashing {
  const waiting = new Map<Unit, Wanted>();
  let timer: NodeJS.Timeout | undefined;
  let over = false;

  return {
    add(wanted) {
      waiting.set(wanted.unit, wanted);
      if (timer === undefined) begin();
    },
    stop() {
      over = true;
      clearTimeout(timer);
    },
  };

  function begin(): void {
    timer = undefined;
    for (const [unit, wanted] of waiting) {
      waiting.delete(unit);
      return goOnIn(0, wanted, hashingInSlices(wanted.machine.state), 0);
    }
  }

  function goOnIn(pause: number, wanted: Wanted, work: Iterator<undefined, number>, before: number): void {
    if (!over) timer = setTimeout(goOn, pause, wanted, work, before);
  }

  function goOn(wanted: Wanted, work: Iterator<undefined, number>, before: number): void {
    const begunAt = performance.now();
    let took = 0;
    do {
      const hash = nextSlice(work);
      took = performance.now() - begunAt;
      if (hash === 'no JSON') return begin();
      if (hash !== undefined) {
        const { unit, index, machine } = wanted;
        begin();
        return report({ unit, index, version: machine.version, hash, millis: before + took });
      }
    } while (took < SLICE);
    goOnIn(REST * took, wanted, work, before + took);
  }
}

/** A state that is no JSON is refused where it is made, and has no hash. */
function nextSlice(work: Iterator<undefined, number>): number | undefined | 'no JSON' {
  try {
    const { done, value } = work.next();
    return done === true ? value : undefined;
  } catch {
    return 'no JSON';
  }
}
