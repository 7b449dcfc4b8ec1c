import { expect, test } from 'vitest';
import { joinedAnswer } from '../../src/chaos/act.ts';
import type { Answer } from '../../src/sim/clients/client.ts';

function answered(status: number): Answer {
  return { status, body: '', token: '', uuid: '' };
}

function joined(...answers: readonly (Answer | undefined)[]): Promise<Answer | undefined> {
  return joinedAnswer(answers.map((answer) => Promise.resolve(answer)));
}

test('A write at two front ends is carried out where one of them says so, whatever the other one says', async () => {
  expect(await joined(answered(400), answered(200))).toEqual(answered(200));
  expect(await joined(undefined, answered(200))).toEqual(answered(200));
  const never = new Promise<undefined>(() => undefined);
  expect(await joinedAnswer([never, Promise.resolve(answered(200))])).toEqual(answered(200));
});

test('It is refused only where both refuse: the other one may still write', async () => {
  expect(await joined(answered(400), answered(404))).toEqual(answered(400));
  expect(await joined(answered(400), undefined)).toBeUndefined();
  expect(await joined(answered(400), answered(503))).toEqual(answered(503));
});
