import { afterEach, describe, expect, it } from 'vitest';
import { runLoad } from '../../../src/cli/client/load.ts';
import { showReport, type TestReport } from '../../../src/cli/client/report.ts';
import { baseOf } from '../../../src/cli/client/requests.ts';
import { dataServersAround, serversAround } from '../../../src/cli/client/servers.ts';
import { testBackends } from '../../../src/cli/client/tickets/backends.ts';
import { testConcurrent } from '../../../src/cli/client/tickets/concurrent.ts';
import { testWatch } from '../../../src/cli/client/tickets/watch.ts';
import { testWriteRead } from '../../../src/cli/client/tickets/write-read.ts';
import { showTimings, timingsOf } from '../../../src/cli/shared/timings.ts';
import type { NodeStatus } from '../../../src/cli/status/fetch-status.ts';
import { type Lie, openStub, type Stub } from '../../support/cli/tickets-stub.ts';

const opened: Stub[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

async function stub(lie?: Lie): Promise<Stub> {
  const made = await openStub(lie);
  opened.push(made);
  return made;
}

const QUIET = { deadline: 5_000, quiet: true };

async function concurrent(kind: 'create' | 'purchase', lie?: Lie): Promise<TestReport> {
  const { base } = await stub(lie);
  return testConcurrent({ ...QUIET, kind, frontEnds: [base], times: 20, clients: 3 });
}

describe('client tickets concurrent', () => {
  it('finds nothing wrong with purchases of an honest service', async () => {
    const { problems, lines } = await concurrent('purchase');
    expect(problems).toEqual([]);
    expect(lines.slice(1)).toEqual([
      '18 answered with yes, 2 with no, 0 expired, 0 unknown',
      'event 0: 18 of 18 tickets sold, 18 held',
    ]);
  });

  it('finds nothing wrong with events of an honest service', async () => {
    const { problems, lines } = await concurrent('create');
    expect(problems).toEqual([]);
    expect(lines.slice(1)).toEqual([
      '20 answered with yes, 0 with no, 0 expired, 0 unknown',
      '20 of them are in the list',
    ]);
  });

  it.each([
    ['oversells', ['of 18 tickets -1 are left and 19 sold']],
    ['forgets', ['20 purchases were answered with yes, and 14 tickets are sold']],
    ['keeps', ['18 tickets are sold, and 0 are held']],
    ['closes', Array.from({ length: 20 }, () => 'refused with 400: closed')],
    ['hoards', ['3 purchases were refused, of which at most 2 can have found nothing left']],
  ] as const)('finds out a service that %s', async (lie, problems) => {
    expect((await concurrent('purchase', lie)).problems).toEqual(problems);
  });

  it('finds out a service that gives one id twice, or hides an event', async () => {
    expect((await concurrent('create', 'doubles')).problems).toContain('two events were given the same id');
    expect((await concurrent('create', 'lags')).problems).toContain('20 events were created, and 19 are there');
  });
});

describe('client tickets write-read', () => {
  it('reads what it wrote, alone and in the list, as its session and newest of all, at every front end', async () => {
    const { base } = await stub();
    const { problems, timings } = await testWriteRead({
      ...QUIET,
      eventname: 'a play',
      frontEnds: [base, base],
      times: 3,
    });
    expect(problems).toEqual([]);
    expect([timings['writes']?.count, timings['reads']?.count]).toEqual([3, 24]);
  });

  it('finds out a front end that does not know of the write yet', async () => {
    const { base } = await stub('lags');
    const { problems } = await testWriteRead({ ...QUIET, eventname: 'a play', frontEnds: [base], times: 1 });
    expect(problems).toHaveLength(2);
    expect(problems[0]).toContain('/events (session): {"eventid":0,');
    expect(problems[0]).toMatch(/ was written, and read undefined$/);
  });
});

function statusOf(node: string, role: 'primary' | 'secondary', applied: number, commit = applied): NodeStatus {
  const group = { role, voter: true, epoch: '3.s1', primary: 's1', last: commit, commit, applied, members: [] };
  return {
    node,
    kind: 'server',
    clusterId: 'c',
    historyId: 'c',
    pid: 1,
    incarnation: 1,
    uptimeMillis: 1,
    groups: { events: group },
    frontEnd: null,
    links: {},
    directory: [],
  };
}

async function two(): Promise<readonly [Stub, Stub]> {
  const pair = [await stub(), await stub()] as const;
  pair.forEach((one, place) => {
    one.status = statusOf(`s${place + 1}`, 'secondary', 7);
    one.users.push({ userid: 0, username: 'ann', tickets: [{ eventid: 0 }] });
    one.events.push({ eventid: 0, eventname: 'a play', userid: 0, avail: 4, purchased: 1 });
  });
  return pair;
}

type Row = NodeStatus['directory'][number];

function row(node: string, address: string, more: Partial<Row> = {}): Row {
  return { node, kind: 'server', address, standing: 'member', incarnation: 1, reachable: true, ...more };
}

describe('client tickets backend', () => {
  const options = { usersAtMost: 10, within: 0, deadline: 5_000 };

  it('finds data servers that have the same', async () => {
    const pair = await two();
    const { problems, lines } = await testBackends({ ...options, addresses: pair.map(({ base }) => base) });
    expect(problems).toEqual([]);
    expect(lines).toEqual([
      's1: applied events 7; 1 events, 1 tickets sold, 1 users',
      's2: applied events 7; 1 events, 1 tickets sold, 1 users',
    ]);
  });

  it('finds out those that differ, and where', async () => {
    const [one, other] = await two();
    other.users.push({ userid: 1, username: 'bob', tickets: [] });
    const { problems } = await testBackends({ ...options, addresses: [one.base, other.base] });
    expect(problems).toEqual(['users differ: s1 has nothing, and s2 has {"userid":1,"username":"bob","tickets":[]}']);
  });

  it('says where there are more users than it has read, and adds nothing up then', async () => {
    const [one] = await two();
    one.users.push({ userid: 1, username: 'bob', tickets: [] });
    const { problems, lines } = await testBackends({ ...options, addresses: [one.base], usersAtMost: 1 });
    expect(problems).toEqual([]);
    expect(lines[0]).toMatch(/ 1 users of more \(--users\), so that tickets sold and held were not added up$/);
    const whole = await testBackends({ ...options, addresses: [one.base], usersAtMost: 2 });
    expect(whole.lines[0]).toMatch(/ 2 users$/);
  });

  it('finds out tickets that nobody holds', async () => {
    const [one] = await two();
    one.users.forEach((user) => user.tickets.splice(0));
    const { problems } = await testBackends({ ...options, addresses: [one.base] });
    expect(problems).toEqual(['s1, event 0: 1 tickets bought, and 0 held besides those granted']);
  });
});

describe('the data servers around', () => {
  it('are those asked and those they know of, each once, but for those that are gone', async () => {
    const one = await stub();
    const directory = [
      row('s1', 'elsewhere:1'),
      row('s2', '127.0.0.1:2'),
      row('s3', '127.0.0.1:3', { standing: 'away' }),
      row('s4', '127.0.0.1:4', { reachable: false }),
      row('f1', '127.0.0.1:5', { kind: 'frontend' }),
    ];
    one.status = { ...statusOf('s1', 'primary', 1), directory };
    expect(await serversAround([one.base])).toEqual([one.base, 'http://127.0.0.1:2']);
  });

  it('are, where none may be left out, also those that are gone, but for those removed', async () => {
    const one = await stub();
    const directory = [
      row('s1', 'elsewhere:1'),
      row('s2', '127.0.0.1:2', { reachable: false }),
      row('s3', '127.0.0.1:3', { standing: 'away' }),
      row('s4', '127.0.0.1:4', { standing: 'removed' }),
    ];
    one.status = { ...statusOf('s1', 'primary', 1), directory };
    const found = [
      { node: 's1', address: one.base },
      { node: 's2', address: 'http://127.0.0.1:2' },
      { node: 's3', address: 'http://127.0.0.1:3' },
    ];
    expect(await dataServersAround([one.base])).toEqual(found);
    // One that was asked, and is dead, is known all the same; unless nobody else knows it.
    expect(await dataServersAround([one.base, 'http://127.0.0.1:2'])).toEqual(found);
    await expect(dataServersAround([one.base, 'http://127.0.0.1:9'])).rejects.toThrow('127.0.0.1:9 does not answer');
  });

  it('are asked at addresses that are some', () => {
    expect(['4560', 'host:1', 'https://host/'].map(baseOf)).toEqual([
      'http://127.0.0.1:4560',
      'http://host:1',
      'https://host',
    ]);
    expect(() => baseOf('ftp://host')).toThrow('"ftp://host" is no address of a process');
  });

  it('are not there where only a front end answers that knows of none', async () => {
    const one = await stub();
    one.status = { ...statusOf('f1', 'secondary', 1), kind: 'frontend' };
    await expect(serversAround([one.base])).rejects.toThrow('knows a data server');
  });
});

describe('client tickets diff-versions, watching', () => {
  it('waits until all have applied what was committed when it began', async () => {
    const [one, other] = [await stub(), await stub()];
    one.status = statusOf('s1', 'primary', 9);
    other.status = statusOf('s2', 'secondary', 4);
    setTimeout(() => (other.status = statusOf('s2', 'secondary', 9)), 50);
    const { problems, lines } = await testWatch({ addresses: [one.base, other.base], watchFor: 5_000 });
    expect(problems).toEqual([]);
    expect(lines).toEqual([
      `${one.base}: events 9 (primary); in the end events 9 (primary)`,
      `${other.base}: events 4 (secondary); in the end events 9 (secondary)`,
      's1 is primary of events in epoch 3.s1',
    ]);
  });

  it('finds out one that stays behind, and two that lead at once', async () => {
    const [one, other] = [await stub(), await stub()];
    one.status = statusOf('s1', 'primary', 9);
    other.status = statusOf('s2', 'primary', 4);
    const { problems } = await testWatch({ addresses: [one.base, other.base], watchFor: 0 });
    expect(problems).toEqual(['both s1 and s2 are primary of events in epoch 3.s1', 's2 has applied 4 of 9 of events']);
  });
});

describe('what test commands say', () => {
  it('a percentile is a time that was measured', () => {
    const hundred = Array.from({ length: 100 }, (_, place) => 100 - place);
    expect(timingsOf(hundred)).toEqual({ count: 100, p50: 50, p95: 95, p99: 99, worst: 100 });
    expect(timingsOf([3])).toEqual({ count: 1, p50: 3, p95: 3, p99: 3, worst: 3 });
    expect(showTimings(timingsOf([]))).toBe('p50 0.0 ms, p95 0.0 ms, p99 0.0 ms, worst 0.0 ms');
  });

  it('a load is done so many times, and never more than so many at once', async () => {
    let running = 0;
    let most = 0;
    const { results, millis } = await runLoad({ what: 'x', times: 10, clients: 3, quiet: true }, async (nth) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running -= 1;
      return nth;
    });
    expect(results).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([most, millis.length]).toEqual([3, 10]);
  });

  it('many problems are not all shown', () => {
    const problems = Array.from({ length: 12 }, (_, nth) => `problem ${nth}`);
    const shown = showReport({ test: 'x', problems, lines: ['a line'], timings: {} }).split('\n');
    expect(shown.slice(0, 3)).toEqual(['x: failed', '  a line', '  WRONG: problem 0']);
    expect(shown.at(-1)).toBe('  WRONG: and 2 more');
  });
});
