import { expect, test } from 'vitest';
import type { Envelope } from '../../../src/protocol/model/messages.ts';
import { keptOnDisk } from '../../../src/sim/judges/kept-on-disk.ts';
import { formatDisk } from '../../../src/sim/disk/disk.ts';
import { emptyLog, epoch, GROUP, machineAt, THREE } from '../../support/sim/bad-cluster.ts';

// A server says which version its snapshot is of; an operator may leave older code out on its word (PROTOCOL §11.6).

const FIRST = machineAt(emptyLog(), 0);

function says(kept: number): Envelope {
  const at = { node: 's1', unit: GROUP };
  const code = { oldest: 1, newest: 2, isMute: false, kept };
  const heard = {
    type: 'heard',
    epoch: epoch(1, 's2'),
    beat: 1,
    agreed: 0,
    diskId: 'disk of s1',
    incarnation: 1,
    code,
  };
  return { from: at, to: { ...at, node: 's2' }, message: { ...heard, type: 'heard' } };
}

function verdict(kept: number, onDisk: number): string | undefined {
  const disk = formatDisk();
  disk.snapshot = { base: FIRST.at, configuration: THREE, machine: { ...FIRST, version: onDisk } };
  const record = { group: () => ({ machineAt: () => FIRST }) };
  return keptOnDisk({ diskOf: () => disk, record }).sent?.(says(kept));
}

test('The version of the snapshot that its disk has is kept, or an earlier one.', () => {
  expect(verdict(1, 1)).toBeUndefined();
  expect(verdict(1, 2)).toBeUndefined();
});

test('A later one is not: the code of the version on its disk is needed after a crash.', () => {
  expect(verdict(2, 1)).toBe('sums at s1 says that its snapshot is of version 2, and the one on its disk is of 1');
});
