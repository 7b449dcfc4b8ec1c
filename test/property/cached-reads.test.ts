import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { FrontEndEffect, HttpResponse } from '../../src/frontend/front-end-io.ts';
import { accepted } from '../../src/protocol/model/app.ts';
import type { Epoch, NodeId } from '../../src/protocol/model/epoch.ts';
import type { Message, Reply, Request } from '../../src/protocol/model/messages.ts';
import type { PlantedBug } from '../../src/protocol/model/mutants.ts';
import { library, SHELF } from '../support/frontend/caching-front-end.ts';
import { get, post, type Stage, stage } from '../support/frontend/one-front-end.ts';

/** What happens between a front end, its clients and a group, one thing at a time. Picks are counted around what there is. */
type Event =
  | { readonly type: 'ask'; readonly client: number; readonly book: string; readonly mode: 'unsaid' | 'session' }
  | { readonly type: 'lend'; readonly client: number; readonly book: string }
  /** Somebody lends a book by way of another front end. */
  | { readonly type: 'elsewhere'; readonly book: string }
  | { readonly type: 'pass'; readonly millis: number }
  /** A message arrives; `stays`: and will arrive once more. The newest are picked most often. */
  | { readonly type: 'arrive'; readonly pick: number; readonly stays: boolean }
  | { readonly type: 'lose'; readonly pick: number }
  | { readonly type: 'lead'; readonly server: number };

const anyClient = fc.nat({ max: 2 });
const anyBook = fc.constantFrom('emma', 'persuasion');
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('ask' as const),
      client: anyClient,
      book: anyBook,
      mode: fc.constantFrom('unsaid' as const, 'session' as const),
    }),
  },
  fc.record({ type: fc.constant('lend' as const), client: anyClient, book: anyBook }),
  { weight: 2, arbitrary: fc.record({ type: fc.constant('elsewhere' as const), book: anyBook }) },
  {
    weight: 14,
    arbitrary: fc.record({
      type: fc.constant('arrive' as const),
      pick: fc.nat({ max: 4 }),
      stays: fc.nat({ max: 9 }).map((chance) => chance === 0),
    }),
  },
  fc.record({ type: fc.constant('lose' as const), pick: fc.nat({ max: 4 }) }),
  { weight: 2, arbitrary: fc.record({ type: fc.constant('pass' as const), millis: fc.constantFrom(10, 100, 900) }) },
  fc.record({ type: fc.constant('lead' as const), server: fc.nat({ max: 2 }) }),
);
const story = fc.array(event, { minLength: 20, maxLength: 120, size: 'max' });

/** A command or a query: the book it is about. */
const about = z.object({ book: z.string() });

const SERVERS: readonly NodeId[] = ['s1', 's2', 's3'];
const SETTINGS = { cacheSize: 2, cacheFor: 1_000, watchEvery: 200, retryAfter: 300 };

/** The truth: which book each entry lends, and when it became visible. What is committed stays, whoever leads. */
interface Group {
  epoch: Epoch;
  readonly lent: { readonly book: string; readonly at: number }[];
  readonly results: Map<string, number>;
  /** Who watches the present primary. */
  watches: boolean;
}

interface Flight {
  readonly to: 'group' | 'front-end';
  readonly server: NodeId;
  readonly message: Message;
}

interface Asked {
  readonly client: number;
  readonly book: string | undefined;
  /** What the client had seen, and what it or anybody else had been told by this front end, when it asked. */
  readonly seen: number;
  readonly said: number;
}

class Scene {
  readonly it: Stage;
  readonly group: Group = { epoch: { counter: 1, nodeId: 's1' }, lent: [], results: new Map(), watches: false };
  readonly inFlight: Flight[] = [];
  readonly asked = new Map<number, Asked>();
  readonly seen = [0, 0, 0];
  said = 0;
  now = 0;
  hits = 0;
  wrong: string | undefined;

