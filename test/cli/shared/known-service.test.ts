import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { serviceNamed } from '../../../src/apps/index.ts';
import { serviceGiven, serviceOf } from '../../../src/cli/shared/known-service.ts';
import { readPlan } from '../../../src/cli/sim/files.ts';
import type { EntryContext } from '../../../src/protocol/model/app.ts';
import { NO_EPOCH } from '../../../src/protocol/model/epoch.ts';

const SEATS = 'examples/seats/seats.ts';
const here = fileURLToPath(new URL('../../../', import.meta.url));

// Within the checkout, so that vitest reads the modules as it reads the tests.
const folder = mkdtempSync(join(here, 'node_modules/.known-service-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;

function moduleWith(text: string): string {
  const file = join(folder, `module-${(files += 1)}.ts`);
  const empty = `import { defineApp, defineService } from 'understudy';
    import * as z from 'zod';
    const app = (name: string) => defineApp({ name, initial: 0, commands: z.object({ type: z.literal('go') }),
      queries: z.object({ type: z.literal('see') }), apply: (state) => ({ state, outcome: { type: 'accepted', value: 0 } }),
      read: () => ({ type: 'accepted', value: 0 }) });`;
  writeFileSync(file, `${empty}\n${text}`);
  return file;
}

describe('A service on a command line', () => {
  it('is one that comes along, by its name', async () => {
    expect(await serviceGiven('tickets')).toEqual({ service: serviceNamed('tickets'), module: undefined });
    await expect(serviceGiven('seats')).rejects.toThrow('there is no service seats; there is tickets');
  });

  it('is what a file exports, and the file is remembered wherever one stands', async () => {
    const { service, module } = await serviceGiven(SEATS);
    expect([service.name, module]).toEqual(['seats', join(here, SEATS)]);
  });

  it.each([
    ['export const one = 1;', 'exports no service'],
    [
      'export const hall = app("hall");',
      'exports no service: make one of its apps, defineService({ name: …, apps: [hall] })',
    ],
    [
      'export const [a, b] = ["a", "b"].map((name) => defineService({ name, apps: [app(name)] }));',
      'exports several services (a, b): make one of them the default export',
    ],
    ['export default defineService({ name: "A b", apps: [app("a")] });', 'not “A b”'],
    [
      'export default defineService({ name: "a", apps: [app("a"), app("a")] });',
      'cannot be loaded: the groups of a service have different names',
    ],
  ])('is not to be had of %j', async (text, reason) => {
    await expect(serviceGiven(moduleWith(text))).rejects.toThrow(reason);
  });

  it('is one of several if that is the default export, or the one of that name', async () => {
    const file = moduleWith(
      'export const a = defineService({ name: "a", apps: [app("a")] }); export default defineService({ name: "b", apps: [app("b")] });',
    );
    expect((await serviceGiven(file)).service.name).toBe('b');
    expect((await serviceGiven(file, 'a')).service.name).toBe('a');
  });

  it('is its own plan for the simulator', async () => {
    expect(await readPlan(SEATS)).toMatchObject({
      name: 'seats',
      service: 'seats',
      faults: [{ node: 'primary of hall' }, {}, {}, {}, {}, {}],
    });
  });
});

describe('A service that was kept', () => {
  const kept = { service: 'seats', module: join(here, SEATS), topology: { groups: ['hall'] } };
  const place = { what: 'data/s1', again: 'understudy server FILE --data data/s1' };

  it('is found where its file was, or where one says that it is now', async () => {
    expect((await serviceOf(kept, undefined, place)).module).toBe(kept.module);
    const moved = moduleWith('export default defineService({ name: "seats", apps: [app("hall")] });');
    expect((await serviceOf({ ...kept, module: 'gone.ts' }, moved, place)).module).toBe(moved);
  });

  it.each([
    [
      { ...kept, module: 'gone.ts' },
      undefined,
      /data\/s1 is of the service seats, and gone.ts cannot be loaded: .*\nIf the file has moved: understudy server FILE/,
    ],
    [
      { service: 'seats', topology: { groups: ['hall'] } },
      undefined,
      /is not known here. Name its file: understudy server FILE/,
    ],
    [kept, 'tickets', /data\/s1 is of the service seats, not tickets/],
    [
      { ...kept, topology: { groups: ['hall', 'bar'] } },
      undefined,
      /data\/s1 has the groups hall, bar, and .*seats.ts has hall/,
    ],
  ])('is not to be had as %j with %s', async (which, given, reason) => {
    await expect(serviceOf(which, given, place)).rejects.toThrow(reason);
  });

  it('stops at a command that its version cannot read, and says which', async () => {
    const { service } = await serviceGiven(SEATS);
    const [hall] = service.apps;
    const context: EntryContext = { index: 7, epoch: NO_EPOCH, lamport: 7, wall: 0, uuid: 'u' };
    const { state } = hall?.apply(hall.initial, { type: 'hold', seat: 'A1', name: 'ada' }, context) ?? {};
    expect(state).toMatchObject({ tokens: 1 });
    expect(() => hall?.apply(state, { type: 'swap', seat: 'A1' }, context)).toThrow(
      /^this version of hall cannot read its log \(.*\): entry 7 says \{"type":"swap","seat":"A1"\}$/,
    );
  });
});
