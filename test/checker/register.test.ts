import { describe, expect, test } from 'vitest';
import { firstIllegal, showIllegal } from '../../src/checker/index.ts';
import { checked, history } from '../support/checker/history-script.ts';

function verdict(...lines: readonly string[]): string {
  return checked('register', history(...lines)).verdict;
}

describe('a register', () => {
  test('that nobody has used is linearizable', () => {
    expect(verdict()).toBe('ok');
  });

  test('is null until somebody writes', () => {
    expect(verdict('0 invoke read', '0 ok read null')).toBe('ok');
    expect(verdict('0 invoke read', '0 ok read 1')).toBe('illegal');
  });

  test('that forgets an acknowledged write is not linearizable', () => {
    expect(verdict('0 invoke write 1', '0 ok write 1', '1 invoke read', '1 ok read null')).toBe('illegal');
  });

  test('may show a write while it is under way, and not unsee it', () => {
    const seen = ['0 invoke write 1', '1 invoke read', '1 ok read 1'];
    expect(verdict(...seen, '2 invoke read', '2 ok read 1', '0 ok write')).toBe('ok');
    expect(verdict(...seen, '2 invoke read', '2 ok read null', '0 ok write')).toBe('illegal');
  });

  test('takes the real-time order from the lines, whatever the times say', () => {
    expect(
      verdict('0 invoke write 1', '0 ok write', '0 invoke write 2', '0 ok write', '1 invoke read', '1 ok read 1'),
    ).toBe('illegal');
  });

  test('compares values by structure', () => {
    expect(
      verdict('0 invoke write {"a":[1,{}],"b":2}', '0 ok write', '0 invoke read', '0 ok read {"b":2.0,"a":[1,{}]}'),
    ).toBe('ok');
    expect(verdict('0 invoke write 1', '0 ok write', '0 invoke read', '0 ok read "1"')).toBe('illegal');
  });
});

describe('a cas', () => {
  const three = ['0 invoke write 3', '0 ok write 3'];

  test('that succeeds has found what it expected', () => {
    expect(verdict(...three, '0 invoke cas [3,4]', '0 ok cas', '0 invoke read', '0 ok read 4')).toBe('ok');
    expect(verdict(...three, '0 invoke cas [2,4]', '0 ok cas')).toBe('illegal');
  });

  test('that fails has found something else', () => {
    expect(verdict(...three, '0 invoke cas [2,4]', '0 fail cas', '0 invoke read', '0 ok read 3')).toBe('ok');
    expect(verdict(...three, '0 invoke cas [3,4]', '0 fail cas')).toBe('illegal');
  });

  test('without an outcome takes effect at some time or never', () => {
    const lost = [...three, '1 invoke cas [3,4]', '1 info cas'];
    expect(verdict(...lost, '0 invoke read', '0 ok read 3', '0 invoke read', '0 ok read 4')).toBe('ok');
    expect(verdict(...lost, '0 invoke read', '0 ok read 4', '0 invoke read', '0 ok read 3')).toBe('illegal');
    expect(verdict(...lost, '0 invoke write 5', '0 ok write', '0 invoke read', '0 ok read 4')).toBe('illegal');
  });
});

describe('an operation without an outcome', () => {
  test('takes effect once, however late', () => {
    const lost = ['0 invoke write 1', '0 info write', '1 invoke write 2', '1 ok write', '1 invoke read', '1 ok read 1'];
    expect(verdict(...lost)).toBe('ok');
    expect(verdict(...lost, '1 invoke write 3', '1 ok write', '1 invoke read', '1 ok read 1')).toBe('illegal');
  });

  test('that fails has no effect, and a read that fails says nothing', () => {
    expect(verdict('0 invoke write 1', '0 fail write', '0 invoke read', '0 ok read 1')).toBe('illegal');
    expect(verdict('0 invoke read', '0 fail read', '1 invoke read', '1 info read')).toBe('ok');
  });

  test('leaves its process free to go on', () => {
    expect(
      verdict('0 invoke write 1', '0 info write', '0 invoke read', '0 ok read null', '0 invoke read', '0 ok read 1'),
    ).toBe('ok');
  });

  test('and without any return is as unknown', () => {
    expect(verdict('0 invoke write 1', '1 invoke read', '1 ok read 1', '1 invoke read', '1 ok read 1')).toBe('ok');
  });
});

describe('the shortest illegal beginning', () => {
  test('ends with the return that nothing explains, and names what was under way', () => {
    const told = history(
      '0 invoke write 1',
      '0 ok write',
      '1 invoke write 2',
      '2 invoke read',
      '2 ok read 3',
      '1 ok write',
      '0 invoke read',
      '0 ok read 4',
    );
    const result = checked('register', told);
    const found = firstIllegal(result.parts)?.illegal;
    expect(found).toMatchObject({ at: 4, isShortest: true, operation: { process: '2', f: 'read' } });
    expect(found?.concurrent.map(({ process }) => process)).toEqual(['1']);
    expect(showIllegal(told, result.parts)).toBe(
      [
        '  no order explains the history up to line 5; up to the event before one does',
        '  cannot be placed: process 2: read → 3 (line 4 to line 5)',
        '  meanwhile:',
        '    process 1: write 2 (line 3 to line 6)',
        '  all that returned before is explained, for instance, by this (operation ⇒ state after it):',
        '    write 1 ⇒ 1',
      ].join('\n'),
    );
  });

  test('says of a write of unknown outcome that it is used up', () => {
    const told = history(
      '0 invoke write 3',
      '0 info write',
      '1 invoke read',
      '1 ok read 3',
      '2 invoke write 4',
      '2 ok write',
      '1 invoke read',
      '1 ok read 3',
    );
    expect(showIllegal(told, checked('register', told).parts)).toContain(
      '    process 0: write 3, outcome unknown (from line 1 on), used in the order below',
    );
  });

  test('does not use what it cannot know yet: a cas under way explains a read until it fails', () => {
    const result = checked(
      'register',
      history('0 invoke write 1', '0 ok write', '1 invoke cas [1,2]', '2 invoke read', '2 ok read 2', '1 fail cas'),
    );
    expect(firstIllegal(result.parts)?.illegal).toMatchObject({ at: 5, operation: { f: 'read' } });
  });
});

describe('a budget', () => {
  test('that does not suffice leaves the history undecided, never linearizable', () => {
    const told = history(
      '0 invoke write 1',
      '1 invoke write 2',
      '0 ok write',
      '1 ok write',
      '0 invoke read',
      '0 ok read 1',
    );
    expect(checked('register', told).verdict).toBe('ok');
    expect(checked('register', told, 0).verdict).toBe('undecided');
  });
});
