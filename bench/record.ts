import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tickets } from '../src/apps/tickets/service.ts';
import { linesOf, livesIn } from '../src/cli/node/record-files.ts';
import { createHost, stepHost } from '../src/host/host.ts';
import { decodeHeader, decodeStep, type RecordedStep, type RecordHeader } from '../src/host/record.ts';
import { openRecorder, type Recorder } from '../src/live/engine/recorder.ts';

/*
 * Cost of `--record`: recorded lives are replayed with a recorder and without one, in turns, and their processor times
 * are compared. That is the reducer alone; a live process spends as much again on sockets and disks, so its own share
 * is smaller.
 *
 *   node --import tsx bench/record.ts FOLDER [rounds]
 */

const [root = 'records', rounds = '9'] = process.argv.slice(2);

interface Life {
  readonly header: RecordHeader;
  readonly steps: readonly RecordedStep[];
}

async function read(): Promise<readonly Life[]> {
  const lives: Life[] = [];
  for (const folder of await livesIn(root)) {
    let header: RecordHeader | undefined;
    const steps: RecordedStep[] = [];
    for await (const line of linesOf(folder)) {
      if (header === undefined) header = decoded(decodeHeader(line));
      else steps.push(decoded(decodeStep(line)));
    }
    if (header !== undefined) lives.push({ header, steps });
  }
  return lives;
}

/** Milliseconds of processor time, all threads of this process, of these lives. */
async function live(lives: readonly Life[], folder: string | undefined): Promise<number> {
  const before = process.cpuUsage();
  for (const [place, { header, steps }] of lives.entries()) {
    const recorder: Recorder | undefined =
      folder === undefined
        ? undefined
        : await openRecorder({ folder: join(folder, String(place)), header, ended: console.error });
    let host = createHost({ ...header.plan, service: tickets });
    for (const [nth, { input, now }] of steps.entries()) {
      const [next, actions] = stepHost(host, input, now);
      host = next;
      recorder?.took(input, now, actions, host);
      // The event loop turns, and the recorder writes, about as often as in a live process.
      if (nth % 8 === 0) await new Promise(setImmediate);
    }
    await recorder?.close();
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function decoded<Value>(
  from: { readonly type: 'decoded'; readonly value: Value } | { readonly type: 'rejected'; readonly reason: string },
): Value {
  if (from.type === 'rejected') throw new Error(from.reason);
  return from.value;
}

const lives = await read();
const count = lives.reduce((sum, { steps }) => sum + steps.length, 0);
await live(lives, undefined);
const ratios: number[] = [];
for (let round = 0; round < Number(rounds); round += 1) {
  const plain = await live(lives, undefined);
  const folder = await mkdtemp(join(tmpdir(), 'understudy-bench-record-'));
  const recorded = await live(lives, folder);
  await rm(folder, { recursive: true });
  ratios.push(recorded / plain);
  const each = (millis: number): string => `${((millis * 1_000) / count).toFixed(0)} µs`;
  console.log(`${count} steps: ${each(plain)} a step, recorded ${each(recorded)}: ${(recorded / plain).toFixed(2)}`);
}
ratios.sort((a, b) => a - b);
console.log(`median ratio ${ratios[Math.floor(ratios.length / 2)]?.toFixed(2) ?? ''}`);
