/** Chance that a seed decides: one for each input, so that any of them can be sent again by itself. */
export interface Random {
  /** From 0 up to `below`, which is left out. */
  whole(below: number): number;
  pick<Value>(values: readonly Value[]): Value;
  /** Once in `times`. */
  once(times: number): boolean;
}

/** splitmix32 (Steele, Lea, Flood 2014). */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  return { whole, pick, once: (times) => whole(times) === 0 };

  function bits(): number {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  function whole(below: number): number {
    return bits() % below;
  }

  function pick<Value>(values: readonly Value[]): Value {
    const value = values[whole(values.length)];
    if (value === undefined) throw new Error('there is nothing to pick from');
    return value;
  }
}
