import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { NO_EPOCH } from '../../../../src/protocol/model/epoch.ts';
import { isObject, parseJson } from '../../../../src/protocol/wire/decode.ts';
import { type Dice, diceOf, streamOf } from '../../../../src/sim/base/random.ts';
import { replayLog } from '../../../../src/storage/log-replay.ts';
import { formatNodeFolder, openNodeFolder } from '../../../../src/storage/node-folder.ts';
import { nodeRecord } from '../node-record.ts';
import { FINE_SLICES } from '../samples.ts';
import type { Held } from './held.ts';
import { judge, toldOf } from './told.ts';
import type { Word } from './words.ts';

/** What a number of rounds came to. */
export interface Tally {
  rounds: number;
  /** Killed before the folder was open. */
  early: number;
  /** Writes and snapshots that were said to be durable, and were all there. */
  writes: number;
  snapshots: number;
  /** Stores that held a write or a snapshot which nobody had been told of yet. */
  ahead: number;
  /** Stores whose log ended in a torn write, and half-written files left behind: mended by opening the folder. */
  torn: number;
  unfinished: number;
}

/**
 * Kills a process that writes to a data folder at a random instant, opens the folder, and holds what is there to what the
 * process had said; then the next one, on the same folder. Throws at the first contradiction, naming the round; which
 * instants are hit is a matter of the machine too, so that the same seed need not do it again.
 */
export async function killRounds(folder: string, rounds: number, seed: number): Promise<Tally> {
  const tally = { rounds: 0, early: 0, writes: 0, snapshots: 0, ahead: 0, torn: 0, unfinished: 0 };
  await formatNodeFolder(folder, nodeRecord());
  const blank: Held = { promised: NO_EPOCH, snapshot: undefined, entries: [] };
  let before: Before = { incarnation: 0, stores: new Map(nodeRecord().topology.groups.map((unit) => [unit, blank])) };
  // One starts up while the one before it is at work.
  const spare = [startWriter(folder)];
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const writer = spare.shift();
      if (writer === undefined) break;
      if (round < rounds) spare.push(startWriter(folder));
      try {
        const words = await killed(writer, diceOf(streamOf(seed, `round ${round}`)), seed * 100_000 + round);
        before = await examine(folder, before, words, tally);
      } catch (error) {
        throw new Error(`round ${round} of seed ${seed}, in ${folder}: ${String(error)}`, { cause: error });
      }
    }
  } finally {
    for (const { child } of spare) child.kill('SIGKILL');
  }
  return tally;
}

interface Before {
  readonly incarnation: number;
  readonly stores: ReadonlyMap<string, Held>;
}

interface Writer {
  readonly child: ChildProcess;
  readonly words: Word[];
  /** Called with each word. */
  heard: () => void;
}

function startWriter(folder: string): Writer {
  const script = fileURLToPath(new URL('./writer.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const writer: Writer = { child, words: [], heard: () => undefined };
  // The end of the last line may be missing: what it was about to say had not begun.
  createInterface({ input: child.stdout }).on('line', (line) => {
    const word = wordIn(line);
    if (word === undefined) return;
    writer.words.push(word);
    writer.heard();
  });
  return writer;
}

function wordIn(line: string): Word | undefined {
  const parsed = parseJson(line, 100_000_000);
  return parsed.type === 'decoded' && isWord(parsed.value) ? parsed.value : undefined;
}

function isWord(value: unknown): value is Word {
  return isObject(value) && typeof value['type'] === 'string';
}

/** All that a writer says from `seed` until it is killed: after some time, or a moment after some word. */
async function killed(writer: Writer, dice: Dice, seed: number): Promise<readonly Word[]> {
  const { child, words } = writer;
  const closed = once(child, 'close');
  await until(writer, () => words.length > 0);
  child.stdin?.write(`${seed}\n`);
  if (dice.chance(200)) await pause(dice.below(30));
  else {
    const enough = dice.between(2, 100);
    await until(writer, () => words.length >= enough);
    await pause(dice.below(6));
  }
  if (child.exitCode !== null) throw new Error(`the writer ended by itself with ${child.exitCode}`);
  child.kill('SIGKILL');
  await closed;
  return words;
}

function until(writer: Writer, isSo: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    writer.child.once('exit', (code) => reject(new Error(`the writer ended by itself with ${code}`)));
    writer.heard = () => {
      if (isSo()) resolve();
    };
    writer.heard();
  });
}

function pause(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}

async function examine(folder: string, before: Before, words: readonly Word[], tally: Tally): Promise<Before> {
  const [opened] = words.flatMap((word) => (word.type === 'opened' ? [word.incarnation] : []));
  const units = [...before.stores.keys()];
  const torn = await Promise.all(units.map((unit) => endsTorn(join(folder, unit, 'log'))));
  tally.torn += torn.filter(Boolean).length;
  tally.unfinished += await countUnfinished([folder, ...units.map((unit) => join(folder, unit))]);
  const node = await openNodeFolder(folder);
  hold(node.incarnation > Math.max(before.incarnation, opened ?? 0), 'the incarnation rises');
  hold(node.incarnation <= before.incarnation + 2, 'the incarnation rises by one for each process');
  judgeFolder(node.node.address, node.services, words);
  const stores = new Map<string, Held>();
  for (const unit of units) {
    const store = await node.openStore(unit, FINE_SLICES);
    const { incarnation: _, ...found } = store.stored;
    const was = before.stores.get(unit);
    hold(was !== undefined, 'every unit was there before');
    const told = toldOf(words, unit, was);
    if (judge(found, told) === 'ahead of what was told') tally.ahead += 1;
    await store.close();
    tally.writes += told.writes;
    tally.snapshots += told.saves;
    stores.set(unit, found);
  }
  await node.close();
  hold((await countUnfinished(units.map((unit) => join(folder, unit)))) === 0, 'no half-written file is left');
  tally.rounds += 1;
  if (opened === undefined) tally.early += 1;
  return { incarnation: node.incarnation, stores };
}

/** The small files are whole: each says what was said last, or what was under way then. */
function judgeFolder(
  address: string,
  {
    services,
    damage,
  }: { readonly services: readonly { readonly beat: number }[]; readonly damage: string | undefined },
  words: readonly Word[],
): void {
  const moves = words.flatMap((word) => (word.type === 'moves' || word.type === 'moved' ? [word] : []));
  const moved = moves.findLastIndex(({ type }) => type === 'moved');
  const allowed = moves.slice(Math.max(0, moved)).map((move) => move.address);
  hold(moved < 0 || allowed.includes(address), `node.json says ${address}, not one of ${allowed.join(', ')}`);
  hold(damage === undefined, `services.json is whole: ${damage ?? ''}`);
  hold(services.length <= 1, 'services.json says what was remembered');
}

/** Whether a log ends in a part of a record. Zeros are its room for more. */
async function endsTorn(log: string): Promise<boolean> {
  const bytes = await readFile(log);
  return bytes.subarray(replayLog(bytes, log).end).some((byte) => byte !== 0);
}

async function countUnfinished(folders: readonly string[]): Promise<number> {
  const names = await Promise.all(folders.map((folder) => readdir(folder)));
  return names.flat().filter((name) => name.endsWith('.tmp')).length;
}

function hold(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`not so: ${what}`);
}
