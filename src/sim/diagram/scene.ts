import type { RecordedEvent, Recording } from '../recording/recording.ts';
import { coloursOf } from './colours.ts';
import { faultsOf, type FaultSpan } from './faults.ts';
import { type Lanes, lanesOf } from './lanes.ts';
import { type Message, messagesOf, tellingMessages } from './messages.ts';
import { createRoom, type Room } from './room.ts';
import {
  type LifeSpan,
  livesOf,
  operationsOf,
  type OperationSpan,
  pausesOf,
  rolesOf,
  type RoleSpan,
  type Span,
  writesOf,
  type WriteSpan,
} from './spans.ts';
import { type TimeMap, timeMap } from './time-map.ts';
import { NOTHING_USUAL, usualOf } from './usual.ts';
import { isPartOfCalm, isTelling, type Window, windowOf, type WindowOptions } from './window.ts';

export interface SceneOptions extends WindowOptions {
  /** Only these groups; by default, all. */
  readonly groups?: readonly string[];
  /** Only these nodes and clients; by default all nodes, and the clients that do something in the window. */
  readonly nodes?: readonly string[];
}

/** A scene: the contents of the window, and their layout. Only `room` changes. */
export interface Scene {
  readonly recording: Recording;
  readonly window: Window;
  readonly lanes: Lanes;
  readonly groups: readonly string[];
  readonly messages: readonly Message[];
  /** The send times of routine messages inside the window that are not drawn. */
  readonly routine: readonly number[];
  readonly roles: readonly RoleSpan[];
  readonly lives: readonly LifeSpan[];
  readonly pauses: readonly (Span & { readonly node: string })[];
  readonly writes: readonly WriteSpan[];
  readonly operations: readonly OperationSpan[];
  /** Those that went the usual way, in a run too long to be drawn whole: without their messages. */
  readonly usual: ReadonlySet<OperationSpan>;
  readonly faults: readonly FaultSpan[];
  /** Events inside the window that are neither messages nor part of a span. */
  readonly events: readonly RecordedEvent[];
  /** The colour class of each epoch, by group. */
  readonly colours: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly time: TimeMap;
  /** The top and the bottom of the lanes. */
  readonly top: number;
  readonly bottom: number;
  readonly room: Room;
  /** The height of a time on the drawing, in pixels. */
  y(at: number): number;
}

const SCALE = { perMillisecond: 17, least: 6.5, most: 34 };
/** Up to so many messages inside the window, routine ones are all drawn; above, only their changes. */
const FEW = 60;
/** Width of all lanes together before they are narrowed, and the left edge of the first. */
const WIDTH = 1_000;
const LEFT = 74;

/** The scene, its lanes at the top of the sheet. */
export function sceneOf(recording: Recording, options: SceneOptions): Scene {
  const groups = options.groups ?? recording.groups;
  const isShown = ({ unit, fromUnit }: Message): boolean =>
    !recording.groups.some((group) => !groups.includes(group) && (unit === group || fromUnit === group));
  const all = messagesOf(recording).filter(isShown);
  const everyTelling = tellingMessages(all, recording);
  const everyOperation = operationsOf(recording);
  const usual = isPartOfCalm(recording, everyTelling, options)
    ? usualOf(recording, everyOperation, everyTelling)
    : NOTHING_USUAL;
  const telling = everyTelling.filter(({ id }) => !usual.messages.has(id));
  const window = windowOf(recording, telling, options);
  const inWindow = (span: Span): boolean => span.from <= window.to && span.to >= window.from;
  const operations = everyOperation.filter(inWindow);
  const there = all.filter((message) => !usual.messages.has(message.id) && inWindow(extentOf(message)));
  const drawn = there.length <= FEW ? there : telling.filter((message) => inWindow(extentOf(message)));
  const busy = new Set([...operations.map(({ client }) => client), ...drawn.flatMap(({ from, to }) => [from, to])]);
  const names = options.nodes ?? [
    ...recording.servers,
    ...recording.frontEnds,
    ...recording.clients.filter((name) => busy.has(name)),
  ];
  const lanes = lanesOf(recording, names, groups, LEFT, WIDTH);
  const hasLane = (name: string): boolean => lanes.lane(name) !== undefined;
  const messages = drawn.filter(({ from, to }) => hasLane(from) && hasLane(to));
  const ids = new Set(messages.map(({ id }) => id));
  const scene = {
    recording,
    window,
    lanes,
    groups,
    messages,
    routine: there.filter(({ id }) => !ids.has(id)).map(({ sentAt }) => sentAt),
    roles: rolesOf(recording).filter((span) => inWindow(span) && hasLane(span.node) && groups.includes(span.group)),
    lives: livesOf(recording).filter((span) => inWindow(span) && hasLane(span.node)),
    pauses: pausesOf(recording).filter((span) => inWindow(span) && hasLane(span.node)),
    writes: writesOf(recording).filter((span) => inWindow(span) && hasLane(span.node) && groups.includes(span.group)),
    operations: operations.filter(({ client }) => hasLane(client)),
    usual: usual.operations,
    faults: faultsOf(recording).filter(inWindow),
    events: recording.events.filter((event) => event.at >= window.from && event.at <= window.to),
    colours: coloursOf(recording),
  };
  const time = timeMap(instantsOf(scene), SCALE);
  return { ...scene, time, room: createRoom(), top: 0, bottom: time.height, y: time.yOf };
}

/** The same scene, lower by so many pixels. */
export function lowered(scene: Scene, top: number): Scene {
  const { yOf, height } = scene.time;
  return { ...scene, top, bottom: top + height, y: (at) => top + yOf(at) };
}

/** From the sending of a message to its last arrival. */
function extentOf({ sentAt, arrivals, releasedAt }: Message): Span {
  return { from: sentAt, to: arrivals.reduce((last, { at }) => Math.max(last, at), releasedAt ?? sentAt) };
}

function instantsOf(scene: Omit<Scene, 'time' | 'top' | 'bottom' | 'room' | 'y'>): readonly number[] {
  const { window, messages, roles, lives, pauses, operations, faults, events } = scene;
  const spans: readonly Span[] = [...roles, ...lives, ...pauses, ...operations, ...faults];
  const instants = [
    window.from,
    window.to,
    ...messages.flatMap(({ sentAt, releasedAt, arrivals }) => [
      sentAt,
      ...(releasedAt === undefined ? [] : [releasedAt]),
      ...arrivals.map(({ at }) => at),
    ]),
    ...spans.flatMap(({ from, to }) => [from, to]),
    ...events.filter((event) => isTelling(event, NONE)).map(({ at }) => at),
  ];
  return instants.filter((at) => at >= window.from && at <= window.to);
}

const NONE: ReadonlySet<number> = new Set();
