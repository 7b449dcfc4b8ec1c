import type { Address } from '../../../src/protocol/model/address.ts';
import type { App } from '../../../src/protocol/model/app.ts';
import { unreachable } from '../../../src/protocol/model/assert.ts';
import { type Configuration, type MemberKind, members } from '../../../src/protocol/model/configuration.ts';
import type { ServiceEntry } from '../../../src/protocol/model/directory.ts';
import type { DiskOperation, Note, Stored } from '../../../src/protocol/model/effects.ts';
import { NO_EPOCH, type NodeId } from '../../../src/protocol/model/epoch.ts';
import type { Snapshot } from '../../../src/protocol/model/machine.ts';
import type { Message, Reply, Request } from '../../../src/protocol/model/messages.ts';
import type { PlantedBug } from '../../../src/protocol/model/mutants.ts';
import type { Settings } from '../../../src/protocol/model/settings.ts';
import { hashValue } from '../../../src/protocol/model/value-hash.ts';
import { type Action, EMPTY_OUTBOX, type Outbox, post, written as madeDurable } from '../../../src/protocol/outbox.ts';
import { wakeAt } from '../../../src/protocol/step.ts';
import { Actor, type Casting } from './one-replica.ts';
import { CLIENT, diskOf } from './replica-script.ts';

export interface Letter {
  readonly from: Address;
  readonly to: Address;
  readonly message: Message;
}

/** How long things take, and what hears of them. At first nothing takes any time, and nothing listens. */
export interface Surroundings {
  /** From sending to arrival, in milliseconds. */
  readonly linkMillis?: number;
  /** Of one write to the disk, in milliseconds. */
  readonly diskMillis?: number;
  readonly observe?: (event: GroupEvent) => void;
  /** What a replica runs, where that is not the counter. */
  readonly apps?: Readonly<Record<NodeId, App>>;
  readonly planted?: readonly PlantedBug[];
  /** What the hash of a state is said to take, in milliseconds. */
  readonly hashMillis?: number;
}

/** What happens in a group, in the order in which it happens; `millis` since the group began. */
export type GroupEvent = { readonly millis: number } & (
  | { readonly type: 'directed'; readonly direction: string }
  /** `isLost`: the receiver is down or cut off and gets nothing. */
  | { readonly type: 'sent'; readonly letter: Letter; readonly isLost: boolean }
  | { readonly type: 'durable'; readonly node: NodeId; readonly operations: readonly DiskOperation[] }
  | { readonly type: 'noted'; readonly node: NodeId; readonly note: Note }
  | { readonly type: 'stepped'; readonly node: NodeId; readonly actor: Actor }
);

type GroupEventBody = GroupEvent extends infer Event ? (Event extends unknown ? Omit<Event, 'millis'> : never) : never;

/** What is under way to happen. */
interface Due {
  readonly at: number;
  /** The node whose death it does not survive. */
  readonly of: NodeId;
  readonly happen: () => void;
}

const BEGINNING = 10_000;

/**
 * All replicas of one group, with a network that loses only what is said to the dead, over links and disks that take no
 * time unless said, and one clock. Nodes can be killed and started again; what was on their disks stays.
 */
export class ReplicaGroup {
  readonly #configuration: Configuration;
  readonly #settings: Partial<Settings>;
  readonly #linkMillis: number;
  readonly #diskMillis: number;
  readonly #observe: (event: GroupEvent) => void;
  readonly #surroundings: Surroundings;
  readonly #outboxes = new Map<NodeId, Outbox>();
  readonly #actors = new Map<NodeId, Actor>();
  readonly #disks = new Map<NodeId, Stored>();
  readonly #dead = new Set<NodeId>();
  readonly #cuts = new Set<string>();
  readonly #joined = new Map<NodeId, Pick<Casting, 'kind' | 'diskId'>>();
  #services: readonly ServiceEntry[] = [];
  #due: readonly Due[] = [];
  #millis = BEGINNING;
  /** What clients were told. */
  replies: Reply[] = [];

  constructor(configuration: Configuration, settings: Partial<Settings> = {}, surroundings: Surroundings = {}) {
    this.#configuration = configuration;
    this.#settings = settings;
    this.#surroundings = surroundings;
    this.#linkMillis = surroundings.linkMillis ?? 0;
    this.#diskMillis = surroundings.diskMillis ?? 0;
    this.#observe = surroundings.observe ?? (() => {});
    for (const { nodeId } of members(configuration)) this.#begin(nodeId);
  }