  constructor(planted: ReadonlySet<PlantedBug>) {
    this.it = stage({ service: library, settings: SETTINGS, planted });
    this.carryOut(this.it.tell({ type: 'led', group: SHELF, primary: 's1', epoch: this.group.epoch }));
  }

  happen(simEvent: Event): void {
    switch (simEvent.type) {
      case 'ask':
      case 'lend': {
        const { client, book } = simEvent;
        const id = this.asked.size + 1;
        const seen = this.seen[client] ?? 0;
        this.asked.set(id, { client, book: simEvent.type === 'ask' ? book : undefined, seen, said: this.said });
        const headers = {
          'understudy-token': seen === 0 ? '' : `${SHELF}=h:${seen}`,
          ...(simEvent.type === 'ask' && simEvent.mode === 'session' ? { 'understudy-read': 'session' } : {}),
        };
        const request =
          simEvent.type === 'ask' ? get(id, `/books/${book}`, headers) : post(id, `/lend/${book}`, null, headers);
        return this.carryOut(this.it.ask(request));
      }
      case 'elsewhere':
        return this.lend(simEvent.book);
      case 'arrive':
        return this.arrive(simEvent.pick, simEvent.stays);
      case 'lose':
        this.inFlight.splice(this.place(simEvent.pick), 1);
        return undefined;
      case 'pass': {
        const until = this.now + simEvent.millis;
        for (let at = this.it.wakeAt(); at !== undefined && at <= until; at = this.it.wakeAt())
          this.wait(at - this.now);
        return this.wait(until - this.now);
      }
      case 'lead':
        this.group.epoch = { counter: this.group.epoch.counter + 1, nodeId: SERVERS[simEvent.server] ?? 's1' };
        this.group.watches = false;
        this.group.lent.push({ book: 'nothing', at: this.now });
        return this.carryOut(
          this.it.tell({ type: 'led', group: SHELF, primary: this.group.epoch.nodeId, epoch: this.group.epoch }),
        );
      default:
        throw new Error(`no case for ${JSON.stringify(simEvent)}`);
    }
  }

  wait(millis: number): void {
    this.now += Math.max(0, millis);
    this.carryOut(this.it.wait(Math.max(0, millis)));
  }

  /** From the newest backwards: much arrives in order, and some does not. */
  place(pick: number): number {
    return Math.max(0, this.inFlight.length - 1 - pick);
  }

  arrive(pick: number, stays: boolean): void {
    const place = this.place(pick);
    const flight = this.inFlight[place];
    if (flight === undefined) return;
    if (!stays) this.inFlight.splice(place, 1);
    const { server, message } = flight;
    if (flight.to === 'front-end') return this.carryOut(this.it.hear(server, SHELF, message));
    const { epoch } = this.group;
    const primary = epoch.nodeId;
    const isPrimary = server === primary;
    if (message.type === 'locate') this.tell(server, { type: 'located', epoch, primary });
    if (message.type === 'watch' && isPrimary) {
      this.group.watches = true;
      this.tell(server, this.changed(Math.min(message.from, this.group.lent.length), message.id));
    }
    if (message.type !== 'requests') return;
    const items = message.items.map((item): Reply =>
      isPrimary || (item.type === 'read' && item.mode === 'session')
        ? this.serve(item)
        : { type: 'unserved', id: item.id, reason: 'not-primary' },
    );
    this.tell(server, { type: 'replies', epoch, primary, historyId: 'h', items });
  }

