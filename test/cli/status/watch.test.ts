import { createServer, type Server } from 'node:http';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { changesBetween } from '../../../src/cli/status/changes.ts';
import { drawCluster } from '../../../src/cli/status/draw.ts';
import type { NodeStatus } from '../../../src/cli/status/fetch-status.ts';
import { type ClusterView, viewOf } from '../../../src/cli/status/view.ts';
import { watchCluster } from '../../../src/cli/status/watch.ts';

type Group = NodeStatus['groups'][string];

const MEMBERS: Group['members'] = [
  { node: 'f1', kind: 'witness', voter: true, votes: 1, rank: 0, lag: null, silentFor: null },
  { node: 's1', kind: 'data', voter: true, votes: 1, rank: 1, lag: null, silentFor: null },
  { node: 's2', kind: 'data', voter: true, votes: 1, rank: 2, lag: null, silentFor: null },
];

const DIRECTORY: NodeStatus['directory'] = [
  { node: 'f1', kind: 'frontend', address: 'h:4560', standing: 'member', incarnation: 1, reachable: true },
  { node: 's1', kind: 'server', address: 'h:4599', standing: 'member', incarnation: 2, reachable: true },
  { node: 's2', kind: 'server', address: 'h:4600', standing: 'member', incarnation: 1, reachable: true },
];

function group(change: Partial<Group>): Group {
  return {
    role: 'secondary',
    voter: true,
    epoch: '3.s2',
    primary: 's2',
    last: 9,
    commit: 9,
    applied: 9,
    members: MEMBERS,
    ...change,
  };
}

function status(node: string, change: Partial<NodeStatus>): NodeStatus {
  return {
    node,
    kind: node.startsWith('f') ? 'frontend' : 'server',
    clusterId: 'tickets-1',
    historyId: 'tickets-1',
    pid: 1,
    incarnation: 1,
    uptimeMillis: 61_500,
    groups: { events: group({}) },
    frontEnd: null,
    links: {},
    directory: DIRECTORY,
    ...change,
  };
}

const LED = MEMBERS.map((member) => ({ ...member, lag: member.node === 's1' ? 4 : 0, silentFor: 91 }));

const WELL = new Map<string, NodeStatus | undefined>([
  [
    'h:4560',
    status('f1', {
      groups: { events: group({ role: 'witness', applied: null }) },
      frontEnd: { held: 3, primaries: {} },
    }),
  ],
  ['h:4599', status('s1', { incarnation: 2 })],
  ['h:4600', status('s2', { groups: { events: group({ role: 'primary', members: LED }) } })],
]);

function view(answers: ReadonlyMap<string, NodeStatus | undefined>): ClusterView {
  const found = viewOf(answers);
  if (found === undefined) throw new Error('somebody answers');
  return found;
}

/** The same cluster with other answers from some of its nodes. */
function viewWith(changes: Readonly<Record<string, NodeStatus | undefined>>): ClusterView {
  return view(new Map([...WELL, ...Object.entries(changes)]));
}

const PAGE = { width: 60, height: 24, events: [], time: '14:26:02' };

