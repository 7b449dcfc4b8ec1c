import { expect } from 'vitest';
import type { Address } from '../../../src/protocol/model/address.ts';
import type { App } from '../../../src/protocol/model/app.ts';
import { type Configuration, type MemberKind, memberOf } from '../../../src/protocol/model/configuration.ts';
import type { ServiceEntry } from '../../../src/protocol/model/directory.ts';
import type { Effect, Input, Stored } from '../../../src/protocol/model/effects.ts';
import type { Entry, LogBase } from '../../../src/protocol/model/entry.ts';
import { type LogEnd, NO_EPOCH, type NodeId } from '../../../src/protocol/model/epoch.ts';
import { configurationOfLog, entriesBetween, lastIndex, logEnd, tail } from '../../../src/protocol/model/log.ts';
import type { CodeReport, Message, Request } from '../../../src/protocol/model/messages.ts';
import { NOTHING_PLANTED, type PlantedBug } from '../../../src/protocol/model/mutants.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../src/protocol/model/settings.ts';
import type { PrimaryState } from '../../../src/protocol/replica/primary-state.ts';
import { blankReplica, type HostedApp, machineOf, type Replica } from '../../../src/protocol/replica/replica.ts';
import { step, wakeAt } from '../../../src/protocol/step.ts';
import { BANK, COUNTER, counter } from './counter.ts';
import { behindDisk, sendsIn, withoutClocks } from './effects-of.ts';
import { acknowledgement, CLIENT, diskOf, grant, ok, WALL } from './replica-script.ts';

// Tests of the protocol read as stage directions: an actor is one replica, everybody else is played by the test.

export interface Casting {
  readonly configuration: Configuration;
  readonly settings?: Partial<Settings>;
  readonly planted?: readonly PlantedBug[];
  readonly app?: App;
  readonly historyId?: string;
  readonly stored?: Partial<Stored>;
  /** Of somebody whom the configuration does not name, or with another disk. */
  readonly diskId?: string;
  readonly kind?: MemberKind;
}

/** One replica on stage. `effects` are those of the last direction, and of its own disk when that has been asked to sync. */
export class Actor {
  readonly name: NodeId;
  readonly hosted: HostedApp;
  replica: Replica;
  effects: readonly Effect[] = [];
  /** The same with what they say of clocks, which most tests are not about. */
  told: readonly Effect[] = [];
  millis = 10_000;
  wall = WALL;
  chance = 0;
  #mail: Message[] = [];

  constructor(name: NodeId, casting: Casting) {
    const { configuration, settings, planted, app, historyId = 'history', stored, diskId = diskOf(name) } = casting;
    this.name = name;
    this.hosted = {
      app: app ?? counter,
      settings: { ...DEFAULT_SETTINGS, jitter: 0, ...settings },
      servers: { [COUNTER]: ['A', 'B', 'C'], [BANK]: ['X', 'Y'] },
      planted: planted === undefined ? NOTHING_PLANTED : new Set(planted),
    };
    const kind = casting.kind ?? memberOf(configuration, name)?.kind ?? 'data';
    const group = this.hosted.app.name;
    const identity = { clusterId: 'cluster', historyId, group, nodeId: name, diskId, kind };
    this.replica = blankReplica(this.hosted, identity, configuration);
    const blank: Stored = { incarnation: 1, promised: NO_EPOCH, snapshot: undefined, entries: [] };
    this.takes({ type: 'recovered', stored: { ...blank, ...stored } });
  }

  takes(input: Input): this {
    freeze(this.replica);
    const [replica, effects] = step(this.hosted, this.replica, input, this);
    this.replica = replica;
    this.told = effects;
    this.effects = withoutClocks(effects);
    for (const { to, message } of sendsIn(behindDisk(effects))) if (to.node === this.name) this.#mail.push(message);
    return this;
  }

  /** A message from the same group's replica on another node, or from any unit. */
  hears(from: NodeId | Address, message: Message): this {
    const address = typeof from === 'string' ? { node: from, unit: this.hosted.app.name } : from;
    return this.takes({ type: 'message', from: address, message });
  }

  /** Requests of a front end. */
  asked(...items: readonly Request[]): this {
    return this.askedBy(CLIENT, ...items);
  }

  askedBy(from: Address, ...items: readonly Request[]): this {
    return this.hears(from, { type: 'requests', epoch: NO_EPOCH, lamport: 0, items });
  }

