import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FrontEndEffect, HttpResponse } from '../../src/frontend/front-end-io.ts';
import { accepted } from '../../src/protocol/model/app.ts';
import type { Epoch, NodeId } from '../../src/protocol/model/epoch.ts';
import type { Json } from '../../src/protocol/model/json.ts';
import type { Message, Reply, Request } from '../../src/protocol/model/messages.ts';
import type { PlantedBug } from '../../src/protocol/model/mutants.ts';
import { post, type Stage, stage, uuid7 } from '../support/frontend/one-front-end.ts';

/** What happens between a front end and a group, one thing at a time. Picks are counted around what there is. */
type Event =
  | { readonly type: 'ask'; readonly isKeyed: boolean }
  | { readonly type: 'pass'; readonly millis: number }
  /** A message arrives; `stays`: and will arrive once more. */
  | { readonly type: 'arrive'; readonly pick: number; readonly stays: boolean }
  | { readonly type: 'lose'; readonly pick: number }
  | { readonly type: 'lead'; readonly server: number }
  | { readonly type: 'busy'; readonly isBusy: boolean }
  | { readonly type: 'suspect'; readonly server: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ type: fc.constant('ask' as const), isKeyed: fc.boolean() }),
  { weight: 5, arbitrary: fc.record({ type: fc.constant('arrive' as const), pick: fc.nat(), stays: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('lose' as const), pick: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('pass' as const), millis: fc.constantFrom(10, 50, 200, 900) }),
  },
  fc.record({ type: fc.constant('lead' as const), server: fc.nat({ max: 2 }) }),
  fc.record({ type: fc.constant('busy' as const), isBusy: fc.boolean() }),
  fc.record({ type: fc.constant('suspect' as const), server: fc.nat({ max: 2 }) }),
);

const story = fc.array(event, { maxLength: 60 });

const SERVERS = ['s1', 's2', 's3'];
const SETTINGS = { holdFor: 3_000, retryAfter: 200, locateEvery: 50 };

type InFlight =
  | { readonly to: 'group'; readonly server: NodeId; readonly message: Message }
  | { readonly to: 'front-end'; readonly server: NodeId; readonly message: Message };

/** The group as a dumb twin: a list of users, what each uuid came to, and who leads. It forgets nothing and never fails. */
interface Group {
  epoch: Epoch;
  isBusy: boolean;
  readonly users: string[];
  readonly results: Map<string, { readonly userid: number; readonly command: string }>;
}

interface Scene {
  readonly it: Stage;
  readonly group: Group;
  readonly inFlight: InFlight[];
  /** By id: when it was asked, and what it was told, however often. */
  readonly asked: Map<number, { readonly at: number; readonly told: { response: HttpResponse; at: number }[] }>;
  /** By request id: every uuid its write was sent under, once for each sending. */
  readonly sent: Map<number, string[]>;
  now: number;
}

function play(events: readonly Event[], planted: ReadonlySet<PlantedBug> = new Set()): Scene {
  const scene: Scene = {
    it: stage({ settings: SETTINGS, planted }),
    group: { epoch: { counter: 1, nodeId: 's1' }, isBusy: false, users: [], results: new Map() },
    inFlight: [],
    asked: new Map(),
    sent: new Map(),
    now: 0,
  };
  for (const simEvent of events) happen(scene, simEvent);
  // From now on nothing is lost, and whoever leads serves: every request must come to its end, one way or the other.
  scene.group.isBusy = false;
  const until = scene.now + SETTINGS.holdFor + 2_000;
  while (scene.now < until) {
    while (scene.inFlight.length > 0) arrive(scene, 0, false);
    pass(scene, 50);
  }
  return scene;
}

function happen(scene: Scene, simEvent: Event): void {
  switch (simEvent.type) {
    case 'ask': {
      const id = scene.asked.size + 1;
      const headers = simEvent.isKeyed ? { 'idempotency-key': uuid7(1_000 + id) } : {};
      scene.asked.set(id, { at: scene.now, told: [] });
      carryOut(scene, scene.it.ask(post(id, '/users/create', { username: `user ${id}` }, headers)));
      return;
    }
    case 'arrive':
      return arrive(scene, simEvent.pick, simEvent.stays);
    case 'lose':
      if (scene.inFlight.length > 0) scene.inFlight.splice(simEvent.pick % scene.inFlight.length, 1);
      return;
    case 'pass':
      return pass(scene, simEvent.millis);
    case 'lead':
      scene.group.epoch = { counter: scene.group.epoch.counter + 1, nodeId: SERVERS[simEvent.server] ?? 's1' };
      return;
    case 'busy':
      scene.group.isBusy = simEvent.isBusy;
      return;
    case 'suspect':
      carryOut(scene, scene.it.tell({ type: 'suspected', nodeId: SERVERS[simEvent.server] ?? 's1' }));
      return;
    default:
      throw new Error(`no case for ${JSON.stringify(simEvent)}`);
  }
}

/** Lets time pass, and wakes the front end whenever it wants to be. */
function pass(scene: Scene, millis: number): void {
  const until = scene.now + millis;
  for (let at = scene.it.wakeAt(); at !== undefined && at <= until; at = scene.it.wakeAt()) {
    const step = Math.max(0, at - scene.now);
    scene.now += step;
    carryOut(scene, scene.it.wait(step));
  }
  const rest = until - scene.now;
  scene.now = until;
  carryOut(scene, scene.it.wait(rest));
}

