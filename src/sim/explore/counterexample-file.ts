import * as z from 'zod';
import type { Decoded } from '../../protocol/model/app.ts';
import { decodeEnvelope, encodeEnvelope } from '../../protocol/wire/codec.ts';
import { firstReason } from '../../service/schemas.ts';
import type { CounterexampleStep } from './counterexample.ts';
import type { Violation } from './explore.ts';
import type { LocalEvent } from './local.ts';

/** A violation in a file: the steps that `understudy sim explore MODEL --replay FILE` takes again. */
export interface CounterexampleFile {
  readonly model: string;
  readonly planted: readonly string[];
  readonly violation: Violation;
}

const count = z.int().min(0);

const build = z.object({ oldest: count, newest: count });

const event = z.discriminatedUnion('type', [
  /** As on the wire. */
  z.object({ type: z.literal('deliver'), envelope: z.unknown() }),
  z.object({ type: z.literal('wake') }),
  z.object({ type: z.literal('written'), group: z.string() }),
  z.object({ type: z.literal('saved'), group: z.string() }),
  z.object({ type: z.literal('reboot'), kept: count, savedToo: z.boolean(), build: build.optional() }),
  z.object({ type: z.literal('lose-record'), group: z.string() }),
  z.object({ type: z.literal('hint'), nodeId: z.string() }),
  z.object({ type: z.literal('nudge'), group: z.string(), from: z.string() }),
]);

const step = z.object({
  node: z.string(),
  ticks: count,
  event,
  repeated: z.boolean(),
  choice: count,
  words: z.string(),
});

const file = z.object({
  model: z.string(),
  planted: z.array(z.string()),
  judge: z.string(),
  reason: z.string(),
  /** The message filter, under the name that it has in files. */
  carriage: z.enum(['full', 'lean']),
  steps: z.array(step),
});

export function encodeCounterexample({ model, planted, violation }: CounterexampleFile): string {
  const { judge, reason, messageFilter } = violation;
  const steps = violation.steps.map((told) => ({ ...told, event: encodeEvent(told.event) }));
  return `${JSON.stringify({ model, planted, judge, reason, carriage: messageFilter, steps }, undefined, 1)}\n`;
}

/** Reads what `encodeCounterexample` made; a reason otherwise. */
export function decodeCounterexample(value: unknown): Decoded<CounterexampleFile> {
  const parsed = file.safeParse(value);
  if (!parsed.success) return { type: 'rejected', reason: firstReason(parsed.error, 'story') };
  const { model, planted, judge, reason, carriage: messageFilter } = parsed.data;
  const steps: CounterexampleStep[] = [];
  for (const [place, told] of parsed.data.steps.entries()) {
    const decoded = decodeEvent(told.event);
    if (decoded.type === 'rejected') return { type: 'rejected', reason: `steps[${place}]: ${decoded.reason}` };
    steps.push({ ...told, event: decoded.value });
  }
  return { type: 'decoded', value: { model, planted, violation: { judge, reason, messageFilter, steps } } };
}

function encodeEvent(told: LocalEvent): unknown {
  if (told.type !== 'deliver') return told;
  const envelope: unknown = JSON.parse(encodeEnvelope(told.envelope));
  return { type: told.type, envelope };
}

function decodeEvent(told: z.output<typeof event>): Decoded<LocalEvent> {
  if (told.type !== 'deliver') return { type: 'decoded', value: told };
  const decoded = decodeEnvelope(JSON.stringify(told.envelope));
  if (decoded.type === 'rejected') return decoded;
  return { type: 'decoded', value: { type: 'deliver', envelope: decoded.value } };
}
