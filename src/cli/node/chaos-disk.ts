import * as z from 'zod';
import { createFaultyDisk, type DiskFaults, type FaultyDisk } from '../../live/engine/disk-faults.ts';
import { UsageError } from '../shared/errors.ts';
import { CHAOS_VARIABLE } from './chaos-variable.ts';

const slowBy = z.number().min(0);
const flag = z.boolean();

const faults = z.strictObject({ slowBy, isStuck: flag, isFull: flag, failsSync: flag });

const wishes = z.strictObject({ parent: z.int(), disk: faults });

const order = z.strictObject({
  disk: z.strictObject({
    slowBy: slowBy.exactOptional(),
    isStuck: flag.exactOptional(),
    isFull: flag.exactOptional(),
    failsSync: flag.exactOptional(),
  }),
});

/** The environment of a process whose disk begins with these faults. */
export function chaosEnvironment(disk: DiskFaults): Readonly<Record<string, string>> {
  return { [CHAOS_VARIABLE]: JSON.stringify({ parent: process.pid, disk }) };
}

/**
 * The disk that `understudy chaos` gives this process; undefined without the variable. Throws a `UsageError` where any
 * other parent has set it: disk faults must not reach a process in use.
 */
export function chaosDisk(): FaultyDisk | undefined {
  const text = process.env[CHAOS_VARIABLE];
  if (text === undefined) return undefined;
  const parsed = wishes.safeParse(parse(text));
  if (!parsed.success || parsed.data.parent !== process.ppid || !process.connected) {
    throw new UsageError(`${CHAOS_VARIABLE} is for processes that understudy chaos starts; unset it`);
  }
  const disk = createFaultyDisk(parsed.data.disk);
  process.on('message', (message) => {
    const told = order.safeParse(message);
    if (told.success) disk.set(told.data.disk);
  });
  return disk;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
