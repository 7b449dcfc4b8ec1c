import type { HistoryEvent } from '../../../src/checker/events.ts';
import type { Json } from '../../../src/protocol/model/json.ts';
import { dice } from './dice.ts';

export interface Shape {
  readonly seed: number;
  readonly operations: number;
  readonly processes: number;
  /** How many different values are written. */
  readonly values: number;
  /** Of a hundred writes and swaps, how many never hear what came of them. */
  readonly crashes: number;
  /** How many answers are changed afterwards. */
  readonly lies: number;
}

interface Running {
  readonly process: number;
  readonly f: 'read' | 'write' | 'cas';
  /** As it stands in the history. */
  readonly asked: Json;
  readonly from: number;
  readonly to: number;
  readonly crashes: boolean;
  effect: 'none' | 'ok' | 'fail';
  seen: Json;
}

/**
 * What clients of one atomic register see who take random times: every operation takes effect at some moment between its
 * call and its return. One that crashes takes effect at any later moment or never, and its process goes on under a new
 * name. Without lies the history is linearizable by construction.
 */
export function registerHistory({ seed, operations, processes, values, crashes, lies }: Shape): HistoryEvent[] {
  const below = dice(seed);
  const events: HistoryEvent[] = [];
  const names = Array.from({ length: processes }, (_, place) => place);
  const running = new Map<number, Running>();
  const lost: Running[] = [];
  let fresh = processes;
  let state: Json = null;
  let called = 0;
  const effect = (one: Running): void => {
    one.effect = 'ok';
    if (one.f === 'read') one.seen = state;
    else if (one.f === 'write') state = one.to;
    else if (one.from === state) state = one.to;
    else one.effect = 'fail';
  };
  while (called < operations || running.size > 0) {
    const place = below(names.length);
    const process = names[place] ?? 0;
    const one = running.get(process);
    if (one === undefined) {
      if (called >= operations) continue;
      called += 1;
      const f = (['read', 'write', 'cas'] as const)[below(3)] ?? 'read';
      const [from, to] = [below(values), below(values)];
      const asked = f === 'read' ? null : f === 'write' ? to : [from, to];
      const next: Running = {
        process,
        f,
        asked,
        from,
        to,
        crashes: f !== 'read' && below(100) < crashes,
        effect: 'none',
        seen: null,
      };
      running.set(process, next);
      events.push({ process: String(process), type: 'invoke', f, value: asked, key: undefined });
    } else if (one.crashes) {
      events.push({ process: String(process), type: 'info', f: one.f, value: null, key: undefined });
      running.delete(process);
      lost.push(one);
      names[place] = fresh;
      fresh += 1;
    } else if (one.effect === 'none') effect(one);
    else {
      const type = one.effect;
      events.push({
        process: String(process),
        type,
        f: one.f,
        value: one.f === 'read' ? one.seen : one.asked,
        key: undefined,
      });
      running.delete(process);
    }
    if (lost.length > 0 && below(6) === 0) {
      const [late] = lost.splice(below(lost.length), 1);
      if (late !== undefined && below(2) === 0) effect(late);
    }
  }
  for (let lie = 0; lie < lies; lie += 1) {
    const answers = events.flatMap((event, place) => (event.type === 'ok' && event.f === 'read' ? [place] : []));
    const place = answers[below(Math.max(1, answers.length))];
    const event = place === undefined ? undefined : events[place];
    if (place !== undefined && event !== undefined) events[place] = { ...event, value: below(values) };
  }
  return events;
}
