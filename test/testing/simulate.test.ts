import * as z from 'zod';
import { describe, expect, test } from 'vitest';
import { accepted } from '../../src/protocol/model/app.ts';
import { bazaar } from '../../src/apps/bazaar/service.ts';
import { tickets } from '../../src/apps/tickets/service.ts';
import { defineApp } from '../../src/service/define-app.ts';
import { command, matchers, query, serviceOf, simulate } from '../../src/testing/index.ts';
import '../../src/testing/vitest.ts';

const bell = defineApp({
  name: 'bell',
  initial: 0,
  commands: z.object({ type: z.literal('ring'), times: z.int().min(1) }),
  queries: z.object({ type: z.literal('rings') }),
  apply: (rings: number, { times }) => ({ state: rings + times, outcome: accepted(rings + times) }),
  read: (rings) => accepted(rings),
  invariants: [
    { name: 'the bell is in one piece', broken: (rings) => (rings < 12 ? undefined : `rung ${rings} times`) },
  ],
});

const { schemas: _, ...bare } = bell;

function ringing(...times: readonly number[]) {
  const script = times.map((count, place) => ({
    at: 1_500 + place * 100,
    client: 'c1',
    method: 'POST' as const,
    path: '/bell/ring',
    body: { times: count },
  }));
  return { servers: 1, frontEnds: 1, workload: { script } };
}

describe('simulate', () => {
  test('runs a bare app: a path for its commands, one for its queries, and what it says in the end', () => {
    const look = { at: 2_000, client: 'c1', method: 'GET' as const, path: query(bell, { type: 'rings' }).path };
    const { workload } = ringing(2, 3);
    const run = simulate(bell, { workload: { script: [...workload.script, look] } });
    expect(run).toHaveHeld();
    expect(run).toBeLinearizable();
    expect(run.story.slice(0, 3)).toEqual([
      'c1 POST /bell/ring {"times":2} → 200 2',
      'c1 POST /bell/ring {"times":3} → 200 5',
      'c1 GET /bell/rings → 200 5',
    ]);
    expect(run.story.length).toBeGreaterThan(3);
    expect(run.notes['elected of bell']).toBe(1);
  });

  test('gives the state after the last entry, which the probes at rest have written to as well', () => {
    const run = simulate(serviceOf(bell), ringing(2));
    expect(run.states).toEqual({ bell: 4 });
    expect(run.read(bell, { type: 'rings' })).toEqual(accepted(4));
  });

  test('refuses what the app refuses to decode, and a plan that makes no sense', () => {
    const run = simulate(bell, ringing(0));
    expect(run.story[0]).toMatch(/^c1 POST \/bell\/ring \{"times":0\} → 400 /);
    expect(() => simulate(bell, { servers: 9 })).toThrow('plan.servers');
    expect(command(bell, { type: 'ring', times: 1 })).toMatchObject({
      method: 'POST',
      path: '/bell/ring',
      body: { times: 1 },
    });
  });

  test('of an app without schemas has clients that ask what a script says, in paths for whole commands', () => {
    expect(() => simulate(bare, { workload: { clients: 1, requests: 1 } })).toThrow(
      'clients of bell ask what a script says',
    );
    const look = { at: 2_000, client: 'c1', method: 'GET' as const, path: query(bare, { type: 'rings' }).path };
    const { path } = command(bare, { type: 'ring', times: 2 });
    const ring = { at: 1_500, client: 'c1', method: 'POST' as const, path, body: { type: 'ring', times: 2 } };
    expect(simulate(bare, { workload: { script: [ring, look] } }).story.slice(0, 2)).toEqual([
      'c1 POST /bell {"type":"ring","times":2} → 200 2',
      'c1 GET /bell/%7B%22type%22%3A%22rings%22%7D → 200 2',
    ]);
  });

  test('has clients that ask what schemas let them ask, where nobody says what', () => {
    const run = simulate({ ...bell, invariants: [] });
    expect(run).toHaveHeld();
    expect(
      run.story.filter((line) => /^c\d POST \/bell\/ring \{"times":[1-4]\} → 200 \d+$/.test(line)).length,
    ).toBeGreaterThan(5);
    expect(run.story.filter((line) => /^c\d GET \/bell\/rings → 200 \d+$/.test(line)).length).toBeGreaterThan(5);
  });
});

