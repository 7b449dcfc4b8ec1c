import { type Decoded, failed, type Outcome, type Step } from './app.ts';
import { EndsNode } from './assert.ts';
import { hashText } from './hash.ts';
import type { Json } from './json.ts';
import { faultOfJson, faultOfState } from './json-fault.ts';

/*
 * The boundary around the code of a service (PROTOCOL §7.9). What it throws, or makes that is no JSON, is the failure of
 * one command or one request.
 */

/** A failure, for the log. `thrown` has the stack; its words may differ between versions of Node.js. */
export interface Failure {
  readonly errorId: string;
  readonly index: number;
  readonly command: Json;
  readonly thrown: Error;
}

export type Contained<Value> =
  { readonly type: 'returned'; readonly value: Value } | { readonly type: 'threw'; readonly thrown: Error };

/** Runs code of a service; what it throws is a value. */
export function contained<Value>(run: () => Value): Contained<Value> {
  try {
    return { type: 'returned', value: run() };
  } catch (thrown) {
    if (thrown instanceof EndsNode) throw thrown;
    return { type: 'threw', thrown: errorOf(thrown) };
  }
}

/** A decoder that throws has decoded nothing. */
export function containedDecode<Value>(run: () => Decoded<Value>): Decoded<Value> {
  const decoded = contained(run);
  if (decoded.type === 'returned') return decoded.value;
  return { type: 'rejected', reason: `its schema failed: ${decoded.thrown.message}` };
}

/** The outcome of a query that failed in the state at `index`: the same at every replica. */
export function failedQuery(group: string, index: number, query: Json): Extract<Outcome, { readonly type: 'failed' }> {
  return failed(`${group}-${index}-${hashText(JSON.stringify(query)).toString(36)}`);
}

/**
 * Carries out a step of a command on the state `before`, with the same result on every replica. A failure leaves that
 * state, and its error id is made of the group and the index of the entry.
 *
 * Where it is the stack or the memory of this process that ends, other replicas may go on: that ends the node.
 */
export function containedStep(
  group: string,
  index: number,
  command: Json,
  before: unknown,
  run: () => Step<unknown>,
): { readonly step: Step<unknown>; readonly failure: Failure | undefined } {
  const done = contained(run);
  if (done.type === 'threw' && isOfThisProcess(done.thrown)) {
    throw new EndsNode(
      `${group}: ${kindOf(command)}, entry ${index}: ${done.thrown.message}. Other servers may have room for it, so it gets no ` +
        'outcome here: start this one with more (node --stack-size, --max-old-space-size), or a service that needs less',
    );
  }
  const fault = done.type === 'returned' ? faultOf(done.value, before) : undefined;
  if (done.type === 'returned' && fault === undefined) return { step: done.value, failure: undefined };
  const thrown = done.type === 'threw' ? done.thrown : pathError(`${group}: after ${kindOf(command)}, ${fault}`);
  const errorId = `${group}-${index}`;
  return { step: { state: before, outcome: failed(errorId) }, failure: { errorId, index, command, thrown } };
}

/** An error that was thrown nowhere: its path tells, and its stack is this boundary's own. */
function pathError(message: string): Error {
  const error = new Error(message);
  error.stack = message;
  return error;
}

/** What is wrong with a step that a service returned, if anything is. */
function faultOf(step: unknown, before: unknown): string | undefined {
  if (!isFields(step)) return 'it returned no step';
  if (step['then'] !== undefined) return 'it returned a promise';
  const said = faultOfSaid(step);
  if (said !== undefined) return said;
  const state = faultOfState(step['state'], before);
  return state === undefined ? undefined : `state${state}`;
}

function faultOfSaid({ outcome, call }: Fields): string | undefined {
  if (outcome === undefined) {
    if (!isFields(call) || typeof call['group'] !== 'string') return 'it returned no outcome and no call';
    return faultIn('call.command', call['command']);
  }
  if (!isFields(outcome)) return 'its outcome is none';
  const { type, value, reason, errorId } = outcome;
  if (type === 'accepted') return faultIn('outcome.value', value);
  if (typeof reason !== 'string') return 'outcome.reason is no text';
  return type === 'refused' || (type === 'failed' && typeof errorId === 'string') ? undefined : 'its outcome is none';
}

/** A longer value is refused for its length. */
function faultIn(name: string, value: unknown): string | undefined {
  const fault = faultOfJson(value, OUTCOME_AT_MOST);
  return fault === undefined ? undefined : `${name}${fault}`;
}

/** Bytes, as JSON, of an outcome or of a call's command. The same for all replicas, so it is no setting. */
export const OUTCOME_AT_MOST = 1024 * 1024;

type Fields = { readonly [key: string]: unknown };

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

/** The type of a command, for people. */
export function kindOf(command: unknown): string {
  const type = isFields(command) ? command['type'] : undefined;
  return typeof type === 'string' ? type.slice(0, 100) : 'a command';
}

/** Whether it is the stack or the memory of this process that ended. */
export function isOfThisProcess({ name, message }: Error): boolean {
  return (name === 'RangeError' && /call stack|allocation failed/.test(message)) || /out of memory/i.test(message);
}

function errorOf(thrown: unknown): Error {
  return thrown instanceof Error
    ? thrown
    : new Error(
        `no Error was thrown, but ${typeof thrown === 'string' ? JSON.stringify(thrown.slice(0, 1_000)) : typeof thrown}`,
      );
}
