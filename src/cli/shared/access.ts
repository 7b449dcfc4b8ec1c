import { type Command, InvalidArgumentError } from 'commander';
import type { Access } from '../../transport-http/clients/access.ts';
import { wholeNumber } from './numbers.ts';

/** Connections of a process (`CONNECTION_LIMITS`), which a command line is read without. */
const PER_ADDRESS_AT_MOST = 4_096;

export interface AccessFlags {
  readonly allowHost?: readonly string[];
  readonly allowOrigin?: readonly string[];
  readonly connectionsPerAddress?: number;
  readonly probePort?: number;
}

/** Options of a node: who may call it over HTTP, and where. */
export function takesAccess(command: Command): Command {
  return command
    .option(
      '--allow-host <names>',
      'names by which clients and proxies reach it: a.example,.b.example; * for any',
      hosts,
    )
    .option('--allow-origin <origins>', 'pages that may call it: https://a.example; * for any (default: none)', origins)
    .option(
      '--connections-per-address <count>',
      'connections of one address at a time (default: 1024)',
      wholeNumber(1, PER_ADDRESS_AT_MOST),
    )
    .option('--probe-port <port>', 'answer /healthz and /readyz on a port of their own, too', wholeNumber(1, 65_535));
}

export function accessFrom({ allowHost, allowOrigin, connectionsPerAddress, probePort }: AccessFlags): Access {
  return { allowHosts: allowHost, allowOrigins: allowOrigin, connectionsPerAddress, probePort };
}

function hosts(text: string): readonly string[] {
  const names = partsOf(text);
  const wrong = names.find((name) => name !== '*' && !/^\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(name));
  if (wrong !== undefined || names.length === 0)
    throw new InvalidArgumentError(`names without ports are expected, such as shop.example or .shop.example.`);
  return names;
}

function origins(text: string): readonly string[] {
  const named = partsOf(text);
  const wrong = named.find((origin) => origin !== '*' && (!URL.canParse(origin) || new URL(origin).origin !== origin));
  if (wrong !== undefined || named.length === 0)
    throw new InvalidArgumentError('origins are expected, such as https://shop.example, without a path.');
  return named;
}

function partsOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