describe('A cluster on a terminal of 60 columns', () => {
  it('shows roles, votes, lag, who is reached and what is held', () => {
    expect(drawCluster(view(WELL), PAGE)).toEqual([
      'tickets-1                            3 of 3 answer  14:26:02',
      '',
      'events: primary s2, epoch 3.s2, commit 9, 3 votes',
      '   node  role       votes  lag  silent',
      '★  s2    primary    1      0    91 ms',
      '   f1    witness    1      0    91 ms',
      '   s1    secondary  1      4    91 ms',
      '',
      '   node  address  up    held  reached by',
      '   s1    h:4599   61 s  -     2 of 2',
      '   s2    h:4600   61 s  -     2 of 2',
      '   f1    h:4560   61 s  3     2 of 2',
    ]);
  });

  it('marks what is not as it should be: nodes that are silent or away, servers without a vote, no primary', () => {
    const away = DIRECTORY.map((row) => (row.node === 's1' ? { ...row, reachable: false } : row));
    const learner = MEMBERS.map((member) => (member.node === 's1' ? { ...member, voter: false, votes: 0 } : member));
    const lines = drawCluster(
      viewWith({
        'h:4560': status('f1', { groups: {}, directory: away }),
        'h:4599': undefined,
        'h:4600': status('s2', { groups: { events: group({ members: learner, primary: null }) }, directory: away }),
      }),
      PAGE,
    );
    expect(lines[0]).toContain('2 of 3 answer');
    expect(lines).toContain('events: ! no primary, epoch 3.s2, commit 9, 2 votes');
    const marked = lines.filter((line) => line.startsWith('!')).map((line) => line.split(/ {2,}/).slice(0, 3));
    expect(marked).toEqual([
      ['!', 'f1', 'no answer'],
      ['!', 's1', 'no answer'],
      ['!', 's1', 'h:4599'],
    ]);
  });

  it('shows as many of the last events as there is room for, and says how much is left out', () => {
    const events = ['14:25:58 s1 answers', '14:25:59 s3 is removed', '14:26:01 events: s2 is primary in epoch 3.s2'];
    expect(drawCluster(view(WELL), { ...PAGE, height: 16, events }).slice(-3)).toEqual([
      'last events',
      '  14:25:59 s3 is removed',
      '  14:26:01 events: s2 is primary in epoch 3.s2',
    ]);
    expect(drawCluster(view(WELL), { ...PAGE, height: 5, events }).at(-1)).toBe('… 8 more lines');
  });

  it('has its kinds and runs besides where there is room', () => {
    const wide = drawCluster(view(WELL), { ...PAGE, width: 100 });
    expect(wide.find((line) => line.includes('h:4599'))).toMatch(/data server {2}2$/);
  });

  it('never overflows its terminal, whatever its size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 120 }), fc.integer({ min: 1, max: 40 }), (width, height) => {
        const lines = drawCluster(view(WELL), { width, height, events: ['x'.repeat(200)], time: '14:26:02' });
        expect(lines.length).toBeLessThanOrEqual(height);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('What the processes disagree about', () => {
  it('is settled for the primary of the newest epoch', () => {
    const both = viewWith({
      'h:4599': status('s1', { groups: { events: group({ role: 'primary', epoch: '10.s1', members: MEMBERS }) } }),
    });
    expect(both.groups[0]).toMatchObject({ primary: 's1', epoch: '10.s1' });
  });

  it('is settled for the later run of a node, and what stopped in it', () => {
    const moved = { node: 's1', kind: 'server', incarnation: 3, reachable: true } as const;
    const seen = viewWith({
      'h:4560': status('f1', { directory: [{ ...moved, address: 'h:5000', standing: 'away' }] }),
    });
    expect(seen.nodes.find(({ node }) => node === 's1')).toMatchObject({ address: 'h:5000', standing: 'away' });
  });

  it('leaves out who was removed for good and answers no more', () => {
    const removed = DIRECTORY.map((row) => (row.node === 's1' ? { ...row, standing: 'removed' as const } : row));
    const seen = viewWith({
      'h:4560': status('f1', { directory: removed }),
      'h:4599': undefined,
      'h:4600': status('s2', { directory: removed }),
    });
    expect(seen.nodes.map(({ node }) => node)).toEqual(['s2', 'f1']);
  });
});

describe('Changes', () => {
  it('are none between two looks at the same', () => {
    expect(changesBetween(undefined, view(WELL))).toEqual([]);
    expect(changesBetween(view(WELL), view(WELL))).toEqual([]);
  });

  it('say who fell silent, who came back anew, who leads, and who lost or won a vote', () => {
    const learner = MEMBERS.map((member) => (member.node === 's2' ? { ...member, voter: false, votes: 0 } : member));
    const after = viewWith({
      'h:4560': undefined,
      'h:4599': status('s1', {
        incarnation: 3,
        groups: { events: group({ role: 'primary', epoch: '4.s1', members: learner }) },
      }),
      'h:4600': status('s2', {}),
    });
    const said = [
      's1 was restarted',
      'f1 does not answer',
      'events: s1 is primary in epoch 4.s1',
      'events: s2 has no vote',
    ];
    expect(changesBetween(view(WELL), after)).toEqual(said);
    expect(changesBetween(after, view(WELL))).toEqual([
      's1 was restarted',
      'f1 answers',
      'events: s2 is primary in epoch 3.s2',
      'events: s2 has 1 vote',
    ]);
  });
});

describe('Watching', () => {
  const servers: Server[] = [];

  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  /** Two nodes that answer what they are told to; the second one is known from the first alone. */
  async function twoNodes(): Promise<{ readonly address: string; readonly silence: () => void }> {
    const addresses: string[] = [];
    for (const node of ['s1', 's2']) {
      const server = createServer((_, response) => {
        const directory = DIRECTORY.flatMap((row) => {
          const place = ['s1', 's2'].indexOf(row.node);
          return place < 0 ? [] : [{ ...row, address: addresses[place] ?? '' }];
        });
        response.end(JSON.stringify(status(node, { directory })));
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const bound = server.address();
      if (bound === null || typeof bound === 'string') throw new Error('a port was expected');
      addresses.push(`127.0.0.1:${bound.port}`);
    }
    return {
      address: addresses[0] ?? '',
      silence() {
        servers[1]?.closeAllConnections();
        servers[1]?.close();
      },
    };
  }

  it('without a terminal draws once, from one address, and then says each change on a line', async () => {
    const { address, silence } = await twoNodes();
    const ending = new AbortController();
    let written = '';
    const output = {
      size: () => undefined,
      write(text: string) {
        written += text;
        if (written.includes('s2 does not answer')) ending.abort();
        else if (written.includes('2 of 2 answer')) silence();
      },
    };
    await watchCluster({ address, every: 10, output, signal: ending.signal });
    const lines = written.trimEnd().split('\n');
    expect(lines[0]).toContain('2 of 2 answer');
    expect(lines.at(-1)).toMatch(/^\d\d:\d\d:\d\d s2 does not answer$/);
    expect(written).not.toContain('\u001b');
  });

  it('on a terminal draws on a screen of its own, and leaves the last picture behind', async () => {
    const { address } = await twoNodes();
    const ending = new AbortController();
    let written = '';
    const output = {
      size: () => ({ columns: 60, rows: 20 }),
      write(text: string) {
        written += text;
        if (written.split('\u001b[H').length > 3) ending.abort();
      },
    };
    await watchCluster({ address, every: 10, output, signal: ending.signal });
    expect(written.startsWith('\u001b[?1049h\u001b[?25l\u001b[H')).toBe(true);
    const [, left = ''] = written.split('\u001b[?1049l');
    expect(left).toContain('2 of 2 answer');
    expect(left).not.toContain('\u001b');
  });

  it('says why not when nobody answers', async () => {
    const output = { size: () => undefined, write: () => undefined };
    const { signal } = new AbortController();
    await expect(watchCluster({ address: '127.0.0.1:1', every: 10, output, signal })).rejects.toThrow(
      'does not answer',
    );
  });
});
