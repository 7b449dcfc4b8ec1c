import type { Decoded } from '../model/app.ts';
import type { DiskOperation } from '../model/effects.ts';
import type { Snapshot } from '../model/machine.ts';
import type { Envelope } from '../model/messages.ts';
import { arrayOf, decode, isObject, jsonWithin, NESTING_AT_MOST, parseJson, type Shape } from './decode.ts';
import { createEntryTexts } from './entry-texts.ts';
import { pack, unpack } from './pack.ts';
import * as shapes from './shapes.ts';

/** The longest text that is decoded, in characters. */
export const TEXT_AT_MOST = 256 * 1024 * 1024;

/*
 * What travels and what is stored, as JSON. Fields that are undefined are left out and come back as absent. Decoding
 * never throws: whatever the text, it is a value with every field of the right type and no field besides, or the reason
 * why not, with the path to the first thing that is wrong.
 */

export function encodeEnvelope(envelope: Envelope): string {
  const { from, to, message } = envelope;
  if (message.type === 'append') {
    return `{"from":${JSON.stringify(from)},"to":${JSON.stringify(to)},"message":${encodeAppend(message)}}`;
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
  return joinEnvelopes(envelopes.map(encodeEnvelope));
}

/** A frame of envelopes that `encodeEnvelope` encoded already. */
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

/** A snapshot of which only the packing has been undone yet, as it is read in slices. */
export function checkSnapshot(value: unknown): Decoded<Snapshot> {
  return decode(shapes.snapshot, value, 'snapshot');
}

export function encodeOperation(operation: DiskOperation): string {
  if (operation.type === 'append')
    return `{"type":"append","entries":[${operation.entries.map(encodeEntry).join(',')}]}`;
  return JSON.stringify(
    operation.type === 'install' ? { type: 'install', snapshot: packed(operation.snapshot) } : operation,
  );
}

export function decodeOperation(text: string): Decoded<DiskOperation> {
  return read(text, shapes.operation, 'operation', unpackedInstall);
}

const encodeEntry = createEntryTexts();

/** As JSON has it, with its fields in the order in which they are made. */
function encodeAppend({ epoch, previousIndex, previousHash, entries, commit }: Append): string {
  const place = `"previousIndex":${previousIndex},"previousHash":${previousHash}`;
  const list = entries.map(encodeEntry).join(',');
  return `{"type":"append","epoch":${JSON.stringify(epoch)},${place},"entries":[${list}],"commit":${commit}}`;
}

type Append = Extract<Envelope['message'], { readonly type: 'append' }>;

/** A machine may hold commands as deep as any, in collections that are three levels deep each when packed. */
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

/** The machine holds persistent values and travels packed; base and configuration are plain. */
function packed(snapshot: Snapshot): object {
  return { ...snapshot, machine: snapshot.machine && pack(snapshot.machine) };
}

function unpacked(value: unknown): unknown {
  if (!isObject(value) || value['machine'] === undefined) return value;
  const machine = decode(packedMachine, value['machine'], '');
  // What is nested too deep is left as it is, for the shape to refuse: it knows the path.
  return machine.type === 'decoded' ? { ...value, machine: unpack(machine.value) } : { ...value, machine: null };
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
