import { fileURLToPath } from 'node:url';
import type { SeedFile, SeedRecord } from '../../apps/seed-file.ts';
import type { Json } from '../../protocol/model/json.ts';
import { callProcess, callSigned, type Credentials, type ProcessAnswer } from '../../security/call-process.ts';
import { callerFrom, type CredentialFlags } from '../shared/credentials.ts';
import { UsageError, UserError } from '../shared/errors.ts';
import { readText } from '../shared/read-text.ts';

/** Records written at the same time. */
const AT_ONCE = 16;

/** Pause after all front ends have failed to answer, in milliseconds. */
const AGAIN_AFTER = 200;

/** The result for the records of a seed file, in its order. */
export interface Seeded {
  /** New records. */
  readonly written: readonly string[];
  /** Records that were there before, and were left as they were. */
  readonly known: readonly string[];
  /** Those of `known` that differ from the file. */
  readonly different: readonly string[];
}

/** The target of records: any of `frontEnds` that answers (`host:port`, or URLs), of a service with this name. */
export interface SeedTarget<Row extends SeedRecord> {
  readonly seed: SeedFile<Row>;
  readonly service: string;
  readonly frontEnds: readonly string[];
  readonly flags: CredentialFlags;
}

/** The default seed file of a service. */
export function sampleOf({ sample }: Pick<SeedFile, 'sample'>): string {
  return fileURLToPath(new URL(`../../apps/${sample}`, import.meta.url));
}

/**
 * Reads the records of a seed file. Rejects with a `UsageError` that has a line `FILE:LINE: reason` for each problem.
 */
export async function readSeed<Row extends SeedRecord>(seed: SeedFile<Row>, file: string): Promise<readonly Row[]> {
  const parsed = seed.parse(await readText(file));
  if (parsed.type === 'parsed') return parsed.rows;
  throw new UsageError(parsed.problems.map(({ line, reason }) => `${file}:${line}: ${reason}`).join('\n'));
}

/**
 * Writes the records that are not there yet. Existing ones stay as they are, so a repetition changes nothing, even
 * after an interruption. Rejects with a `UserError` when records are not written within so many milliseconds, or are
 * refused; when `cancelled`, at once.
 */
export async function writeSeed<Row extends SeedRecord>(
  target: SeedTarget<Row>,
  rows: readonly Row[],
  within: number,
  cancelled: () => boolean = () => false,
): Promise<Seeded> {
  const { seed, frontEnds, flags } = target;
  const credentials = await callerFrom(flags);
  const until = performance.now() + within;
  let before: ReadonlyMap<string, Json> | undefined;
  let failure = 'there is no front end to ask';
  for (;;) {
    for (const address of frontEnds) {
      try {
        const there = await presentAt(address, target, credentials);
        before ??= there;
        const missing = rows.filter(({ name }) => !there.has(name));
        for (let place = 0; place < missing.length; place += AT_ONCE) {
          await Promise.all(
            missing.slice(place, place + AT_ONCE).map((row) => write(address, row, target, credentials)),
          );
        }
        return seeded(seed, rows, before);
      } catch (error) {
        if (error instanceof UserError) throw error;
        failure = error instanceof Error ? error.message : String(error);
      }
    }
    if (performance.now() >= until || cancelled()) {
      throw new UserError(`not all ${seed.words.many} are ${seed.words.written}: ${failure}`);
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER));
  }
}

/** The result in a line or two for people. */
export function showSeeded(
  { words }: Pick<SeedFile, 'words'>,
  { written, known, different }: Seeded,
  file: string,
): string {
  const before = known.length === 0 ? '' : `, ${known.length} were ${words.written} already`;
  const others = different.map((name) => `${name} ${words.differs}\n`);
  const what = written.length === 1 ? words.one : words.many;
  return `${file}: ${written.length} ${what} ${words.written}${before}\n${others.join('')}`;
}

/** The existing records, by name. */
async function presentAt<Row extends SeedRecord>(
  address: string,
  { seed, service }: SeedTarget<Row>,
  credentials: Credentials,
): Promise<ReadonlyMap<string, Json>> {
  const answer = await callProcess(address, { method: 'GET', path: seed.path }, credentials);
  const present = answer.status === 200 ? seed.present(JSON.parse(answer.body)) : undefined;
  if (present !== undefined) return present;
  if (answer.status >= 500) throw new Error(reasonOf(seed, answer));
  throw new UserError(`${address} is no front end of a ${service}: GET ${seed.path} is ${answer.status}`);
}

/** Writes a record, unless another request has done so meanwhile. Rejects with a `UserError` where it is refused. */
async function write<Row extends SeedRecord>(
  address: string,
  row: Row,
  target: SeedTarget<Row>,
  credentials: Credentials,
): Promise<void> {
  const { seed } = target;
  const answer = await callSigned(address, { method: 'POST', path: seed.path, body: seed.bodyOf(row) }, credentials);
  if (answer.status === 200) return;
  if (answer.status >= 500) throw new Error(reasonOf(seed, answer));
  if (answer.status === 400 && (await presentAt(address, target, credentials)).has(row.name)) return;
  throw new UserError(`${row.name} is not ${seed.words.written}: ${reasonOf(seed, answer)}`);
}

function seeded<Row extends SeedRecord>(
  seed: SeedFile<Row>,
  rows: readonly Row[],
  before: ReadonlyMap<string, Json>,
): Seeded {
  const known = rows.filter(({ name }) => before.has(name));
  return {
    written: namesOf(rows.filter(({ name }) => !before.has(name))),
    known: namesOf(known),
    different: namesOf(known.filter((row) => before.get(row.name) !== seed.valueOf(row))),
  };
}

function namesOf(rows: readonly SeedRecord[]): readonly string[] {
  return rows.map(({ name }) => name);
}

function reasonOf<Row extends SeedRecord>(seed: SeedFile<Row>, { status, body }: ProcessAnswer): string {
  try {
    const reason = seed.reasonIn(JSON.parse(body));
    if (reason !== undefined) return reason;
  } catch {
    // Not JSON: a page of another server.
  }
  return `status ${status}`;
}
