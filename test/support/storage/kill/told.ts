import type { DiskOperation } from '../../../../src/protocol/model/effects.ts';
import type { Snapshot } from '../../../../src/protocol/model/machine.ts';
import { decodeOperation, decodeSnapshot } from '../../../../src/protocol/wire/codec.ts';
import { after, amid, behind, type Held, inShort, isSame } from './held.ts';
import type { Word } from './words.ts';

/** What a store may hold by what a process said before it was killed; empty where nothing was said. */
export interface Told {
  /** All that was said to be durable, and nothing else of the log. */
  readonly durable: Held;
  /** What the log may be instead, because a write was under way. */
  readonly underWay: readonly Held[];
  /** Snapshots that may have become durable, and were not said to be. */
  readonly saving: readonly Snapshot[];
  readonly writes: number;
  readonly saves: number;
}

/** What was said of one unit, upon what it held before. */
export function toldOf(words: readonly Word[], unit: string, before: Held): Told {
  let durable = before;
  let underWay: readonly DiskOperation[] = [];
  let saving: readonly Snapshot[] = [];
  let [writes, saves] = [0, 0];
  for (const word of words) {
    if (!('unit' in word) || word.unit !== unit) continue;
    if (word.type === 'writes') underWay = word.operations.map(operationIn);
    if (word.type === 'saves') saving = [...saving, snapshotIn(word.snapshot)];
    if (word.type === 'wrote') {
      durable = underWay.reduce(after, durable);
      underWay = [];
      writes += 1;
    }
    if (word.type === 'saved') {
      const saved = saving.find(({ base }) => base.index === word.index);
      if (saved !== undefined && saved.base.index > (durable.snapshot?.base.index ?? 0))
        durable = behind(durable, saved);
      saving = saving.filter((snapshot) => snapshot !== saved);
      saves += 1;
    }
  }
  return { durable, underWay: amid(durable, underWay), saving, writes, saves };
}

/** Which of what may be there is; throws where it is something else. */
export function judge(found: Held, { durable, underWay, saving }: Told): 'as told' | 'ahead of what was told' {
  if (isSame(found, durable)) return 'as told';
  const logs = [durable, ...underWay];
  const possible = logs.flatMap((log) => [
    log,
    ...saving
      .filter(({ base }) => base.index > (log.snapshot?.base.index ?? 0))
      .map((snapshot) => behind(log, snapshot)),
  ]);
  if (possible.some((held) => isSame(found, held))) return 'ahead of what was told';
  throw new Error(`found: ${inShort(found)}\nallowed:\n${possible.map(inShort).join('\n')}`);
}

function operationIn(text: string): DiskOperation {
  const decoded = decodeOperation(text);
  if (decoded.type === 'rejected') throw new Error(decoded.reason);
  return decoded.value;
}

function snapshotIn(text: string): Snapshot {
  const decoded = decodeSnapshot(text);
  if (decoded.type === 'rejected') throw new Error(decoded.reason);
  return decoded.value;
}
