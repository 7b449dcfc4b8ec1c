import { expect, test } from 'vitest';
import { shortened } from '../../../src/cli/shared/shortened.ts';

test('A word that is too long is cut off, and how long it was is said', () => {
  expect(shortened(`--node: ${'n'.repeat(10_000)} is not a name\n`)).toBe(
    `--node: ${'n'.repeat(40)}… (10000 characters) is not a name\n`,
  );
});

test('Long texts of short words, and paths, stay as they are', () => {
  const text = `${'a word '.repeat(1_000)}/${'p'.repeat(399)}`;
  expect(shortened(text)).toBe(text);
});