  /** What its directory says from now on. */
  knows(...services: readonly ServiceEntry[]): this {
    return this.takes({ type: 'services', services });
  }

  /** Its disk has all it was given: what it said to itself behind that arrives. */
  syncs(): this {
    const effects: Effect[] = [];
    for (let message = this.#mail.shift(); message !== undefined; message = this.#mail.shift()) {
      this.hears(this.name, message);
      effects.push(...this.effects);
    }
    this.effects = effects;
    return this;
  }

  /** The primary's clock shows `wall` of cluster time, and so does the wall clock. */
  reaches(wall: number): this {
    const { leading } = this;
    this.wall = wall;
    this.replica = { ...this.replica, leading: { ...leading, clock: { time: wall, at: this.millis, rate: 0 } } };
    return this;
  }

  /** Time passes and nobody wakes it. */
  later(millis: number): this {
    this.millis += millis;
    this.wall += millis;
    return this;
  }

  wakes(): this {
    return this.takes({ type: 'wake' });
  }

  /** Time passes up to the next deadline, and that wakes it. */
  wakesOnTime(): this {
    const at = wakeAt(this.hosted, this.replica);
    if (at === undefined) throw new Error(`${this.name} waits for nothing`);
    return this.later(Math.max(0, at - this.millis)).wakes();
  }

  get leading(): PrimaryState {
    const { leading } = this.replica;
    if (leading === undefined) throw new Error(`${this.name} is not primary`);
    return leading;
  }

  get entries(): readonly Entry[] {
    return entriesBetween(this.replica.log, this.replica.log.base.index + 1, lastIndex(this.replica.log));
  }

  get configuration(): Configuration {
    return configurationOfLog(this.replica.log);
  }

  get state(): unknown {
    return machineOf(this.replica).state;
  }

  /** Who the actor's newest configuration names as voters. */
  get voters(): readonly NodeId[] {
    return this.configuration.voters.map(({ nodeId }) => nodeId);
  }
}

/** Makes the actor primary, in the way every primary is made: `supporters` answer its ELECTION and grant their votes. */
export function makePrimary(actor: Actor, ...supporters: readonly NodeId[]): Actor {
  if (actor.replica.election.phase.type === 'resting') actor.wakesOnTime();
  for (const from of supporters) actor.hears(from, ok(actor.replica.election.round));
  actor.syncs();
  for (const from of supporters) actor.hears(from, grant(from, actor.replica.promised));
  expect(actor.leading.epoch).toEqual(actor.replica.promised);
  return actor;
}

/** Makes the actor primary, and its no-op visible on it and on all that are named. */
export function servingPrimary(actor: Actor, ...supporters: readonly NodeId[]): Actor {
  makePrimary(actor, ...supporters).syncs();
  return acknowledged(actor, ...supporters);
}

/** All that are named have the actor's whole log on disk, and say so. */
export function acknowledged(actor: Actor, ...peers: readonly NodeId[]): Actor {
  const match = lastIndex(actor.replica.log);
  for (const from of peers) actor.hears(from, acknowledgement(from, actor.leading.epoch, match));
  return actor;
}

/** For so long heartbeats go out, and `peers` and its own disk have everything at once, and say so. */
export function attended(actor: Actor, millis: number, ...peers: readonly NodeId[]): Actor {
  for (const until = actor.millis + millis; actor.millis < until;) {
    actor.wakesOnTime().syncs();
    for (const peer of peers) {
      if (actor.replica.leading === undefined) return actor;
      actor.hears(peer, heard(actor, peer, actor.leading.progress[peer]?.match));
      acknowledged(actor, peer).syncs();
    }
  }
  return actor;
}

/** The answer of `by` to the newest heartbeat. */
export function heard(actor: Actor, by: NodeId, agreed = 0, code?: CodeReport): Extract<Message, { type: 'heard' }> {
  const { epoch: to, beat } = actor.leading;
  return { type: 'heard', epoch: to, beat, agreed, diskId: diskOf(by), incarnation: 1, code };
}

export function end(actor: Actor): LogEnd {
  return logEnd(actor.replica.log);
}

/** What the next entry would continue. */
export function last(actor: Actor): LogBase {
  return tail(actor.replica.log);
}

/** A step that changed what it was given would throw. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && !Array.isArray(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
}
