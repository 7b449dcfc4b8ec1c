/**
 * The configurations of a search, each identified by all that its future depends on: the level, the state, the returned
 * operations of later levels that are already placed, and the open operations that are used. They lie in one typed
 * array.
 *
 * A configuration that has used a subset of the open operations of an otherwise equal one *covers* it: whatever the
 * second can still do, the first can do too, since no open operation has to be used. Covered configurations are not
 * kept.
 */
export interface Configurations {
  /**
   * The configuration in the making: fields at LEVEL to DEBT_STEP, then the words of placed bits, then those of used
   * bits.
   */
  readonly draft: Int32Array;
  /**
   * Keeps the draft; returns its number, or -1 if it is covered or there is no place. Configurations that it covers are
   * dropped.
   */
  put(parent: number, taken: number): number;
  /** Copies a configuration to the draft. */
  load(id: number): void;
  isGivenUp(id: number): boolean;
  field(id: number, field: number): number;
  parentOf(id: number): number;
  /** The operation placed last. */
  takenOf(id: number): number;
  readonly size: number;
  /** Whether there is no place for another one. */
  readonly isFull: boolean;
  /** Configurations searched so far, kept or compared: the measure of work. */
  readonly work: number;
}

export const LEVEL = 0;
export const STATE = 1;
/** The state before the last placed open operation, and its step; -1 after anything else. */
export const DEBT_STATE = 2;
export const DEBT_STEP = 3;
/** The first word of bits. */
export const BITS = 4;

/** The bound on what is kept, in cells of four bytes. */
const CELLS_AT_MOST = 1 << 26;

/** `placed` and `used`: numbers of words of 32 bits. */
export function createConfigurations(placed: number, used: number): Configurations {
  const usedAt = BITS + placed;
  const parentAt = usedAt + used;
  const takenAt = parentAt + 1;
  /** The next configuration that differs in its used operations only; -1 at the end, and -2 for a dropped one. */
  const nextAt = takenAt + 1;
  const width = nextAt + 1;
  const draft = new Int32Array(parentAt);
  let cells = new Int32Array(width * 256);
  let size = 0;
  let work = 0;
  // Open addressing: the number, plus one, of the first of a chain.
  let table = new Int32Array(1024);
  let chains = 0;

  function hashOf(source: Int32Array, base: number): number {
    let hash = 0;
    for (let field = 0; field < usedAt; field += 1) {
      hash = Math.imul(hash ^ (source[base + field] ?? 0), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  /** The place of the draft's chain in the table, or where it would be. */
  function find(): number {
    const mask = table.length - 1;
    let place = hashOf(draft, 0) & mask;
    for (;;) {
      const head = table[place] ?? 0;
      if (head === 0 || isSameChain((head - 1) * width)) return place;
      place = (place + 1) & mask;
    }
  }

  function isSameChain(base: number): boolean {
    for (let field = 0; field < usedAt; field += 1) if (cells[base + field] !== draft[field]) return false;
    return true;
  }

  function coversDraft(base: number): boolean {
    work += 1;
    for (let field = usedAt; field < parentAt; field += 1) {
      if (((cells[base + field] ?? 0) & ~(draft[field] ?? 0)) !== 0) return false;
    }
    return true;
  }

  function isCoveredByDraft(base: number): boolean {
    for (let field = usedAt; field < parentAt; field += 1) {
      if (((draft[field] ?? 0) & ~(cells[base + field] ?? 0)) !== 0) return false;
    }
    return true;
  }

  function isCovered(head: number): boolean {
    for (let id = head - 1; id >= 0; id = cells[id * width + nextAt] ?? -1) {
      if (coversDraft(id * width)) return true;
    }
    return false;
  }

  /** A configuration without a debt is less restricted, so it covers those with one. */
  function isCoveredWithoutDebt(): boolean {
    const [state, step] = [draft[DEBT_STATE] ?? -1, draft[DEBT_STEP] ?? -1];
    if (state < 0) return false;
    draft[DEBT_STATE] = draft[DEBT_STEP] = -1;
    const covered = isCovered(table[find()] ?? 0);
    draft[DEBT_STATE] = state;
    draft[DEBT_STEP] = step;
    return covered;
  }

  /** The chain without the configurations that the draft covers. */
  function thinned(head: number): number {
    let [first, last] = [-1, -1];
    for (let id = head - 1; id >= 0;) {
      const next = cells[id * width + nextAt] ?? -1;
      if (isCoveredByDraft(id * width)) cells[id * width + nextAt] = -2;
      else {
        if (last < 0) first = id;
        else cells[last * width + nextAt] = id;
        cells[id * width + nextAt] = -1;
        last = id;
      }
      id = next;
    }
    return first;
  }

  function append(parent: number, taken: number, next: number): number {
    if ((size + 1) * width > cells.length) {
      const grown = new Int32Array(Math.min(CELLS_AT_MOST, cells.length * 2));
      grown.set(cells);
      cells = grown;
    }
    const base = size * width;
    cells.set(draft, base);
    cells[base + parentAt] = parent;
    cells[base + takenAt] = taken;
    cells[base + nextAt] = next;
    size += 1;
    return size - 1;
  }

  function growTable(): void {
    const old = table;
    table = new Int32Array(old.length * 2);
    const mask = table.length - 1;
    for (const head of old) {
      if (head === 0) continue;
      let place = hashOf(cells, (head - 1) * width) & mask;
      while (table[place] !== 0) place = (place + 1) & mask;
      table[place] = head;
    }
  }

  return {
    draft,
    put(parent, taken) {
      work += 1;
      if (isCoveredWithoutDebt()) return -1;
      const place = find();
      const head = table[place] ?? 0;
      if (isCovered(head) || (size + 1) * width > CELLS_AT_MOST) return -1;
      const id = append(parent, taken, thinned(head));
      table[place] = id + 1;
      if (head === 0) chains += 1;
      if (chains * 2 > table.length) growTable();
      return id;
    },
    load(id) {
      for (let field = 0; field < parentAt; field += 1) draft[field] = cells[id * width + field] ?? 0;
    },
    isGivenUp: (id) => cells[id * width + nextAt] === -2,
    field: (id, field) => cells[id * width + field] ?? 0,
    parentOf: (id) => cells[id * width + parentAt] ?? -1,
    takenOf: (id) => cells[id * width + takenAt] ?? 0,
    get size() {
      return size;
    },
    get isFull() {
      return (size + 1) * width > CELLS_AT_MOST;
    },
    get work() {
      return work;
    },
  };
}
