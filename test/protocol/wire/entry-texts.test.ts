import { expect, it } from 'vitest';
import type { Entry } from '../../../src/protocol/model/entry.ts';
import { CHARACTERS_AT_MOST, createEntryTexts, TEXTS_AT_MOST } from '../../../src/protocol/wire/entry-texts.ts';

/** An entry with a text of so many characters, that counts how often it is written. */
function entryOf(index: number, length: number): { entry: Entry; written: () => number } {
  let times = 0;
  const place = { index, epoch: { counter: 1, nodeId: 's1' }, previousHash: 0, hash: 0, lamport: 0, wall: 0 };
  const bare: Entry = { ...place, body: { type: 'write', uuid: '', issuedAt: 0, command: '' } };
  const command = 'x'.repeat(length - JSON.stringify(bare).length);
  const body = { type: 'write' as const, uuid: '', issuedAt: 0 };
  const entry: Entry = {
    ...place,
    body: {
      ...body,
      get command() {
        times += 1;
        return command;
      },
    },
  };
  return { entry, written: () => times };
}

type Counted = ReturnType<typeof entryOf>;

/** An entry with a text of so many characters that was asked for once. */
function encodedOnce(text: (entry: Entry) => string, length: number, index = 1_000): Counted {
  const one = entryOf(index, length);
  expect(text(one.entry).length).toBe(length);
  return one;
}

function encodedAll(text: (entry: Entry) => string, count: number, length: number): Counted[] {
  return Array.from({ length: count }, (_, at) => encodedOnce(text, length, 1_000 + at));
}

/** How often the entries have been written after each was asked for once more. */
function writtenAgain(text: (entry: Entry) => string, entries: Counted[]): number[] {
  return entries.map(({ entry, written }) => {
    text(entry);
    return written();
  });
}

it('The text of an entry is written once, however often it is asked for', () => {
  const text = createEntryTexts();
  const { entry, written } = encodedOnce(text, 1_000);
  expect([text(entry), text(entry)]).toEqual([text(entry), JSON.stringify({ ...entry })]);
  // Once to be remembered, and once by JSON in the line above.
  expect(written()).toBe(2);
});

it('As many short texts are remembered as are allowed; before the next one, all are forgotten', () => {
  const text = createEntryTexts();
  const entries = encodedAll(text, TEXTS_AT_MOST, 200);
  expect(writtenAgain(text, entries)).toEqual(entries.map(() => 1));
  const last = encodedOnce(text, 200);
  expect(writtenAgain(text, [last, ...entries.slice(0, 1)])).toEqual([1, 2]);
});

it('Long texts are remembered up to so many characters, to the last one; before the next one, all are forgotten', () => {
  const text = createEntryTexts();
  const entries = encodedAll(text, 64, CHARACTERS_AT_MOST / 64);
  expect(writtenAgain(text, entries)).toEqual(entries.map(() => 1));
  const short = encodedOnce(text, 200);
  expect(writtenAgain(text, [short, ...entries])).toEqual([1, ...entries.map(() => 2)]);
  // The short one and 63 long ones fit together; with the 64th, what was before it was forgotten once more.
  expect(writtenAgain(text, [...entries.slice(63), short, ...entries.slice(0, 1)])).toEqual([2, 2, 3]);
});

it('A text that is too long by itself is written each time, and makes nothing forgotten', () => {
  const text = createEntryTexts();
  const short = encodedOnce(text, 200);
  const fits = encodedOnce(createEntryTexts(), CHARACTERS_AT_MOST);
  const long = encodedOnce(text, CHARACTERS_AT_MOST + 1);
  expect(writtenAgain(text, [long, long, short])).toEqual([2, 3, 1]);
  const other = createEntryTexts();
  other(fits.entry);
  expect(writtenAgain(other, [fits])).toEqual([2]);
});
