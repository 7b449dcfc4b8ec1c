import { unreachable } from '../protocol/model/assert.ts';
import type { Json } from '../protocol/model/json.ts';
import { canonical } from './canonical.ts';
import type { History, Operation, Outcome } from './operation.ts';

/** One event: a process's call, or its completion. */
export interface HistoryEvent {
  readonly process: string;
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  /** A completion may leave it out. */
  readonly f: string | undefined;
  readonly value: Json | undefined;
  /** A completion may leave it out. */
  readonly key: Json | undefined;
}

/** A history, or the place of the wrong event and the reason. */
export type PairedEvents =
  | { readonly type: 'decoded'; readonly value: History }
  | { readonly type: 'rejected'; readonly place: number; readonly reason: string };

/**
 * Pairs every call with its process's next completion. After `info`, or without a completion, the outcome is unknown; a
 * process that goes on after its `info` begins a new operation while the old one stays open.
 */
export function historyOf(events: readonly HistoryEvent[]): PairedEvents {
  const operations: Operation[] = [];
  const under = new Map<string, Operation>();
  for (const [place, event] of events.entries()) {
    const open = under.get(event.process);
    if (event.type === 'invoke') {
      if (open !== undefined) {
        return wrong(place, `process ${event.process} calls ${name(event)} while its ${name(open)} is under way`);
      }
      const operation = called(event, operations.length, place);
      operations.push(operation);
      under.set(event.process, operation);
      continue;
    }
    if (open === undefined) return wrong(place, `process ${event.process} has nothing under way that could return`);
    if (event.f !== undefined && event.f !== open.f) {
      return wrong(place, `process ${event.process} called ${name(open)}, and ${name(event)} returns`);
    }
    if (event.key !== undefined && (open.key === undefined || canonical(event.key) !== canonical(open.key))) {
      return wrong(place, `process ${event.process} called with another key than it returns with`);
    }
    under.delete(event.process);
    const outcome = outcomeOf(event.type, event.value ?? null);
    operations[open.number] = { ...open, outcome, returnedAt: outcome.type === 'unknown' ? undefined : place };
  }
  return { type: 'decoded', value: { operations, events: events.length, lineOf: undefined } };
}

function called({ process, f, value, key }: HistoryEvent, number: number, place: number): Operation {
  return {
    number,
    process,
    f: f ?? '',
    input: value ?? null,
    key,
    outcome: { type: 'unknown' },
    calledAt: place,
    returnedAt: undefined,
  };
}

function outcomeOf(type: 'ok' | 'fail' | 'info', value: Json): Outcome {
  switch (type) {
    case 'ok':
      return { type, value };
    case 'fail':
      return { type, value };
    case 'info':
      return { type: 'unknown' };
    default:
      return unreachable(type);
  }
}

function name({ f }: { readonly f: string | undefined }): string {
  return JSON.stringify(f ?? '');
}

function wrong(place: number, reason: string): PairedEvents {
  return { type: 'rejected', place, reason };
}
