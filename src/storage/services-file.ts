import { readFile } from 'node:fs/promises';
import type { ServiceEntry } from '../protocol/model/directory.ts';
import { canonicalHostPort } from '../protocol/model/host-port.ts';
import { anything, arrayOf, decode, isObject, parseJson, record, whole } from '../protocol/wire/decode.ts';
import { service } from '../protocol/wire/shapes.ts';
import { replaceFile } from './files.ts';
import { errorCode } from '../protocol/model/error-code.ts';

/**
 * The directory that a node knew last, so that it finds the others again. Nothing depends on it: lost or damaged
 * entries are learned again from any node reached.
 */
export interface ServicesFile {
  readonly known: KnownServices;
  /** Writes in the background; of several calls at once the newest wins. Never rejects. */
  replace(services: readonly ServiceEntry[]): void;
  /** Waits for the write under way. */
  close(): Promise<void>;
}

export interface KnownServices {
  readonly services: readonly ServiceEntry[];
  /** Why the file, or some of its entries, cannot be used. */
  readonly damage: string | undefined;
}

/** A file of another format counts as damaged. */
const FORMAT = 1;

interface Contents {
  readonly format: number;
  readonly services: readonly unknown[];
}

const contents = record<Contents>({ format: whole, services: arrayOf(anything) });

export async function openServicesFile(path: string): Promise<ServicesFile> {
  const known = await read(path);
  let next: readonly ServiceEntry[] | undefined;
  let writing: Promise<void> | undefined;
  return {
    known,
    replace(services) {
      next = services;
      writing ??= writeAll();
    },
    close: () => writing ?? Promise.resolve(),
  };

  async function writeAll(): Promise<void> {
    while (next !== undefined) {
      const services = next;
      next = undefined;
      // A failing disk ends the process through the log's own writes.
      await writeServices(path, services).catch(() => undefined);
    }
    writing = undefined;
  }
}

/** Replaces the file atomically. */
export async function writeServices(path: string, services: readonly ServiceEntry[]): Promise<void> {
  await replaceFile(path, JSON.stringify({ format: FORMAT, services }));
}

async function read(path: string): Promise<KnownServices> {
  let found: string;
  try {
    found = await readFile(path, 'utf8');
  } catch (error) {
    const isNew = errorCode(error) === 'ENOENT';
    return { services: [], damage: isNew ? undefined : `${path} cannot be read: ${String(error)}` };
  }
  const parsed = parseJson(found, 10_000_000);
  if (parsed.type === 'rejected') return { services: [], damage: `${path} is damaged: ${parsed.reason}` };
  const format = isObject(parsed.value) ? parsed.value['format'] : undefined;
  if (typeof format === 'number' && format !== FORMAT) return { services: [], damage: `${path} has format ${format}` };
  const decoded = decode(contents, parsed.value, '');
  if (decoded.type === 'rejected') return { services: [], damage: `${path} is damaged: ${decoded.reason}` };
  return usable(path, decoded.value.services);
}

/** The entries that can be used. One that cannot, such as an address that cannot be dialled, is left out alone. */
function usable(path: string, entries: readonly unknown[]): KnownServices {
  const services: ServiceEntry[] = [];
  let damage: string | undefined;
  for (const [place, entry] of entries.entries()) {
    const decoded = decode(service, withOneAddress(entry), `services[${place}]`);
    if (decoded.type === 'decoded') services.push(decoded.value);
    else damage ??= `${path} has an entry that cannot be used: ${decoded.reason}`;
  }
  return { services, damage };
}

/** Earlier versions wrote addresses as they were given. */
function withOneAddress(entry: unknown): unknown {
  if (!isObject(entry) || typeof entry['address'] !== 'string') return entry;
  return { ...entry, address: canonicalHostPort(entry['address']) ?? entry['address'] };
}
