import { describe, expect, it } from 'vitest';
import type { GroupStatus, ProcessStatus } from '../../src/live/admin/status.ts';
import { APPLIED_WITHIN, readinessOf } from '../../src/host/readiness.ts';

const GROUP: GroupStatus = {
  role: 'secondary',
  voter: true,
  epoch: '3.s2',
  primary: 's2',
  heardBefore: 90,
  last: 10,
  commit: 10,
  lacks: null,
  applied: 10,
  members: [],
};

const SERVER: ProcessStatus = {
  node: 's1',
  kind: 'server',
  clusterId: 'tickets-1',
  historyId: 'tickets-1',
  pid: 1,
  incarnation: 1,
  uptimeMillis: 1,
  groups: { events: GROUP, users: { ...GROUP, role: 'primary', primary: 's1' } },
  frontEnd: { held: 0, primaries: { events: { primary: null, epoch: '0', servedBy: null } } },
  links: {},
  directory: [],
};

const FRONT_END: ProcessStatus = {
  ...SERVER,
  node: 'f1',
  kind: 'frontend',
  groups: { events: { ...GROUP, role: 'witness', primary: null, applied: null } },
  frontEnd: {
    held: 3,
    primaries: {
      events: { primary: 's2', epoch: '3.s2', servedBy: 's2' },
      // By way of another server.
      users: { primary: 's1', epoch: '2.s1', servedBy: 's2' },
    },
  },
};

function withEvents(change: Partial<GroupStatus>): ProcessStatus {
  return { ...SERVER, groups: { ...SERVER.groups, events: { ...GROUP, ...change } } };
}

function withClock(status: ProcessStatus, byMillis: number): ProcessStatus {
  return { ...status, clock: { byMillis, from: 'wall clocks', margin: 60_000 } };
}

describe('A process is ready', () => {
  it('as a data server with its vote, a primary and all that is visible, whatever it could serve itself', () => {
    expect(readinessOf(SERVER, false)).toEqual({ ready: true, reasons: [] });
    expect(readinessOf(withEvents({ commit: APPLIED_WITHIN + 10 }), false).ready).toBe(true);
  });

  it('as a front end that knows whom to ask in every group, vote or no vote', () => {
    expect(readinessOf(FRONT_END, false)).toEqual({ ready: true, reasons: [] });
  });
});

describe('A process is ready all the same', () => {
  it.each([
    ['its wall clock is off by no more than the margin', { byMillis: 60_000, from: 'wall clocks', margin: 60_000 }],
    [
      'cluster time is late, which is no fault of its clock',
      { byMillis: 600_000, from: 'cluster time', margin: 60_000 },
    ],
  ] as const)('where %s', (_, clock) => {
    expect(readinessOf({ ...SERVER, clock }, false)).toEqual({ ready: true, reasons: [] });
    expect(readinessOf({ ...FRONT_END, clock }, false)).toEqual({ ready: true, reasons: [] });
  });
});

describe('A process is not ready', () => {
  it.each([
    [
      'its build lacks code that its log needs',
      withEvents({
        code: { active: 1, oldest: 2, newest: 3, lacks: 1, kept: 1, awaits: null, neededFrom: null },
      }),
      'events: it lacks the code of version 1, and has versions 2 to 3',
    ],
    [
      'it is a front end whose code is older than the state',
      {
        ...FRONT_END,
        frontEnd: {
          held: 0,
          primaries: { users: { primary: 's1', epoch: '2.s1', servedBy: 's1', version: 3, newestCode: 2 } },
        },
      },
      'users: its state is of version 3, and this front end has the code of version 2',
    ],
    ['a server without a vote', withEvents({ voter: false }), 'events: it has no vote yet'],
    [
      'a server with another state',
      withEvents({ diverged: 12 }),
      'events: its state has diverged, as found at entry 12',
    ],
    ['a server that knows no primary', withEvents({ primary: null, heardBefore: null }), 'events: no primary is known'],
    [
      'a server that does not hear the primary it knows',
      withEvents({ heardBefore: 2_001 }),
      'events: the primary s2 is not heard',
    ],
    [
      'a front end whose primary leaves it without an answer',
      { ...FRONT_END, frontEnd: { held: 1, primaries: { users: { primary: 's1', epoch: '2.s1', servedBy: null } } } },
      'users: the primary s1 does not answer',
    ],
    [
      'a server whose wall clock is a day ahead',
      withClock(SERVER, 86_400_000),
      'its wall clock is 86400.0 s ahead of those of most voters, more than 60 s: set it right',
    ],
    [
      'a front end whose wall clock is 11 minutes behind',
      withClock(FRONT_END, -660_000),
      'its wall clock is 660.0 s behind those of most voters, more than 60 s: set it right',
    ],
    [
      'a server that is far behind',
      withEvents({ commit: APPLIED_WITHIN + 11 }),
      'events: 10001 visible entries are not applied yet',
    ],
    [
      'a front end that does not know whom to ask',
      { ...FRONT_END, frontEnd: { held: 0, primaries: { users: { primary: null, epoch: '0', servedBy: null } } } },
      'users: no primary is known',
    ],
  ])('as %s, and says so', (_, status, reason) => {
    expect(readinessOf(status, false)).toEqual({ ready: false, reasons: [reason] });
  });

  it('once it has been asked to stop, and gives every reason there is', () => {
    const { ready, reasons } = readinessOf(withEvents({ voter: false, primary: null }), true);
    expect(ready).toBe(false);
    expect(reasons).toEqual(['it has been asked to stop', 'events: it has no vote yet', 'events: no primary is known']);
  });
});
