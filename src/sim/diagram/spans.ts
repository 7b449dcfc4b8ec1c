import type { Role } from '../../protocol/replica/replica.ts';
import type { Recording } from '../recording/recording.ts';

/** A span of time, in microseconds. An open one ends with the run. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The life of a process, from start to crash; or a pause of it. */
export interface LifeSpan extends Span {
  readonly node: string;
  /** The number of this start, from 1 on. */
  readonly life: number;
  readonly ends: 'crash' | 'run';
}

/** A stretch in which a replica has one role, one epoch and follows one primary. */
export interface RoleSpan extends Span {
  readonly node: string;
  readonly group: string;
  readonly role: Role;
  readonly epoch: string;
  readonly primary: string | undefined;
}

/** A write, until it is durable or lost in a crash. */
export interface WriteSpan extends Span {
  readonly node: string;
  readonly group: string;
  readonly records: number;
  readonly isDurable: boolean;
}

/** An operation as its client saw it. */
export interface OperationSpan extends Span {
  readonly client: string;
  readonly operation: number;
  readonly call: string;
  readonly outcome: 'ok' | 'refused' | 'unknown' | 'under way';
  /** Status and body; empty without an answer. */
  readonly answer: string;
}

export function livesOf(recording: Recording): readonly LifeSpan[] {
  const lives = opening<Omit<LifeSpan, 'to'>>();
  for (const event of recording.events) {
    if (event.type === 'started') lives.begin(event.node, { ...event, from: event.at, ends: 'run' });
    if (event.type === 'crashed') lives.end(event.node, event.at, { ends: 'crash' });
  }
  return lives.finish(recording.endedAt);
}

export function pausesOf(recording: Recording): readonly (Span & { readonly node: string })[] {
  const pauses = opening<{ readonly node: string; readonly from: number }>();
  for (const event of recording.events) {
    if (event.type === 'paused') pauses.begin(event.node, { node: event.node, from: event.at });
    if (event.type === 'resumed' || event.type === 'crashed') pauses.end(event.node, event.at);
  }
  return pauses.finish(recording.endedAt);
}

export function rolesOf(recording: Recording): readonly RoleSpan[] {
  const roles = opening<Omit<RoleSpan, 'to'>>();
  for (const event of recording.events) {
    if (event.type === 'crashed') for (const group of recording.groups) roles.end(`${event.node} ${group}`, event.at);
    if (event.type !== 'role') continue;
    const key = `${event.node} ${event.group}`;
    roles.end(key, event.at);
    roles.begin(key, { ...event, from: event.at });
  }
  return roles.finish(recording.endedAt);
}

export function writesOf(recording: Recording): readonly WriteSpan[] {
  const writes = opening<Omit<WriteSpan, 'to'>>();
  for (const event of recording.events) {
    if (event.type === 'crashed') for (const group of recording.groups) writes.end(`${event.node} ${group}`, event.at);
    if (event.type === 'written') writes.end(`${event.node} ${event.group}`, event.at, { isDurable: true });
    if (event.type === 'writes')
      writes.begin(`${event.node} ${event.group}`, { ...event, from: event.at, isDurable: false });
  }
  return writes.finish(recording.endedAt);
}

export function operationsOf(recording: Recording): readonly OperationSpan[] {
  const operations = opening<Omit<OperationSpan, 'to'>>();
  for (const event of recording.events) {
    if (event.type === 'called') {
      const { client, operation, text: call, at: from } = event;
      operations.begin(client, { client, operation, call, from, outcome: 'under way', answer: '' });
    }
    if (event.type === 'ended') {
      operations.end(event.client, event.at, { outcome: event.outcome, answer: event.text });
    }
  }
  return operations.finish(recording.endedAt);
}

interface Opening<Begun> {
  begin(key: string, begun: Begun): void;
  /** Ends the span under that key, if one is open. */
  end(key: string, to: number, how?: Partial<Begun>): void;
  /** Ends all open spans; returns all spans in the order of their ends. */
  finish(to: number): readonly (Begun & { readonly to: number })[];
}

function opening<Begun extends object>(): Opening<Begun> {
  const open = new Map<string, Begun>();
  const ended: (Begun & { readonly to: number })[] = [];
  const end = (key: string, to: number, how: Partial<Begun> = {}): void => {
    const begun = open.get(key);
    if (begun === undefined) return;
    open.delete(key);
    ended.push({ ...begun, ...how, to });
  };
  return {
    begin: (key, begun) => open.set(key, begun),
    end,
    finish(to) {
      for (const key of open.keys()) end(key, to);
      return ended;
    },
  };
}
