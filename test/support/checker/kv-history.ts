import type { HistoryEvent } from '../../../src/checker/events.ts';
import { dice } from './dice.ts';

export interface KvShape {
  readonly seed: number;
  readonly clients: number;
  readonly keys: number;
  readonly operations: number;
  /** What is wrong: nothing; so many answers of a replica that lags; so many acknowledged appends that are forgotten. */
  readonly fault: 'none' | 'stale' | 'lost';
  readonly faults: number;
}

interface Asked {
  readonly client: number;
  readonly f: 'get' | 'put' | 'append';
  readonly key: string;
  readonly value: string;
  seen: string;
}

interface Due {
  readonly at: number;
  readonly what: 'call' | 'effect' | 'return';
  readonly asked: Asked | undefined;
  readonly client: number;
}

/**
 * A history of a key-value store as Porcupine publishes them (c01 to c50): clients that append, put and get texts
 * `x CLIENT NUMBER y` at keys drawn by chance, over a network that loses messages, so that one operation in six takes
 * ten times as long. Half of the operations are appends, a tenth puts.
 */
export function kvHistory({ seed, clients, keys, operations, fault, faults }: KvShape): HistoryEvent[] {
  const below = dice(seed);
  const events: HistoryEvent[] = [];
  const values = new Map<string, string[]>();
  const numbers = new Map<number, number>();
  const wrong = new Set(
    Array.from({ length: fault === 'none' ? 0 : faults }, () => below(operations >> 1) + (operations >> 2)),
  );
  const due: Due[] = Array.from({ length: clients }, (_, client) => at(below(100), 'call', client));
  let called = 0;
  let debts = 0;

  function at(time: number, what: Due['what'], client: number, asked?: Asked): Due {
    return { at: time, what, client, asked };
  }

  function delay(): number {
    return (1 + below(100)) * (below(6) === 0 ? 10 : 1);
  }

  function takeEffect(asked: Asked): void {
    const past = values.get(asked.key) ?? [''];
    const now = past.at(-1) ?? '';
    if (asked.f === 'get') {
      const isStale = fault === 'stale' && debts > 0 && past.length > 4;
      if (isStale) debts -= 1;
      asked.seen = isStale ? (past.at(-4) ?? '') : now;
    } else if (fault === 'lost' && debts > 0 && asked.f === 'append') debts -= 1;
    else values.set(asked.key, [...past.slice(-8), asked.f === 'put' ? asked.value : now + asked.value]);
  }

  while (due.length > 0) {
    let first = 0;
    for (const [place, one] of due.entries()) if (one.at < (due[first]?.at ?? 0)) first = place;
    const [next] = due.splice(first, 1);
    if (next === undefined) break;
    const { client, asked } = next;
    if (next.what === 'call') {
      if (called >= operations) continue;
      if (wrong.has(called)) debts += 1;
      called += 1;
      const drawn = below(1_000);
      const f = drawn < 500 ? 'append' : drawn < 600 ? 'put' : 'get';
      const number = numbers.get(client) ?? 0;
      if (f !== 'get') numbers.set(client, number + 1);
      const value = f === 'get' ? '' : `x ${client} ${number} y`;
      const fresh: Asked = { client, f, key: String(below(keys)), value, seen: '' };
      events.push(event('invoke', fresh, f === 'get' ? undefined : value));
      due.push(at(next.at + delay(), 'effect', client, fresh));
    } else if (next.what === 'effect' && asked !== undefined) {
      takeEffect(asked);
      due.push(at(next.at + delay(), 'return', client, asked));
    } else if (asked !== undefined) {
      events.push(event('ok', asked, asked.f === 'get' ? asked.seen : asked.value));
      due.push(at(next.at + below(20), 'call', client));
    }
  }
  return events;
}

function event(type: 'invoke' | 'ok', { client, f, key }: Asked, value: string | undefined): HistoryEvent {
  return { process: String(client), type, f, value, key };
}
