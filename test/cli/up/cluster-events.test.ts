import { describe, expect, it } from 'vitest';
import type { NodeStatus } from '../../../src/cli/status/fetch-status.ts';
import { clusterEvents, type KnownCluster, knownCluster, type Look } from '../../../src/cli/up/cluster-events.ts';
import { progressLine } from '../../../src/cli/up/progress-line.ts';
import { showReadiness } from '../../../src/cli/up/readiness.ts';

const GROUPS = ['events', 'users'];

/** What a data server says: the groups it leads, and whom it follows in the others. */
function says(node: string, pid: number, leads: readonly string[], epoch = '1.s1', follows = 's1'): NodeStatus {
  const group = (name: string): NodeStatus['groups'][string] => {
    const leading = leads.includes(name);
    const role = leading ? 'primary' : 'secondary';
    const figures = { last: 1, commit: 1, applied: 1, members: [] };
    return { role, voter: true, epoch, primary: leading ? node : follows, ...figures };
  };
  return {
    node,
    kind: 'server',
    clusterId: 'c',
    historyId: 'c',
    pid,
    incarnation: 1,
    uptimeMillis: 1,
    groups: Object.fromEntries(GROUPS.map((name) => [name, group(name)])),
    frontEnd: null,
    links: {},
    directory: [],
  };
}

function look(statuses: Look['statuses'], ...ended: number[]): Look {
  return { statuses, ended: new Set(ended) };
}

const s1 = says('s1', 11, GROUPS);
const s2 = says('s2', 12, []);
const well = look({ s1, s2 });

/** The lines of each look after the cluster was seen `well`. */
function told(...looks: readonly Look[]): readonly (readonly string[])[] {
  let known: KnownCluster = knownCluster(GROUPS, well);
  return looks.map((one) => {
    const events = clusterEvents(known, GROUPS, one);
    known = events.known;
    return events.lines;
  });
}

describe('What up tells of a cluster', () => {
  it('is nothing as long as nothing happens.', () => {
    expect(told(well, well)).toEqual([[], []]);
  });

  it('is one line for all groups that a new primary leads, with its pid.', () => {
    const taken = look({ s1: undefined, s2: says('s2', 12, GROUPS, '2.s2') }, 11);
    expect(told(taken, taken)).toEqual([['s2 (pid 12) is the new primary of events and users'], []]);
  });

  it('names each group where they differ, and who leads again in another epoch.', () => {
    const split = look({ s1: says('s1', 11, ['events'], '2.s1'), s2: says('s2', 12, ['users'], '2.s2') });
    expect(told(split)).toEqual([
      ['s1 (pid 11) is primary again of events', 's2 (pid 12) is the new primary of users'],
    ]);
  });

  it('is that there is no primary only when two looks in a row have found none.', () => {
    const none = look({ s1: says('s1', 11, []), s2 });
    expect(told(none, none, none, well)).toEqual([
      [],
      ['there is no primary of events and users'],
      [],
      ['s1 (pid 11) is primary again of events and users'],
    ]);
  });

  it('is that a node does not answer and answers again, unless its end was told.', () => {
    const silent = look({ s1, s2: undefined });
    expect(told(silent, well)).toEqual([[], []]);
    expect(told(silent, silent, silent, well)).toEqual([[], ['s2 does not answer'], [], ['s2 answers again']]);
    const ended = look({ s1, s2: undefined }, 12);
    expect(told(ended, ended, ended)).toEqual([[], [], []]);
  });

  it('is that a node is back, as another process, and that this one does not answer.', () => {
    const gone = look({ s1, s2: undefined }, 12);
    const back = look({ s1, s2: says('s2', 22, []) }, 12);
    expect(told(gone, back, gone, gone)).toEqual([[], ['s2 is back (pid 22)'], [], ['s2 does not answer']]);
  });

  it('takes a node that joined later for primary where the others follow it.', () => {
    const joined = look({ s1: says('s1', 11, [], '3.s4', 's4'), s2: says('s2', 12, [], '3.s4', 's4') });
    expect(told(joined)).toEqual([['s4 is the new primary of events and users']]);
  });
});

/** A line of progress on a terminal, and what was written there. */
function written(
  isTTY: boolean,
  columns: number,
): { readonly text: () => string; readonly line: ReturnType<typeof progressLine> } {
  let text = '';
  return { text: () => text, line: progressLine({ isTTY, columns, write: (more) => (text += more) }) };
}

describe('The line of progress', () => {
  it('is written once for each change, never wider than the terminal, and taken back.', () => {
    const { text, line } = written(true, 11);
    line.show('0123456789 and more');
    line.show('0123456789 and more');
    line.clear();
    line.clear();
    expect(text()).toBe('\r\u001b[2K0123456789\r\u001b[2K');
  });

  it('is nothing where there is no terminal, or where it is to be quiet.', () => {
    const { text, line } = written(false, 80);
    line.show('x');
    line.clear();
    expect(text()).toBe('');
    let more = '';
    progressLine({ isTTY: true, write: (added) => (more += added) }, true).show('x');
    expect(more).toBe('');
  });

  it('counts nodes and groups.', () => {
    expect(showReadiness({ answering: 3, nodes: 5, led: 1, groups: 2, voteless: [] })).toBe(
      '3 of 5 nodes answer, 1 of 2 groups has a primary',
    );
    expect(showReadiness({ answering: 2, nodes: 2, led: 0, groups: 1, voteless: [] })).toBe(
      '2 of 2 nodes answer, 0 of 1 group have a primary',
    );
    expect(showReadiness({ answering: 2, nodes: 2, led: 1, groups: 1, voteless: ['s2'] })).toBe(
      'waits for the votes of s2',
    );
  });
});