describe('a planted bug', () => {
  test('is known by its number, and is told by its name', () => {
    const [named, numbered] = (['sends-appends-twice', 'H03'] as const).map((bug) =>
      simulate(bell, { ...ringing(2), servers: 3 }, { planted: [bug] }),
    );
    expect(numbered?.digest).toBe(named?.digest);
    expect(numbered?.digest).not.toBe(simulate(bell, { ...ringing(2), servers: 3 }).digest);
    expect(numbered?.planted).toEqual(['sends-appends-twice']);
  });

  test('that is none is an error', () => {
    const words = [bell, ringing(2), { planted: ['M99'] }];
    expect(() => void Reflect.apply(simulate, undefined, words)).toThrow(new TypeError('no planted bug is called M99'));
  });
});

describe('matchers', () => {
  const fine = simulate(bell, ringing(1));
  const broken = simulate(bell, ringing(8, 9));

  test('pass where they should, and where they are negated', () => {
    expect(fine).toHaveHeld();
    expect(fine).not.toHaveBroken();
    expect(fine).toHaveSeen('elected', { of: 'bell' });
    expect(fine).not.toHaveSeen('elected', { atLeast: 2 });
    expect(fine).toHaveAnsweredAll();
    expect(broken).not.toHaveHeld();
    expect(broken).toHaveBroken('app-invariants');
    expect(broken).not.toHaveBroken('election-safety');
    expect(broken).not.toHaveBroken('one-primary');
    expect(broken).not.toBeLinearizable();
    expect(broken).not.toHaveAnsweredAll();
  });

  test('say which rule, when, with which plan, and how to see it again', () => {
    const message = matchers.toHaveHeld(broken).message();
    expect(message).toMatch(
      /^the judge “app-invariants” says: bell at s1, the bell is in one piece: rung 17 times\n {2}event \d+/,
    );
    expect(message).toContain(
      `npx understudy sim run plan.yaml --services FILE --trace
FILE is the module that exports bell. For a service of the package, leave out --services FILE.

service: bell
servers: 1
`,
    );
    expect(message).toContain('    - { at: 1600, client: c1, method: POST, path: /bell/ring, body: { times: 9 } }\n');
    expect(matchers.toHaveSeen(fine, 'installed').message()).toMatch(
      /^“installed” was seen 0 times and not 1; seen were .*elected/,
    );
    expect(matchers.toHaveAnsweredAll(broken).message()).toMatch(/^not answered: c1 POST .*"times":9\} → …/);
    expect(matchers.toBeLinearizable(simulate(bare)).message()).toMatch(/^no request was answered/);
  });

  test('are for what simulate gives back, and say so', () => {
    expect(() => matchers.toHaveHeld({ verdict: 'ok' })).toThrow('this matcher is for what simulate(…) returns');
  });
});

describe('The judges of a run without faults', () => {
  test.each([
    ['POST /election', tickets, asking(['POST', '/election', { port: 1 }])],
    ['GET /leader', bazaar, asking(['GET', '/leader'])],
    ['GET /cache', bazaar, asking(['GET', '/stocks/Fish'], ['GET', '/cache'])],
  ])('say nothing against a route that looks at its front end: %s', (_path, service, plan) => {
    const run = simulate(service, plan);
    expect(run).toHaveHeld();
    expect(run.story[0]).toMatch(/→ (200|404)/);
  });

  test('say nothing against whole runs of services that have such routes', () => {
    for (const seed of [1, 4])
      for (const service of [tickets, bazaar]) expect(simulate(service, { seed })).toHaveHeld();
  });

  test('know what a front end answers by itself, and that the body of a GET means nothing', () => {
    const run = simulate(
      bell,
      asking(
        ['GET', '/nowhere'],
        ['POST', '/bell/rings', {}],
        ['GET', '/bell/%zz'],
        ['GET', '/bell/rings', { times: 1 }],
      ),
    );
    expect(run).toHaveHeld();
    expect(run.story.slice(0, 4)).toEqual([
      'c1 GET /nowhere → 404 {"error":"no such path"}',
      'c1 POST /bell/rings {} → 405 {"error":"this path takes GET only"}',
      'c1 GET /bell/%zz → 400 {"error":"path: malformed percent-encoding"}',
      'c1 GET /bell/rings {"times":1} → 200 0',
    ]);
  });
});

/** One client asks these of the smallest cluster. */
function asking(...calls: readonly (readonly ['GET' | 'POST', string, Record<string, number>?])[]) {
  const script = calls.map(([method, path, body], place) => ({
    at: 1_500 + place * 100,
    client: 'c1',
    method,
    path,
    ...(body === undefined ? {} : { body }),
  }));
  return { servers: 1, frontEnds: 1, workload: { script } };
}
