/**
 * States as rows of integers in one array, with a hash index. Rows are compared number by number: different states
 * never count as equal. A row and its place in the index take `4 × (width + 1)` and 8 to 16 bytes.
 */
export interface StateTable {
  readonly size: number;
  /** Adds the row unless it is known; returns its place, or -1 if it is known. */
  add(numbers: Int32Array, parent: number): number;
  /** Copies the row at `place` into `into`. */
  read(place: number, into: Int32Array): void;
  /** The place of the row from which this one was first reached; -1 for the first. */
  parentOf(place: number): number;
  /** The place of a row, or -1. */
  find(numbers: Int32Array): number;
}

export function createStateTable(width: number): StateTable {
  let rows = new Int32Array(width * 1_024);
  let parents = new Int32Array(1_024);
  let index = new Int32Array(2_048).fill(-1);
  let size = 0;

  const isAt = (place: number, numbers: Int32Array): boolean => {
    const start = place * width;
    for (let at = 0; at < width; at += 1) if (rows[start + at] !== numbers[at]) return false;
    return true;
  };

  /** The place of the row in the index, or the free place for it. */
  const slotOf = (numbers: Int32Array): number => {
    const mask = index.length - 1;
    let slot = hashRow(numbers, 0, width) & mask;
    for (;;) {
      const place = index[slot] ?? -1;
      if (place < 0) return slot;
      if (isAt(place, numbers)) return slot;
      slot = (slot + 1) & mask;
    }
  };

  const grow = (): void => {
    const wider = new Int32Array(rows.length * 2);
    wider.set(rows);
    rows = wider;
    const more = new Int32Array(parents.length * 2);
    more.set(parents);
    parents = more;
    index = new Int32Array(index.length * 2).fill(-1);
    const mask = index.length - 1;
    for (let place = 0; place < size; place += 1) {
      let slot = hashRow(rows, place * width, width) & mask;
      while ((index[slot] ?? -1) >= 0) slot = (slot + 1) & mask;
      index[slot] = place;
    }
  };

  return {
    get size() {
      return size;
    },
    add(numbers, parent) {
      if (size === parents.length) grow();
      const slot = slotOf(numbers);
      if ((index[slot] ?? -1) >= 0) return -1;
      const place = size;
      index[slot] = place;
      rows.set(numbers, place * width);
      parents[place] = parent;
      size += 1;
      return place;
    },
    read(place, into) {
      for (let at = 0; at < width; at += 1) into[at] = rows[place * width + at] ?? 0;
    },
    parentOf: (place) => parents[place] ?? -1,
    find(numbers) {
      return index[slotOf(numbers)] ?? -1;
    },
  };
}

/** A 32-bit hash of `width` numbers from `start` on, finished as in MurmurHash3. */
function hashRow(numbers: Int32Array, start: number, width: number): number {
  let hash = 0x9e3779b9 | 0;
  for (let at = start; at < start + width; at += 1) {
    hash = Math.imul(hash ^ (numbers[at] ?? 0), 0x5bd1e995);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
