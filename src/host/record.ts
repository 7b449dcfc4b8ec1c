import type { Decoded } from '../protocol/model/app.ts';
import type { Moment } from '../protocol/model/effects.ts';
import { decode, isObject, jsonWithin, parseJson } from '../protocol/wire/decode.ts';
import { pack, unpack } from '../protocol/wire/pack.ts';
import type { HostInput } from './host-io.ts';
import type { HostPlan } from './host.ts';

/*
 * The record of one incarnation of a process: a header, then a line per step. The same code can repeat it, because a
 * step depends only on the host, its input and the moment.
 */

/** The version of the format; another one is refused. Raised as well where a digest of the same state changes. */
const RECORD_VERSION = 3;

/** The plan of the process. The service is named only: it is code. */
export interface RecordHeader {
  readonly service: string;
  readonly incarnation: number;
  /** Of the package and of Node.js: other versions may behave differently. */
  readonly versions: Readonly<Record<string, string>>;
  readonly plan: RecordedPlan;
}

export type RecordedPlan = Omit<HostPlan, 'service' | 'planted'>;

export function recordedPlan({ topology, self, settings }: HostPlan): RecordedPlan {
  return { topology, self, settings };
}

/** One step: input, moment, and digests of the results. */
export interface RecordedStep {
  /** From 1, without a gap. */
  readonly number: number;
  readonly now: Moment;
  readonly input: HostInput;
  /** See `actionsDigest`. Null when the step threw: then it is the last one. */
  readonly actions: number | null;
  /** See `hostDigest`; only every so many steps. */
  readonly state: number | undefined;
}

/** The longest line that is read, in UTF-16 units. */
const LINE_AT_MOST = 512 * 1024 * 1024;

/** A recovered snapshot nests commands in packed collections, each three levels deep. */
const packedInput = jsonWithin(2_000);

export function encodeHeader(header: RecordHeader): string {
  return JSON.stringify({ understudy: 'record', version: RECORD_VERSION, ...header });
}

export function encodeStep({ number, now, input, actions, state }: RecordedStep): string {
  const isPacked = holdsCollections(input);
  const head = `[${number},${now.millis},${now.wall},${now.chance},${actions ?? 'null'},${state ?? 'null'},${isPacked}`;
  return `${head},${JSON.stringify(isPacked ? pack(input) : input)}]`;
}

/** The header in the first line of a record, or why it is none. */
export function decodeHeader(text: string): Decoded<RecordHeader> {
  const parsed = parseJson(text, LINE_AT_MOST);
  if (parsed.type === 'rejected') return parsed;
  const { value } = parsed;
  if (!isObject(value) || value['understudy'] !== 'record') return rejected('not the record of a process');
  if (value['version'] !== RECORD_VERSION) {
    return rejected(`a record of format ${String(value['version'])}; this version reads format ${RECORD_VERSION}`);
  }
  if (!isHeader(value)) return rejected('a header without service, incarnation or plan');
  return { type: 'decoded', value };
}

/** The step in a line of a record, or why it is none. The input itself is not checked: its writer had decoded it. */
export function decodeStep(text: string): Decoded<RecordedStep> {
  const parsed = parseJson(text, LINE_AT_MOST);
  if (parsed.type === 'rejected') return parsed;
  const line = parsed.value;
  if (!isList(line) || line.length !== 8) return rejected('a step is a list of eight');
  const [number, millis, wall, chance, actions, state, isPacked, written] = line;
  if (!isNumber(number) || !isNumber(millis) || !isNumber(wall) || !isNumber(chance)) return rejected(NO_HEAD);
  if (!isDigest(actions) || !isDigest(state) || typeof isPacked !== 'boolean') return rejected(NO_HEAD);
  const input = isPacked ? unpacked(written) : written;
  if (!isInput(input)) return rejected('a step without an input');
  const now = { millis, wall, chance };
  return { type: 'decoded', value: { number, now, input, actions, state: state ?? undefined } };
}

const NO_HEAD = 'a step begins with its number, its moment and its digests';

/** Snapshots hold persistent values, which JSON does not represent. */
function holdsCollections(input: HostInput): boolean {
  return input.type === 'recovered' || (input.type === 'envelope' && input.envelope.message.type === 'install');
}

function unpacked(input: unknown): unknown {
  const json = decode(packedInput, input, 'input');
  return json.type === 'decoded' ? unpack(json.value) : undefined;
}

function isHeader(value: {
  readonly [key: string]: unknown;
}): value is { readonly [key: string]: unknown } & RecordHeader {
  const { plan, service, incarnation } = value;
  if (typeof service !== 'string' || !isNumber(incarnation) || !isObject(plan)) return false;
  return isObject(plan['topology']) && isObject(plan['settings']) && isObject(plan['self']);
}

function isInput(value: unknown): value is HostInput {
  return isObject(value) && typeof value['type'] === 'string';
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function isDigest(value: unknown): value is number | null {
  return value === null || typeof value === 'number';
}

function rejected(reason: string): { readonly type: 'rejected'; readonly reason: string } {
  return { type: 'rejected', reason };
}
