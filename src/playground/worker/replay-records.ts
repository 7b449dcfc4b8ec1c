import { type LifeRecord, readLife } from '../../sim/records/life-record.ts';
import { openRecords, type OpenRecords } from '../../sim/records/open-records.ts';
import type { RunView } from '../../sim/verdict/view.ts';
import { livesIn } from '../model/record-folder.ts';
import { modelOf } from '../model/run-model.ts';
import type { FromRunWorker, RecordFile, ToRunWorker } from './messages.ts';
import { everyWorkload } from './workloads.ts';
import { through } from './through.ts';

/* Does records of live processes again, for the lanes and for the state at a step. */

/** So many bytes of records are read, after unpacking. */
const BYTES_AT_MOST = 64 * 1024 * 1024;

/** So many steps are drawn: the last ones. */
const STEPS_DRAWN = 15_000;

let kept: { readonly id: number; readonly lives: readonly LifeRecord[]; shown: OpenRecords | undefined } | undefined;
let services: Parameters<typeof openRecords>[1]['services'] = [];

export async function replay({ id, files }: ToRunWorker & { readonly type: 'replay' }): Promise<FromRunWorker> {
  const refused = (reason: string): FromRunWorker => ({ type: 'refused', id, reason });
  services = (await everyWorkload()).map(({ service }) => service);
  try {
    const lives: LifeRecord[] = [];
    let room = BYTES_AT_MOST;
    for (const { name, files: parts } of livesIn(files)) {
      const texts: string[] = [];
      for (const part of parts) {
        const bytes = await bytesOf(part, room);
        room -= bytes.length;
        texts.push(new TextDecoder().decode(bytes));
      }
      const read = readLife(texts.join(''));
      if (read.type === 'rejected') return refused(`${name}: ${read.reason}`);
      lives.push(read.value);
    }
    const steps = lives.reduce((sum, life) => sum + life.steps.length, 0);
    const recordFrom = Math.max(1, steps - STEPS_DRAWN + 1);
    const records = openRecords(lives, { services, recordFrom });
    records.advanceTo(Infinity);
    kept = { id, lives, shown: undefined };
    const model = modelOf({ recording: records.recording(), digest: '', events: records.done, violation: undefined });
    const notes = [
      ...(recordFrom > 1 ? [`Of ${steps} steps the last ${STEPS_DRAWN} are drawn.`] : []),
      ...records.differences.map(
        ({ node, life, difference }) =>
          `${node}, life ${life}, differs from its record at step ${difference.step} (another release?): its later steps are left out.`,
      ),
    ];
    return { type: 'replayed', id, model, notes };
  } catch (error) {
    // A file says what it likes.
    return refused(error instanceof Error ? error.message : String(error));
  }
}

/** The state of every recorded process after that step; undefined where these records are not open any more. */
export function viewOfRecords(records: number, step: number): RunView | undefined {
  if (kept?.id !== records) return undefined;
  if (kept.shown === undefined || kept.shown.done > step) kept.shown = openRecords(kept.lives, { services });
  kept.shown.advanceTo(step);
  return kept.shown.view();
}

async function bytesOf({ path, file }: RecordFile, room: number): Promise<Uint8Array> {
  const stream: ReadableStream<Uint8Array<ArrayBuffer>> = file.stream();
  const unpacked = path.endsWith('.gz') ? new DecompressionStream('gzip') : undefined;
  return through(
    stream,
    unpacked,
    room,
    `the records are longer than ${BYTES_AT_MOST / 1024 / 1024} MiB: open fewer lives`,
  );
}
