import { closeSync, openSync, writeSync } from 'node:fs';
import { readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { actionsDigest, hostDigest } from '../../host/digest.ts';
import type { HostAction, HostInput } from '../../host/host-io.ts';
import type { Host, HostPlan } from '../../host/host.ts';
import type { Level } from '../../host/note-line.ts';
import { encodeHeader, encodeStep, recordedPlan, type RecordHeader } from '../../host/record.ts';
import type { Moment } from '../../protocol/model/effects.ts';
import type { NodeFolder } from '../../storage/node-folder.ts';
import { makeFolders } from '../../storage/make-folders.ts';

/** Records the inputs of a host, so that `understudy replay-live` can execute them again. */
export interface Recorder {
  took(input: HostInput, now: Moment, actions: readonly HostAction[], host: Host): void;
  /** Records that a step threw. The record ends with it and is written when this returns; it is not synced. */
  threw(input: HostInput, now: Moment): void;
  /** Writes the rest, and waits until full files are compressed. */
  close(): Promise<void>;
}

interface RecorderOptions {
  /** The folder of this run of this node alone; it is created. */
  readonly folder: string;
  readonly header: RecordHeader;
  /** Bytes before compression after which the record ends, while the process goes on. Default: `RECORD_AT_MOST`. */
  readonly atMost?: number;
  /** Called once if the record ends before the process: it is full, or cannot be written. */
  readonly ended: (reason: string) => void;
}

/** 4 GiB: some twenty minutes at full load. */
const RECORD_AT_MOST = 4 * 1024 * 1024 * 1024;

/** Length at which a file of the record is closed and compressed, in bytes. */
const FILE_FULL_AT = 16 * 1024 * 1024;

/** Steps between two hashes of the state. */
const STATE_EVERY = 256;

/** Buffered text is written at this length, or at the next turn of the event loop. In UTF-16 units. */
const WRITTEN_AT = 256 * 1024;

/** The folder of the record of one run of a node. */
export function recordFolder(root: string, nodeId: string, incarnation: number): string {
  return join(root, nodeId, `life-${incarnation}`);
}

/** Opens the record of the run that begins now. */
export function recorderOf(
  root: string,
  plan: HostPlan,
  { folder, log }: { readonly folder: NodeFolder; readonly log: (line: string, level: Level) => void },
): Promise<Recorder> {
  const { incarnation, node } = folder;
  const versions = { node: process.versions.node, v8: process.versions.v8 };
  return openRecorder({
    folder: recordFolder(root, node.nodeId, incarnation),
    header: { service: plan.service.name, incarnation, versions, plan: recordedPlan(plan) },
    ended: (reason) => log(reason, 'seldom'),
  });
}

/** The name of the `number`-th file of a record, from 1; a compressed file has `.gz` after it. */
function recordFile(number: number): string {
  return `${String(number).padStart(5, '0')}.jsonl`;
}

/** Rejects when the folder cannot be written to. */
export async function openRecorder({
  folder,
  header,
  atMost = RECORD_AT_MOST,
  ended,
}: RecorderOptions): Promise<Recorder> {
  await makeFolders(folder, 0o700);
  const packing = new Set<Promise<void>>();
  let files = 1;
  let file = openSync(join(folder, recordFile(files)), 'wx');
  let inFile = 0;
  let total = 0;
  let steps = 0;
  let waiting: string[] = [];
  let waitingLength = 0;
  let over = false;
  put(encodeHeader(header));

  return {
    took(input, now, actions, host) {
      if (over) return;
      steps += 1;
      const state = steps % STATE_EVERY === 0 ? hostDigest(host) : undefined;
      put(encodeStep({ number: steps, now, input, actions: actionsDigest(actions), state }));
    },
    threw(input, now) {
      if (over) return;
      steps += 1;
      put(encodeStep({ number: steps, now, input, actions: null, state: undefined }));
      flush();
      over = true;
    },
    async close() {
      flush();
      if (!over) closeSync(file);
      over = true;
      await Promise.all(packing);
    },
  };

  function put(line: string): void {
    if (waiting.length === 0) setImmediate(flush);
    waiting.push(line);
    waitingLength += line.length;
    if (waitingLength > WRITTEN_AT) flush();
  }

  /**
   * Synchronous: the text survives a kill of the process, and lines stay in order. The system takes a few kilobytes in
   * microseconds. It is not synced, so a crash of the machine may cost the end of the record.
   */
  function flush(): void {
    if (over || waiting.length === 0) return;
    const bytes = Buffer.from(`${waiting.join('\n')}\n`);
    waiting = [];
    waitingLength = 0;
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    } catch (error) {
      return end(`cannot be written: ${error instanceof Error ? error.message : String(error)}`);
    }
    inFile += bytes.length;
    total += bytes.length;
    if (total >= atMost) return end(`is full: it has ${total} bytes`);
    if (inFile >= FILE_FULL_AT) turnOver();
  }

  function turnOver(): void {
    closeSync(file);
    const packed = compress(join(folder, recordFile(files))).catch(() => undefined);
    packing.add(packed);
    void packed.finally(() => packing.delete(packed));
    files += 1;
    file = openSync(join(folder, recordFile(files)), 'wx');
    inFile = 0;
  }

  function end(reason: string): void {
    over = true;
    waiting = [];
    closeSync(file);
    ended(`the record in ${folder} ${reason}; it ends at step ${steps}`);
  }
}

/** Compresses a file outside the event loop. The original stays until the compressed file is complete. */
async function compress(file: string): Promise<void> {
  const packed = await promisify(gzip)(await readFile(file), { level: 1 });
  await writeFile(`${file}.gz`, packed, { mode: 0o600 });
  await unlink(file);
}
