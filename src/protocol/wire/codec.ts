import type { Decoded } from '../model/app.ts';
import type { DiskOperation } from '../model/effects.ts';
import type { Snapshot } from '../model/machine.ts';
import type { Envelope, Reply } from '../model/messages.ts';
import { NESTING_AT_MOST } from '../model/json.ts';
import { arrayOf, asOf, decode, isObject, jsonWithin, parseJson, type Shape } from './decode.ts';
import { createEntryTexts } from './entry-texts.ts';
import { createOutcomeTexts } from './outcome-texts.ts';
import { pack, unpack, withVersion } from './pack.ts';
import * as shapes from './shapes.ts';
import { SPOKEN } from './spoken.ts';

/** The longest text that is decoded, in characters. */
export const TEXT_AT_MOST = 256 * 1024 * 1024;

/*
 * JSON of messages and stored values. Undefined fields are left out, and absent after decoding. Decoding never throws:
 * it returns a value with every field of the right type and no other field, or the path to the first fault and its
 * reason.
 */

/** The text for a peer that speaks `version` of the wire. */
export function encodeEnvelope(given: Envelope, version = SPOKEN.to): string {
  const envelope = version < SPOKEN.to ? asOf(version, shapes.envelope, given) : given;
  const { from, to, message } = envelope;
  if (message.type === 'append') {
    return `{"from":${JSON.stringify(from)},"to":${JSON.stringify(to)},"message":${encodeAppend(message)}}`;
  }
  if (message.type === 'replies') {
    return `{"from":${JSON.stringify(from)},"to":${JSON.stringify(to)},"message":${encodeReplies(message)}}`;
  }
  return JSON.stringify(
    message.type === 'install' ? { from, to, message: { ...message, snapshot: packed(message.snapshot) } } : envelope,
  );
}

export function decodeEnvelope(text: string): Decoded<Envelope> {
  return read(text, shapes.envelope, 'envelope', unpackedEnvelope);
}

/** Several envelopes in one frame, in order. */
export function encodeEnvelopes(envelopes: readonly Envelope[]): string {
  return joinEnvelopes(envelopes.map((one) => encodeEnvelope(one)));
}

/** A frame of envelopes already encoded. */
export function joinEnvelopes(encoded: readonly string[]): string {
  return `[${encoded.join(',')}]`;
}

export function decodeEnvelopes(text: string): Decoded<readonly Envelope[]> {
  return read(text, envelopes, 'envelopes', (value) => (Array.isArray(value) ? value.map(unpackedEnvelope) : value));
}

export function encodeSnapshot(snapshot: Snapshot): string {
  return JSON.stringify(packed(snapshot));
}

export function decodeSnapshot(text: string): Decoded<Snapshot> {
  return read(text, shapes.snapshot, 'snapshot', unpacked);
}

/** Checks a snapshot whose packing has been undone, as when it was read in slices. */
export function checkSnapshot(value: unknown): Decoded<Snapshot> {
  return decode(shapes.snapshot, value, 'snapshot');
}

export function encodeOperation(operation: DiskOperation): string {
  if (operation.type === 'append') {
    const wall = operation.wall === undefined ? '' : `,"wall":${operation.wall}`;
    return `{"type":"append","entries":[${operation.entries.map(encodeEntry).join(',')}]${wall}}`;
  }
  return JSON.stringify(
    operation.type === 'install' ? { ...operation, snapshot: packed(operation.snapshot) } : operation,
  );
}

export function decodeOperation(text: string): Decoded<DiskOperation> {
  return read(text, shapes.operation, 'operation', unpackedInstall);
}

const encodeEntry = createEntryTexts();

/** The same text as JSON.stringify: fields in the order in which they are made. */
function encodeAppend({ epoch, previousIndex, previousHash, entries, commit }: Append): string {
  const place = `"previousIndex":${previousIndex},"previousHash":${previousHash}`;
  const list = entries.map(encodeEntry).join(',');
  return `{"type":"append","epoch":${JSON.stringify(epoch)},${place},"entries":[${list}],"commit":${commit}}`;
}

const encodeOutcome = createOutcomeTexts();

/** The same text as JSON.stringify, in which equal outcomes are written once. */
function encodeReplies({ epoch, primary, historyId, time, version, items }: Replies): string {
  const from = primary === undefined ? '' : `"primary":${JSON.stringify(primary)},`;
  const head = `"type":"replies","epoch":${JSON.stringify(epoch)},${from}"historyId":${JSON.stringify(historyId)}`;
  const when = time === undefined ? '' : `,"time":${time}`;
  const what = version === undefined ? '' : `,"version":${version}`;
  return `{${head}${when}${what},"items":[${items.map(encodeReply).join(',')}]}`;
}

function encodeReply(item: Reply): string {
  if (item.type !== 'done') return JSON.stringify(item);
  const { id, outcome, index, lamport, rests, next } = item;
  const place = `"index":${index},"lamport":${lamport},"rests":${JSON.stringify(rests)}`;
  const behind = next === undefined ? '' : `,"next":${next}`;
  return `{"type":"done","id":${JSON.stringify(id)},"outcome":${encodeOutcome(outcome)},${place}${behind}}`;
}

type Replies = Extract<Envelope['message'], { readonly type: 'replies' }>;

type Append = Extract<Envelope['message'], { readonly type: 'append' }>;

/** A machine nests commands in packed collections, each three levels deep. */
const packedMachine = jsonWithin(10 * NESTING_AT_MOST);

const envelopes = arrayOf(shapes.envelope);

function read<Value>(
  text: string,
  shape: Shape<Value>,
  name: string,
  prepare: (value: unknown) => unknown,
): Decoded<Value> {
  const parsed = parseJson(text, TEXT_AT_MOST);
  return parsed.type === 'rejected' ? parsed : decode(shape, prepare(parsed.value), name);
}

/** The machine has persistent values and is packed; base and configuration are plain. */
function packed(snapshot: Snapshot): object {
  return { ...snapshot, machine: snapshot.machine && pack(snapshot.machine) };
}

function unpacked(value: unknown): unknown {
  if (!isObject(value) || value['machine'] === undefined) return value;
  const machine = decode(packedMachine, value['machine'], '');
  // JSON nested too deep becomes null, which the shape refuses with its path.
  return machine.type === 'decoded'
    ? { ...value, machine: withVersion(unpack(machine.value)) }
    : { ...value, machine: null };
}

function unpackedInstall(value: unknown): unknown {
  if (!isObject(value) || value['type'] !== 'install') return value;
  return { ...value, snapshot: unpacked(value['snapshot']) };
}

function unpackedEnvelope(value: unknown): unknown {
  if (!isObject(value)) return value;
  const message = value['message'];
  const prepared = unpackedInstall(message);
  return prepared === message ? value : { ...value, message: prepared };
}
