import { expect, test } from 'vitest';
import { withoutRoutine } from '../../../src/cli/sim/routine.ts';
import { showAsked } from '../../../src/cli/sim/show-asked.ts';
import { serviceNamed } from '../../../src/apps/index.ts';
import type { ClientOperation } from '../../../src/sim/base/history.ts';

test('A trace is read without what nodes say all the time', () => {
  const kept = [
    '   0.068520 c1  → f2 POST /hall/buy {"seat":"heartbeat"}',
    '   0.500000 s3  → f1 hall: append 1.s3 at 4',
  ];
  const routine = ['heartbeat 1.s3 number 1', 'heard 1.s3', 'gossip of 5', 'locate', 'located nobody in none'];
  const lines = routine.map((what) => `   0.515918 s3  → f1 hall: ${what}`);
  expect(withoutRoutine([...lines, ...kept])).toEqual(kept);
});

test('How often each path was accepted and refused is a table', () => {
  const service = serviceNamed('tickets');
  if (service === undefined) throw new Error('there is such a service');
  const table = showAsked(service, [
    asked(1, '/events/0', 200),
    asked(2, '/events/7', 400),
    asked(3, '/events/1', undefined),
  ]);
  expect(table.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['asked', 'accepted', 'refused', 'unknown'],
    ['GET /events/:eventid', '1', '1', '1'],
  ]);
});

function asked(number: number, path: string, status: number | undefined): ClientOperation {
  return {
    number,
    client: 'c1',
    call: { method: 'GET', path, body: undefined, session: false },
    key: undefined,
    token: undefined,
    calledAt: 0,
    uuids: [],
    expect: undefined,
    attempts: 1,
    result: status === undefined ? undefined : { type: 'answered', at: 1, status, body: '', token: '' },
  };
}
