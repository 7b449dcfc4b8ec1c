import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { unreachable } from '../../../../src/protocol/model/assert.ts';
import type { DiskOperation } from '../../../../src/protocol/model/effects.ts';
import type { Entry, LogBase } from '../../../../src/protocol/model/entry.ts';
import type { Snapshot } from '../../../../src/protocol/model/machine.ts';
import { encodeOperation, encodeSnapshot } from '../../../../src/protocol/wire/codec.ts';
import { type Dice, diceOf, streamOf } from '../../../../src/sim/base/random.ts';
import { type NodeFolder, openNodeFolder } from '../../../../src/storage/node-folder.ts';
import { append, entriesAfter, FINE_SLICES, GENESIS, snapshotAt } from '../samples.ts';
import { after, type Held } from './held.ts';
import { known, type Word } from './words.ts';

/*
 * A process that opens the data folder named by its first argument when it is told a seed, writes there as replicas do, and
 * says over a pipe, before it goes on, what it is about to write and what has become durable. It never ends by itself.
 */

/** A log that is longer is compacted. */
const ENTRIES_AT_MOST = 150;

const MOMENT = new Int32Array(new SharedArrayBuffer(4));

const [, , folder = ''] = process.argv;
tell({ type: 'ready' });
createInterface({ input: process.stdin }).once('line', (seed) => void live(Number(seed)));

async function live(seed: number): Promise<void> {
  const opened = await openNodeFolder(folder);
  tell({ type: 'opened', incarnation: opened.incarnation });
  await Promise.all([
    ...opened.node.topology.groups.map((unit) => writeUnit(opened, unit, diceOf(streamOf(seed, unit)))),
    writeFolder(opened, diceOf(streamOf(seed, 'folder'))),
  ]);
}

async function writeUnit(opened: NodeFolder, unit: string, dice: Dice): Promise<never> {
  const store = await opened.openStore(unit, FINE_SLICES);
  let held: Held = store.stored;
  let covered = held.snapshot?.base.index ?? 0;
  let saving = 0;
  for (;;) {
    const operations = batch(held, { covered, floor: Math.max(covered, saving) }, dice);
    tell({ type: 'writes', unit, operations: operations.map(encodeOperation) });
    await store.write(operations);
    tell({ type: 'wrote', unit });
    held = operations.reduce(after, held);
    covered = Math.max(covered, held.snapshot?.base.index ?? 0);
    const next = saving === 0 ? coveredNext(held, covered, dice) : undefined;
    if (next === undefined) continue;
    saving = next.base.index;
    tell({ type: 'saves', unit, snapshot: encodeSnapshot(next) });
    void store.save(next).then(() => {
      tell({ type: 'saved', unit, index: saving });
      covered = Math.max(covered, saving);
      saving = 0;
    });
  }
}

/** What goes to disk in one write. What a snapshot has, or is about to have, is never truncated. */
function batch(held: Held, bounds: { readonly covered: number; readonly floor: number }, dice: Dice): DiskOperation[] {
  const operations: DiskOperation[] = [];
  let now = held;
  for (let count = dice.between(1, 3); count > 0; count -= 1) {
    const operation = one(now, bounds, dice);
    if (operation === undefined) continue;
    operations.push(operation);
    now = after(now, operation);
    // What comes behind a full copy would have to know what it covers.
    if (operation.type === 'install') break;
  }
  return operations;
}

function one(
  held: Held,
  { covered, floor }: { readonly covered: number; readonly floor: number },
  dice: Dice,
): DiskOperation | undefined {
  const base = held.snapshot?.base ?? GENESIS;
  const end: LogBase = held.entries.at(-1) ?? base;
  const counter = held.promised.counter;
  if (held.entries.length > ENTRIES_AT_MOST && covered > 0) return { type: 'compact', through: covered };
  const kind = dice.pick('promise', 'append', 'append', 'append', 'truncate', 'compact', 'install');
  switch (kind) {
    case 'promise':
      return { type: 'promise', epoch: { counter: counter + 1, nodeId: 's1' } };
    case 'append':
      return append(wide(entriesAfter(end, dice.between(1, 8), counter + 1), dice));
    case 'truncate': {
      const from = Math.max(floor + 1, end.index - dice.below(5));
      return from <= end.index ? { type: 'truncate', from } : undefined;
    }
    case 'compact':
      return { type: 'compact', through: Math.max(0, covered - dice.below(20)) };
    case 'install':
      // A full copy of another history, beyond all that is here; seldom, since it empties the log.
      if (!dice.chance(200)) return undefined;
      return {
        type: 'install',
        snapshot: snapshotAt(entriesAfter(end, dice.between(1, 9), counter + 50).at(-1) ?? end),
      };
    default:
      return unreachable(kind);
  }
}

/** Now and then an entry is so long that writing it takes a while. */
function wide(entries: readonly Entry[], dice: Dice): readonly Entry[] {
  if (!dice.chance(60)) return entries;
  const text = 'ü'.repeat(dice.between(1, 8) * 32_768);
  return entries.map((entry, place) =>
    place === 0 && entry.body.type === 'write' ? { ...entry, body: { ...entry.body, command: { text } } } : entry,
  );
}

function coveredNext(held: Held, covered: number, dice: Dice): Snapshot | undefined {
  const uncovered = held.entries.filter(({ index }) => index > covered);
  const entry = uncovered[dice.below(Math.max(1, uncovered.length))];
  return entry !== undefined && dice.chance(300) ? snapshotAt(entry) : undefined;
}

/** What lies beside the stores: the directory, and who the node is. */
async function writeFolder(opened: NodeFolder, dice: Dice): Promise<never> {
  for (let beat = 1; ; beat += 1) {
    const { incarnation } = opened;
    tell({ type: 'remembers', incarnation, beat });
    opened.remember([known(incarnation, beat)]);
    const address = `127.0.0.1:${dice.between(1, 65_535)}`;
    tell({ type: 'moves', address });
    await opened.rewrite({ ...opened.node, address });
    tell({ type: 'moved', address });
    await new Promise((resolve) => setTimeout(resolve, dice.below(12)));
  }
}

/** Is in the pipe when it returns, whatever becomes of this process. */
function tell(word: Word): void {
  const bytes = Buffer.from(`${JSON.stringify(word)}\n`);
  for (let sent = 0; sent < bytes.length;) sent += pour(bytes.subarray(sent));
}

/** How many of the bytes the pipe took; where it is full, none, after a moment. */
function pour(bytes: Buffer): number {
  try {
    return writeSync(1, bytes);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
    Atomics.wait(MOMENT, 0, 0, 1);
    return 0;
  }
}
