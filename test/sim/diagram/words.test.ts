import { describe, expect, test } from 'vitest';
import { messagesOf } from '../../../src/sim/diagram/messages.ts';
import { inWords } from '../../../src/sim/diagram/words.ts';
import type { RecordedEvent } from '../../../src/sim/recording/recording.ts';
import { planOf, planOfSeed, runPlan } from '../../support/sim/bundled.ts';

describe('an event in words', () => {
  const { recording } = runPlan(planOf({ faults: [{ type: 'crash', at: 2_000, node: 'primary of events' }] }), {
    recording: true,
  });
  if (recording === undefined) throw new Error('a recording was asked for');
  const messages = new Map(messagesOf(recording).map((message) => [message.id, message]));
  const sentence = (event: RecordedEvent): string => inWords(event, (id) => messages.get(id)).says;

  test('is a sentence about nodes, not about the wire.', () => {
    const said = recording.events.map(sentence);
    for (const expected of [
      's3 starts',
      's3 leads events, in epoch 1.s3',
      's3 says “I lead” to s1',
      's3 sends log entries to s2',
      'The plan: s3 is to crash',
      's3 crashes',
      's2 asks for the vote of s1',
      'f1 votes for s2',
      's2 leads events, in epoch 2.s2',
    ])
      expect(said).toContain(expected);
  });

  test('has a sentence for whatever a storm brings, and never an empty one.', () => {
    for (const seed of [2, 5, 9]) {
      const storm = runPlan(planOfSeed(seed), { recording: true, strict: false }).recording;
      if (storm === undefined) throw new Error('a recording was asked for');
      const known = new Map(messagesOf(storm).map((message) => [message.id, message]));
      const said = storm.events.map((event) => inWords(event, (id) => known.get(id)).says);
      expect(said.filter((text) => text.trim().length < 5 || text.includes('undefined'))).toEqual([]);
    }
  });
});
