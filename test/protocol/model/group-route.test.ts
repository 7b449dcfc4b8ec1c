import { describe, expect, test } from 'vitest';
import { type Epoch, NO_EPOCH } from '../../../src/protocol/model/epoch.ts';
import {
  asked,
  type GroupRoute,
  groupRouteOf,
  heard,
  isOvertaken,
  learned,
  locateDueAt,
  lost,
  nextServer,
  retracted,
  served,
  silenced,
} from '../../../src/protocol/model/group-route.ts';

const FIRST: Epoch = { counter: 1, nodeId: 's1' };
const SECOND: Epoch = { counter: 2, nodeId: 's2' };
const TIMES = { locateEvery: 50, retryAfter: 1_000 };

const fresh = groupRouteOf(['s1', 's2', 's3']);
const led = learned(fresh, 's1', FIRST, 's3');

function turns(groupRoute: GroupRoute, count: number): (string | undefined)[] {
  const taken: (string | undefined)[] = [];
  let current = groupRoute;
  for (let turn = 0; turn < count; turn += 1) {
    const [server, next] = nextServer(current);
    taken.push(server);
    current = next;
  }
  return taken;
}

describe('what a courier believes about the primary (§10.1)', () => {
  test('an epoch that its own node does not know is dropped, where no primary is known by it', () => {
    const far: Epoch = { counter: 2 ** 40, nodeId: 's2' };
    const lied = learned(fresh, 's2', far, 's2');
    expect(retracted(lied, 's1', FIRST, 's2')).toBe(lied);
    const without = lost(lied, 's2');
    expect(retracted(without, 's1', FIRST, 's3')).toBe(without);
    expect(retracted(without, 's1', FIRST, 's2')).toMatchObject({ primary: 's1', epoch: FIRST });
    expect(retracted(without, undefined, FIRST, 's2')).toMatchObject({ primary: undefined, epoch: FIRST });
    expect(retracted(without, 's3', FIRST, 's2')).toMatchObject({ primary: undefined, epoch: FIRST });
  });

  test('an epoch beyond all elections is not believed at the first word, and is when it is said again and again', () => {
    const far: Epoch = { counter: 5 * 2 ** 40, nodeId: 's2' };
    let route = fresh;
    for (let word = 0; word < 4; word += 1) {
      route = learned(route, 's2', far, 's2');
      expect(route).toMatchObject({ primary: undefined, epoch: NO_EPOCH });
    }
    expect(learned(route, 's1', FIRST, 's1')).toMatchObject({ primary: 's1', epoch: FIRST });
    expect(learned(route, 's2', far, 's2')).toMatchObject({ primary: 's2', epoch: far });
  });

  test('an epoch beyond the bound leaves the route as it is', () => {
    const beyond: Epoch = { counter: 2 ** 52 + 1, nodeId: 's2' };
    for (const route of [fresh, led]) expect(learned(route, 's2', beyond, 's2')).toBe(route);
  });

  test('the primary of a newer epoch takes the place of the one before, whoever says so', () => {
    expect(led).toMatchObject({ primary: 's1', epoch: FIRST });
    expect(learned(led, 's2', SECOND, 's3')).toMatchObject({ primary: 's2', epoch: SECOND });
  });

  test('an older epoch is overtaken and changes nothing', () => {
    const later = learned(led, 's2', SECOND, 's2');
    expect(isOvertaken(later, FIRST)).toBe(true);
    expect(isOvertaken(later, SECOND)).toBe(false);
    expect(learned(later, 's1', FIRST, 's1')).toBe(later);
  });

  test('an epoch without a primary does not count: its candidate may never have won', () => {
    expect(learned(led, undefined, SECOND, 's2')).toBe(led);
  });

  test('an epoch whose candidate is somebody else than the primary named does not count either', () => {
    expect(learned(led, 's1', SECOND, 's3')).toBe(led);
    expect(learned(led, 's1', SECOND, 's1').primary).toBeUndefined();
  });

  test('a primary that knows none any more is none', () => {
    expect(learned(led, undefined, FIRST, 's1')).toMatchObject({ primary: undefined, epoch: FIRST });
    expect(learned(led, undefined, FIRST, 's2')).toBe(led);
  });

  test('a lost primary is found again in the same epoch by its own word only', () => {
    const without = lost(led, 's1');
    expect(without.primary).toBeUndefined();
    expect(learned(without, 's1', FIRST, 's2')).toBe(without);
    expect(learned(without, 's1', FIRST, 's1').primary).toBe('s1');
    expect(lost(led, 's2')).toBe(led);
  });
});

describe('when a courier asks who leads', () => {
  test('at once, then every locateEvery while nobody does', () => {
    expect(locateDueAt(fresh, TIMES)).toBe(0);
    expect(locateDueAt(asked(fresh, 70), TIMES)).toBe(120);
    expect(locateDueAt(learned(asked(fresh, 70), undefined, NO_EPOCH, 's1'), TIMES)).toBe(120);
  });

  test('never while a primary is known and everybody answers', () => {
    expect(locateDueAt(led, TIMES)).toBeUndefined();
  });

  test('every retryAfter while a server is silent', () => {
    expect(locateDueAt(silenced(asked(led, 70), 's3'), TIMES)).toBe(1_070);
    expect(locateDueAt(heard(silenced(asked(led, 70), 's3'), 's3'), TIMES)).toBeUndefined();
  });
});

describe('whose turn it is', () => {
  test('every server in its order', () => {
    expect(turns(fresh, 4)).toEqual(['s1', 's2', 's3', 's1']);
  });

  test('a silent server is passed over until it is heard', () => {
    const silent = silenced(fresh, 's2');
    expect(turns(silent, 3)).toEqual(['s1', 's3', 's1']);
    expect(turns(heard(silent, 's2'), 3)).toEqual(['s1', 's2', 's3']);
  });

  test('where all are silent, all take turns', () => {
    const silent = ['s1', 's2', 's3'].reduce(silenced, fresh);
    expect(turns(silent, 4)).toEqual(['s1', 's2', 's3', 's1']);
  });

  test('a silent primary stays primary, and a stranger is no server', () => {
    expect(silenced(led, 's1').primary).toBe('s1');
    expect(silenced(led, 'f1')).toBe(led);
  });

  test('a group without servers has nobody', () => {
    expect(turns(groupRouteOf([]), 2)).toEqual([undefined, undefined]);
  });
});

describe('a courier whose group gets other servers (§5.8)', () => {
  test('asks nobody who has left, and takes the new ones in turn', () => {
    const next = served(silenced(silenced(fresh, 's1'), 's2'), ['s2', 's3', 's4']);
    expect(next).toMatchObject({ servers: ['s2', 's3', 's4'], silent: ['s2'] });
    expect(turns(next, 4)).toEqual(['s3', 's4', 's3', 's4']);
  });

  test('looks for another primary when that one has left, and keeps one that is newer than both lists', () => {
    expect(served(led, ['s2', 's3'])).toMatchObject({ primary: undefined, epoch: FIRST });
    expect(served(led, ['s1', 's4'])).toMatchObject({ primary: 's1', epoch: FIRST });
    const ahead = learned(led, 's9', { counter: 2, nodeId: 's9' }, 's9');
    expect(served(ahead, ['s2', 's3'])).toMatchObject({ primary: 's9' });
  });

  test('goes on in turn when there are fewer than before', () => {
    const [, second] = nextServer(fresh);
    const [, third] = nextServer(second);
    expect(turns(served(third, ['s1']), 2)).toEqual(['s1', 's1']);
    expect(turns(served(third, []), 1)).toEqual([undefined]);
  });
});