function arrive(scene: Scene, pick: number, stays: boolean): void {
  const place = pick % Math.max(1, scene.inFlight.length);
  const message = scene.inFlight[place];
  if (message === undefined) return;
  if (!stays) scene.inFlight.splice(place, 1);
  if (message.to === 'front-end') return carryOut(scene, scene.it.hear(message.server, 'users', message.message));
  const answer = answerOf(scene.group, message.server, message.message);
  if (answer !== undefined) scene.inFlight.push({ to: 'front-end', server: message.server, message: answer });
}

function answerOf(group: Group, server: NodeId, message: Message): Message | undefined {
  const { epoch } = group;
  const primary = epoch.nodeId;
  if (message.type === 'locate') return { type: 'located', epoch, primary };
  if (message.type !== 'requests') return undefined;
  const items = message.items.map((item): Reply => {
    if (server !== primary) return { type: 'unserved', id: item.id, reason: 'not-primary' };
    return group.isBusy || item.type !== 'write'
      ? { type: 'unserved', id: item.id, reason: 'busy' }
      : serve(group, item);
  });
  return { type: 'replies', epoch, primary, historyId: 'h', items };
}

function serve(group: Group, { id, uuid, command }: Extract<Request, { type: 'write' }>): Reply {
  const text = JSON.stringify(command);
  const known = group.results.get(uuid);
  if (known !== undefined && known.command !== text) return { type: 'unserved', id, reason: 'reused' };
  const userid = known?.userid ?? group.users.push(text) - 1;
  group.results.set(uuid, { userid, command: text });
  return { type: 'done', id, outcome: accepted({ userid }), index: userid + 1, lamport: userid + 1, rests: [] };
}

function carryOut(scene: Scene, effects: readonly FrontEndEffect[]): void {
  for (const effect of effects) {
    if (effect.type === 'respond') scene.asked.get(effect.id)?.told.push({ response: effect.response, at: scene.now });
    if (effect.type !== 'send' || effect.to.unit !== 'users') continue;
    scene.inFlight.push({ to: 'group', server: effect.to.node, message: effect.message });
    if (effect.message.type !== 'requests') continue;
    for (const item of effect.message.items) {
      const id = Number(item.id.split('.')[0]);
      if (item.type === 'write') scene.sent.set(id, [...(scene.sent.get(id) ?? []), item.uuid]);
    }
  }
}

/** What is wrong with how a scene ended, or nothing. */
function wrongWith({ asked, sent, group, it }: Scene): string | undefined {
  for (const [id, { at, told }] of asked) {
    const [answer] = told;
    if (answer === undefined || told.length > 1) return `request ${id} was answered ${told.length} times`;
    const uuids = [...new Set(sent.get(id))];
    if (uuids.length > 1) return `request ${id} was sent under ${uuids.length} uuids`;
    const effects = group.users.filter((user) => user === JSON.stringify(created(id))).length;
    if (effects > 1) return `request ${id} took effect ${effects} times`;
    const { status, body } = answer.response;
    const result = uuids[0] === undefined ? undefined : group.results.get(uuids[0]);
    if (status === 200 && body !== JSON.stringify({ userid: result?.userid })) return `request ${id} was told ${body}`;
    if (status === 503 && answer.at - at < SETTINGS.holdFor)
      return `request ${id} was given up after ${answer.at - at} ms`;
    if (status !== 200 && status !== 503) return `request ${id} was answered ${status}`;
  }
  return it.frontEnd().pending.size === 0 ? undefined : `${it.frontEnd().pending.size} requests are still held`;
}

function created(id: number): Json {
  return { type: 'create', username: `user ${id}` };
}

describe('A front end before a group whose messages are lost, doubled and out of order', () => {
  test('answers each request once, lets it take effect at most once, and sends it under one uuid only (§10.2)', () => {
    fc.assert(
      fc.property(story, (events) => {
        expect(wrongWith(play(events))).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  test('sends a request no more often than it has reasons to: time that passed, and whatever it heard', () => {
    fc.assert(
      fc.property(story, (events) => {
        const heard = events.filter(({ type }) => type === 'arrive' || type === 'suspect').length;
        const passed = events.reduce((sum, it) => sum + (it.type === 'pass' ? it.millis : 0), 0);
        const most = 1 + (Math.min(passed, SETTINGS.holdFor) + SETTINGS.holdFor) / SETTINGS.locateEvery + heard;
        for (const uuids of play(events).sent.values()) expect(uuids.length).toBeLessThanOrEqual(most);
      }),
      { numRuns: 100 },
    );
  });

  test('M30: is caught by this when it sends a retry under a new uuid', () => {
    const { failed, counterexample } = fc.check(
      fc.property(story, (events) => wrongWith(play(events, new Set(['retries-under-new-uuid']))) === undefined),
      { numRuns: 300, seed: 1 },
    );
    expect(failed).toBe(true);
    const [events = []] = counterexample ?? [];
    expect(wrongWith(play(events, new Set(['retries-under-new-uuid'])))).toMatch(
      /^request 1 (was sent under|took effect) \d+/,
    );
    expect(wrongWith(play(events))).toBeUndefined();
  });
});
