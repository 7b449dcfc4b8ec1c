import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tickets } from '../../../src/apps/tickets/service.ts';
import { type LifeFolder, linesOf, livesIn } from '../../../src/cli/node/record-files.ts';
import { replayLife } from '../../../src/cli/node/replay.ts';
import type { HostInput } from '../../../src/host/host-io.ts';
import { createHost, founder, type HostPlan, stepHost } from '../../../src/host/host.ts';
import { decodeStep, recordedPlan, type RecordHeader } from '../../../src/host/record.ts';
import { openRecorder, recordFolder } from '../../../src/live/engine/recorder.ts';
import { DEFAULT_SETTINGS } from '../../../src/protocol/model/settings.ts';

const topology = { clusterId: 'c', servers: ['s1'], frontEnds: ['f1'], groups: ['events', 'users'] };
const plan: HostPlan = { topology, self: founder(topology, 'f1'), service: tickets, settings: DEFAULT_SETTINGS };
const header: RecordHeader = { service: 'tickets', incarnation: 1, versions: {}, plan: recordedPlan(plan) };

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'understudy-record-'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Records so many steps, each with a body of that many characters; `threw` at the last one. */
async function record(steps: number, characters: number, options: { atMost?: number; threw?: boolean } = {}) {
  const reasons: string[] = [];
  const { atMost, threw = false } = options;
  const recorder = await openRecorder({
    folder: recordFolder(root, 'f1', 1),
    header,
    ended: (reason) => reasons.push(reason),
    ...(atMost === undefined ? {} : { atMost }),
  });
  let host = createHost(plan);
  for (let id = 1; id <= steps; id += 1) {
    const input: HostInput = {
      type: 'requests',
      requests: [{ id, method: 'GET', path: '/nowhere', headers: {}, body: 'x'.repeat(characters), uuid: '' }],
    };
    const now = { millis: id, wall: id, chance: 0.25 };
    const [next, actions] = stepHost(host, input, now);
    host = next;
    recorder.took(input, now, actions, host);
  }
  if (threw) recorder.threw({ type: 'written', unit: 'events' }, { millis: steps + 1, wall: 1, chance: 0 });
  else await recorder.close();
  return reasons;
}

async function onlyLife(): Promise<LifeFolder> {
  const [life, ...others] = await livesIn(root);
  expect(others).toEqual([]);
  if (life === undefined) throw new Error('there is no life');
  return life;
}

async function count(life: LifeFolder): Promise<number> {
  let lines = 0;
  for await (const line of linesOf(life)) {
    if (lines > 0) expect(decodeStep(line)).toMatchObject({ type: 'decoded', value: { number: lines } });
    lines += 1;
  }
  return lines;
}

describe('The recorder of a live process', () => {
  it('writes a line for each step, in a folder of this life, with a digest of the state now and then', async () => {
    await record(600, 10);
    const life = await onlyLife();
    expect(life).toMatchObject({ node: 'f1', life: 1 });
    expect(await count(life)).toBe(601);
    expect(await replayLife(life)).toMatchObject({ steps: 600, states: 2, difference: undefined });
  });

  it('turns over to a new file when one is full, and compresses what is full', async () => {
    await record(40, 500_000);
    const life = await onlyLife();
    expect(life.files.map((file) => file.slice(life.folder.length + 1))).toEqual(['00001.jsonl.gz', '00002.jsonl']);
    expect(await count(life)).toBe(41);
  });

  it('ends when it has grown as long as it may, and says so once', async () => {
    const reasons = await record(50, 100_000, { atMost: 1_000_000 });
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(/is full: it has \d+ bytes; it ends at step \d+$/);
    const lines = await count(await onlyLife());
    expect(lines).toBeGreaterThan(9);
    expect(lines).toBeLessThan(20);
  });

  it('has the step that threw on the disk at once, and it throws there again', async () => {
    await record(3, 10, { threw: true });
    const life = await onlyLife();
    expect(await count(life)).toBe(5);
    expect(await replayLife(life)).toMatchObject({ steps: 4, difference: undefined });
  });

  it('passes over half a line, which a process that was killed may leave', async () => {
    await record(5, 10);
    const { folder } = await onlyLife();
    const [file = ''] = readdirSync(folder);
    appendFileSync(join(folder, file), '[6,6,6,0.25,123');
    expect(await count(await onlyLife())).toBe(6);
  });
});