  actor(name: NodeId): Actor {
    const actor = this.#actors.get(name);
    if (actor === undefined) throw new Error(`nobody is called ${name}`);
    return actor;
  }

  get primary(): Actor | undefined {
    return [...this.#actors.values()].find(
      ({ name, replica }) => replica.leading !== undefined && !this.#dead.has(name),
    );
  }

  kills(...names: readonly NodeId[]): this {
    for (const name of names) {
      this.#tell({ type: 'directed', direction: `${name} is killed` });
      this.#dead.add(name);
    }
    this.#due = this.#due.filter(({ of }) => !this.#dead.has(of));
    return this;
  }

  starts(...names: readonly NodeId[]): this {
    for (const name of names) {
      const disk = this.#disks.has(name) ? 'again, with what is on its disk' : 'with an empty disk';
      this.#tell({ type: 'directed', direction: `${name} starts ${disk}` });
      this.#dead.delete(name);
      this.#begin(name);
    }
    return this;
  }

  /** Somebody new, with an empty disk, who knows the first configuration: also an old name with a new disk. */
  joins(name: NodeId, kind: MemberKind, diskId = diskOf(name)): this {
    this.#disks.delete(name);
    this.#joined.set(name, { kind, diskId });
    return this.starts(name);
  }

  /** From now on every directory says so, of those named. */
  knows(...services: readonly ServiceEntry[]): this {
    const others = this.#services.filter(({ nodeId }) => !services.some((service) => service.nodeId === nodeId));
    this.#services = [...others, ...services].sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
    for (const actor of this.#living()) this.#collect(actor.knows(...this.#services));
    return this.#deliver();
  }

  /** The primary is to hand over. */
  orders(to?: NodeId): this {
    const { primary } = this;
    this.#tell({
      type: 'directed',
      direction: `an operator asks for a transfer to ${to ?? 'the replica that suits best'}`,
    });
    if (primary !== undefined) this.#collect(primary.takes({ type: 'transfer', to }));
    return this.#deliver();
  }

  /** What is said between the two is lost from now on. */
  cuts(one: NodeId, other: NodeId): this {
    this.#tell({ type: 'directed', direction: `the link between ${one} and ${other} is cut` });
    this.#cuts.add(`${one} ${other}`).add(`${other} ${one}`);
    return this;
  }

  heals(): this {
    this.#tell({ type: 'directed', direction: 'all links are whole again' });
    this.#cuts.clear();
    return this;
  }

  /** A client asks the primary, if there is one. */
  asks(...items: readonly Request[]): this {
    const { primary } = this;
    if (primary === undefined) return this;
    const message: Message = { type: 'requests', epoch: NO_EPOCH, lamport: 0, items };
    this.#send({ from: CLIENT, to: { node: primary.name, unit: primary.hosted.app.name }, message });
    return this.#deliver();
  }

  /** Time passes for all that live. */
  passes(millis: number): this {
    const until = this.#millis + millis;
    for (;;) {
      const wakes = this.#living().map((actor) => wakeAt(actor.hosted, actor.replica) ?? Infinity);
      const next = Math.min(...wakes, this.#due[0]?.at ?? Infinity);
      if (next > until) break;
      this.#setClocks(Math.max(next, this.#millis));
      for (const actor of this.#living()) {
        if ((wakeAt(actor.hosted, actor.replica) ?? Infinity) <= this.#millis) this.#collect(actor.wakes());
      }
      this.#deliver();
    }
    this.#setClocks(until);
    return this;
  }

  #begin(name: NodeId): void {
    const stored = this.#disk(name);
    this.#disks.set(name, { ...stored, incarnation: stored.incarnation + 1 });
    const { apps = {}, planted = [] } = this.#surroundings;
    const app = apps[name];
    const run = app === undefined ? { planted } : { app, planted };
    const casting = { configuration: this.#configuration, settings: this.#settings, stored, ...run };
    const actor = new Actor(name, { ...casting, ...this.#joined.get(name) }).knows(...this.#services);
    actor.wall += this.#millis - actor.millis;
    actor.millis = this.#millis;
    this.#actors.set(name, actor);
    this.#outboxes.set(name, EMPTY_OUTBOX);
  }

  #living(): readonly Actor[] {
    return [...this.#actors.values()].filter(({ name }) => !this.#dead.has(name));
  }

  #setClocks(millis: number): void {
    for (const actor of this.#actors.values()) actor.later(millis - actor.millis);
    this.#millis = millis;
  }

  /** What is due by now happens, and what comes of it. */
  #deliver(): this {
    for (let next = this.#due[0]; next !== undefined && next.at <= this.#millis; next = this.#due[0]) {
      this.#due = this.#due.slice(1);
      next.happen();
    }
    return this;
  }

  #after(millis: number, of: NodeId, happen: () => void): void {
    const at = this.#millis + millis;
    const place = this.#due.findIndex((other) => other.at > at);
    this.#due = this.#due.toSpliced(place === -1 ? this.#due.length : place, 0, { at, of, happen });
  }

  #send(letter: Letter): void {
    const { from, to, message } = letter;
    this.#tell({ type: 'sent', letter, isLost: !this.#reaches(from.node, to.node) });
    this.#after(this.#linkMillis, from.node, () => {
      if (to.node === CLIENT.node && message.type === 'replies') this.replies.push(...message.items);
      else if (this.#actors.has(to.node) && this.#reaches(from.node, to.node))
        this.#collect(this.actor(to.node).hears(from, message));
    });
  }

  #reaches(from: NodeId, to: NodeId): boolean {
    return !this.#dead.has(to) && !this.#cuts.has(`${from} ${to}`);
  }

  #collect(actor: Actor): void {
    this.#tell({ type: 'stepped', node: actor.name, actor });
    const [outbox, actions] = post(this.#outboxes.get(actor.name) ?? EMPTY_OUTBOX, actor.effects);
    this.#outboxes.set(actor.name, outbox);
    this.#carryOut(actor, actions);
  }

  #carryOut(actor: Actor, actions: readonly Action[]): void {
    const { name } = actor;
    const from = { node: name, unit: actor.hosted.app.name };
    for (const action of actions) {
      if (action.type === 'note') this.#tell({ type: 'noted', node: name, note: action.note });
      if (action.type === 'send') this.#send({ from, to: action.to, message: action.message });
    }
    for (const action of actions) {
      if (action.type === 'write') this.#onDisk(name, () => this.#written(actor, action.operations));
      if (action.type === 'save') this.#onDisk(name, () => this.#saved(actor, action.snapshot));
      if (action.type === 'hash') {
        const { version, state } = action.machine;
        const hash = hashValue(state);
        const { hashMillis } = this.#surroundings;
        this.#collect(actor.takes({ type: 'hashed', index: action.index, version, hash, millis: hashMillis }));
      }
    }
  }

  #onDisk(name: NodeId, happen: () => void): void {
    if (this.#diskMillis === 0) happen();
    else this.#after(this.#diskMillis, name, happen);
  }

  #written(actor: Actor, operations: readonly DiskOperation[]): void {
    for (const operation of operations) this.#write(actor.name, operation);
    this.#tell({ type: 'durable', node: actor.name, operations });
    const [outbox, actions] = madeDurable(this.#outboxes.get(actor.name) ?? EMPTY_OUTBOX);
    this.#outboxes.set(actor.name, outbox);
    this.#carryOut(actor, actions);
  }

  #saved(actor: Actor, snapshot: Snapshot): void {
    this.#disks.set(actor.name, { ...this.#disk(actor.name), snapshot });
    this.#collect(actor.takes({ type: 'saved', index: snapshot.base.index }));
  }

  #tell(event: GroupEventBody): void {
    this.#observe({ millis: this.#millis - BEGINNING, ...event });
  }

  #write(name: NodeId, operation: DiskOperation): void {
    this.#disks.set(name, written(this.#disk(name), operation));
  }

  #disk(name: NodeId): Stored {
    return this.#disks.get(name) ?? { incarnation: 0, promised: NO_EPOCH, snapshot: undefined, entries: [] };
  }
}

function written(disk: Stored, operation: DiskOperation): Stored {
  switch (operation.type) {
    case 'promise':
      return { ...disk, promised: operation.epoch };
    case 'append':
      return { ...disk, entries: [...disk.entries, ...operation.entries] };
    case 'truncate':
      return { ...disk, entries: disk.entries.filter(({ index }) => index < operation.from) };
    case 'install':
      return { ...disk, snapshot: operation.snapshot, entries: [] };
    case 'compact':
      return { ...disk, entries: disk.entries.filter(({ index }) => index > operation.through) };
    default:
      return unreachable(operation);
  }
}
