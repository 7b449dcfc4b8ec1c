import { expect, it } from 'vitest';
import { packed, unfolded, unpacked } from '../../src/playground/ui/packing.ts';

it.each(['', 'a plan', 'Ä plan 💥 '.repeat(20_000)])(
  'A text comes back from its short and from its long address, the second of which is made at once',
  async (text) => {
    for (const address of [await packed(text), unfolded(text)]) {
      expect(address).toMatch(/^[\w-]*$/);
      expect(await unpacked(address)).toBe(text);
    }
  },
);
