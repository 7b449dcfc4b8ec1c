import { describe, expect, it } from 'vitest';
import { assignPorts } from '../../../src/cli/up/ports.ts';
import { showRows } from '../../../src/cli/up/show-cluster.ts';

const rows = [
  { node: 's1', kind: 'server', address: '127.0.0.1:4599', pid: 12, leads: ['events', 'users'] },
  { node: 'f1', kind: 'frontend', address: '127.0.0.1:4560', pid: 13, leads: [] },
] as const;

const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

describe('What up prints', () => {
  it('is a table where there is room for one', () => {
    const table = showRows(rows, 80);
    expect(table).toContain('│ s1   │ data server │ 127.0.0.1:4599 │ 12  │ events, users │');
    expect(widest(table)).toBeLessThanOrEqual(80);
  });

  it('is lines in a terminal too narrow for the table', () => {
    expect(showRows(rows, 40)).toBe(
      's1 127.0.0.1:4599\n  pid 12\n  primary of events\n  primary of users\nf1 127.0.0.1:4560\n  pid 13',
    );
  });
});

describe('Ports', () => {
  const topology = { clusterId: 'c', servers: ['s1', 's2', 's3'], frontEnds: ['f1', 'f2'], groups: ['events'] };

  it('are those of the sources unless chosen otherwise', () => {
    expect(Object.values(assignPorts(topology, undefined, undefined)).map((address) => address.split(':')[1])).toEqual([
      '4599',
      '4600',
      '4601',
      '4560',
      '4561',
    ]);
  });

  it('follow the front ends when the first one is chosen', () => {
    expect(assignPorts(topology, 7_000, { s1: '127.0.0.1:1' })).toEqual({
      f1: '127.0.0.1:7000',
      f2: '127.0.0.1:7001',
      s1: '127.0.0.1:7002',
      s2: '127.0.0.1:7003',
      s3: '127.0.0.1:7004',
    });
  });

  it('stay those of the last time when none is chosen', () => {
    const known = { s1: '127.0.0.1:1' };
    expect(assignPorts(topology, undefined, known)).toBe(known);
  });

  it('are refused where there are no more', () => {
    expect(() => assignPorts(topology, 65_533, undefined)).toThrow('5 ports from 65533 on do not exist');
  });
});
