import { expect, test } from 'vitest';
import { clearConditions, cut, heal, hold, release, setConditions } from '../../../src/sim/world/links.ts';
import { createNetwork, fateOf } from '../../../src/sim/world/network.ts';
import { planOf } from '../../support/sim/bundled.ts';

const wild = planOf({
  network: { delayMicros: [100, 900], drop: 200, duplicate: 200, tail: { perMille: 100, delayMicros: 5_000 } },
}).network;
const quiet = planOf({ network: { delayMicros: [100] } }).network;

test('The fate of a message does not depend on what other links and kinds carry.', () => {
  const alone = createNetwork(wild, 1);
  const busy = createNetwork(wild, 1);
  for (let count = 0; count < 200; count += 1) {
    fateOf(busy, 's2', 's1', 'append', 0);
    fateOf(busy, 's1', 's2', 'heartbeat', 0);
    expect(fateOf(busy, 's1', 's2', 'append', count)).toEqual(fateOf(alone, 's1', 's2', 'append', count));
  }
});

test('Messages are dropped and doubled about as often as the plan says.', () => {
  const network = createNetwork(wild, 3);
  const fates = Array.from({ length: 5_000 }, () => fateOf(network, 's1', 's2', 'append', 0));
  const lost = fates.filter((fate) => fate.type === 'lost').length;
  const doubled = fates.filter((fate) => fate.type === 'arrives' && fate.at.length === 2).length;
  expect(lost).toBeGreaterThan(850);
  expect(lost).toBeLessThan(1_150);
  expect(doubled).toBeGreaterThan(650);
  expect(doubled).toBeLessThan(950);
});

function arrivals(ordered: boolean): readonly number[] {
  const network = createNetwork({ ...wild, drop: 0, duplicate: 0, ordered }, 5);
  return Array.from({ length: 100 }, (_, now) => fateOf(network, 's1', 's2', 'append', now)).flatMap((fate) =>
    fate.type === 'arrives' ? fate.at : [],
  );
}

test('An unordered link lets messages overtake each other; an ordered one does not.', () => {
  const [unordered, ordered] = [arrivals(false), arrivals(true)];
  expect(unordered).not.toEqual([...unordered].sort((a, b) => a - b));
  expect(ordered).toEqual([...ordered].sort((a, b) => a - b));
});

test('A cut link loses everything one way, until every rule that cuts it has ended.', () => {
  const network = createNetwork(quiet, 1);
  cut(network, 'first', [['s1', 's2']]);
  cut(network, 'second', [['s1', 's2']]);
  expect(fateOf(network, 's1', 's2', 'append', 0)).toEqual({ type: 'lost', why: 'cut' });
  expect(fateOf(network, 's2', 's1', 'append', 0).type).toBe('arrives');
  heal(network, 'first');
  expect(fateOf(network, 's1', 's2', 'append', 0).type).toBe('lost');
  heal(network, 'second');
  expect(fateOf(network, 's1', 's2', 'append', 0).type).toBe('arrives');
});

test('A held link keeps everything until it is released; without a name, all rules end.', () => {
  const network = createNetwork(quiet, 1);
  hold(network, 'one', [['s1', 's2']]);
  hold(network, 'two', [['s1', 's2']]);
  expect(fateOf(network, 's1', 's2', 'append', 0)).toEqual({ type: 'waits' });
  release(network, undefined);
  expect(fateOf(network, 's1', 's2', 'append', 0).type).toBe('arrives');
});

test('A calm network drops and doubles nothing.', () => {
  const network = createNetwork({ ...wild, drop: 1_000 }, 1);
  network.isCalm = true;
  const fate = fateOf(network, 's1', 's2', 'append', 0);
  expect(fate.type === 'arrives' && fate.at.length).toBe(1);
});

test('A weather is felt on its links only, the last one counts, and when it clears all is as it would have been.', () => {
  const spared = createNetwork(wild, 1);
  const network = createNetwork(wild, 1);
  const sent = (from: string, now: number): unknown => fateOf(network, from, 's2', 'append', now);
  for (let now = 0; now < 300; now += 1) {
    if (now === 100) setConditions(network, 'storm', [['s1', 's2']], { drop: 1_000 });
    if (now === 150) setConditions(network, 'fog', [['s1', 's2']], { drop: 0, duplicate: 0, delayMicros: [7] });
    if (now === 200) clearConditions(network, 'fog');
    if (now === 220) clearConditions(network, 'storm');
    const without = fateOf(spared, 's1', 's2', 'append', now);
    const fate = sent('s1', now);
    if (now < 100 || now >= 220) expect(fate).toEqual(without);
    else if (now >= 150 && now < 200) expect(fate).toMatchObject({ type: 'arrives', at: [expect.any(Number)] });
    else expect(fate).toEqual({ type: 'lost', why: 'dropped' });
    expect(sent('s3', now)).toEqual(fateOf(spared, 's3', 's2', 'append', now));
  }
});

test('Without a name every weather ends.', () => {
  const network = createNetwork(quiet, 1);
  setConditions(network, 'one', [['s1', 's2']], { drop: 1_000 });
  setConditions(network, 'two', [['s1', 's2']], { drop: 1_000 });
  clearConditions(network, undefined);
  expect(fateOf(network, 's1', 's2', 'append', 0).type).toBe('arrives');
});