  serve(item: Request): Reply {
    const { lent, results } = this.group;
    if (item.type === 'write') {
      const known = results.get(item.uuid);
      if (known === undefined) this.lend(about.parse(item.command).book);
      const index = known ?? lent.length;
      results.set(item.uuid, index);
      return { type: 'done', id: item.id, outcome: accepted(), index, lamport: index, rests: [] };
    }
    // An entry opens the session: the place of one more in the log.
    if (item.type === 'open') {
      lent.push({ book: 'nothing', at: this.now });
      const index = lent.length;
      return { type: 'done', id: item.id, outcome: accepted(index), index, lamport: index, rests: [] };
    }
    if (item.type !== 'read') throw new Error('front ends write and read');
    const index = lent.length;
    const outcome = accepted(this.countAt(about.parse(item.query).book, index));
    return { type: 'done', id: item.id, outcome, index, lamport: index, rests: [] };
  }

  lend(book: string): void {
    const { lent, watches, epoch } = this.group;
    lent.push({ book, at: this.now });
    if (watches) this.tell(epoch.nodeId, this.changed(lent.length - 1, undefined));
  }

  changed(from: number, answers: string | undefined): Message {
    const { epoch, lent } = this.group;
    const keys = [...new Set(lent.slice(from).map((entry) => entry.book))];
    return { type: 'changed', epoch, primary: epoch.nodeId, historyId: 'h', from, to: lent.length, keys, answers };
  }

  countAt(book: string, index: number): number {
    return this.group.lent.slice(0, index).filter((entry) => entry.book === book).length;
  }

  tell(server: NodeId, message: Message): void {
    this.inFlight.push({ to: 'front-end', server, message });
  }

  carryOut(effects: readonly FrontEndEffect[]): void {
    for (const effect of effects) {
      if (effect.type === 'send') this.inFlight.push({ to: 'group', server: effect.to.node, message: effect.message });
      if (effect.type === 'respond') this.judge(effect.id, effect.response);
    }
  }

  judge(id: number, { status, headers, body }: HttpResponse): void {
    const asked = this.asked.get(id);
    if (asked === undefined || status !== 200) return;
    const index = Number(/:(\d+)$/.exec(headers['understudy-token'] ?? '')?.[1] ?? 0);
    const isHit = headers['understudy-cache'] === 'hit';
    const said = z.object({ value: z.unknown() }).safeParse(JSON.parse(body)).data?.value;
    if (asked.book !== undefined) {
      const before = this.group.lent.findLastIndex(({ at }) => at < this.now - SETTINGS.cacheFor) + 1;
      if (said !== this.countAt(asked.book, index))
        this.wrong ??= `${id}: ${asked.book} is not ${String(said)} at ${index}`;
      if (index < asked.seen) this.wrong ??= `${id}: at ${index}, and its client had seen ${asked.seen}`;
      if (isHit && index < this.said) this.wrong ??= `${id}: at ${index}, and this front end had said ${this.said}`;
      if (isHit && index < before) this.wrong ??= `${id}: at ${index}, and ${before} is older than it may be`;
      if (isHit) this.hits += 1;
    }
    this.said = Math.max(this.said, index);
    this.seen[asked.client] = Math.max(this.seen[asked.client] ?? 0, index);
  }
}

function play(events: readonly Event[], planted: ReadonlySet<PlantedBug> = new Set()): Scene {
  const scene = new Scene(planted);
  for (const simEvent of events) scene.happen(simEvent);
  return scene;
}

describe('Cached reads while messages are lost, doubled and out of order, and others take the lead (§10.5)', () => {
  test('say what is so where their token says, not behind their client, this front end, or cacheFor ago', () => {
    let hits = 0;
    fc.assert(
      fc.property(story, (events) => {
        const scene = play(events);
        hits += scene.hits;
        expect(scene.wrong).toBeUndefined();
      }),
      { numRuns: 150 },
    );
    expect(hits).toBeGreaterThan(150);
  });

  test('M33: is caught by this when it keeps what it reads after the news of its change', () => {
    const { failed } = fc.check(
      fc.property(story, (events) => play(events, new Set(['fills-cache-after-invalidation'])).wrong === undefined),
      { numRuns: 1_000, seed: 1, endOnFailure: true },
    );
    expect(failed).toBe(true);
  });
});
