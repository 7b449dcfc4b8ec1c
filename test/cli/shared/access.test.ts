import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { type AccessFlags, accessFrom, takesAccess } from '../../../src/cli/shared/access.ts';

function parsed(...flags: readonly string[]): ReturnType<typeof accessFrom> {
  const command = takesAccess(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return accessFrom(command.parse(flags, { from: 'user' }).opts<AccessFlags>());
}

describe('The options for who may call a node', () => {
  it('are lists of hosts and origins, and a number', () => {
    expect(parsed('--allow-host', 'a.example, .b.example', '--allow-origin', 'https://c.example:8443,*')).toEqual({
      allowHosts: ['a.example', '.b.example'],
      allowOrigins: ['https://c.example:8443', '*'],
      connectionsPerAddress: undefined,
    });
    expect(parsed('--connections-per-address', '4096').connectionsPerAddress).toBe(4_096);
  });

  it.each([
    ['--allow-host', 'a.example:80'],
    ['--allow-host', 'https://a.example'],
    ['--allow-host', ','],
    ['--allow-origin', 'a.example'],
    ['--allow-origin', 'https://a.example/'],
    ['--connections-per-address', '0'],
  ])('refuse %s %s', (flag, value) => {
    expect(() => parsed(flag, value)).toThrow(/expected/);
  });
});
