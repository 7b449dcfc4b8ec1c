import { unreachable } from '../../../src/protocol/model/assert.ts';
import { type Configuration, type MemberKind, members } from '../../../src/protocol/model/configuration.ts';
import type { Operation, Stored } from '../../../src/protocol/model/effects.ts';
import { NO_EPOCH, type NodeId } from '../../../src/protocol/model/epoch.ts';
import type { Snapshot } from '../../../src/protocol/model/machine.ts';
import type { Message, Reply, Request } from '../../../src/protocol/model/messages.ts';
import type { ServiceEntry } from '../../../src/protocol/model/directory.ts';
import type { Settings } from '../../../src/protocol/model/settings.ts';
import { wakeAt } from '../../../src/protocol/step.ts';
import { CLIENT, diskOf } from './replica-script.ts';
import { Actor, type Casting } from './one-replica.ts';
import type { Address } from '../../../src/protocol/model/address.ts';

interface Letter {
  readonly from: Address;
  readonly to: Address;
  readonly message: Message;
}

/**
 * All replicas of one group, with a perfect network, disks that are always done at once, and one clock. Nodes can be
 * killed and started again; what was on their disks stays.
 */
export class Company {
  readonly #configuration: Configuration;
  readonly #settings: Partial<Settings>;
  readonly #actors = new Map<NodeId, Actor>();
  readonly #disks = new Map<NodeId, Stored>();
  readonly #dead = new Set<NodeId>();
  readonly #cuts = new Set<string>();
  readonly #joined = new Map<NodeId, Pick<Casting, 'kind' | 'diskId'>>();
  #services: readonly ServiceEntry[] = [];
  #letters: Letter[] = [];
  #millis = 10_000;
  /** What clients were told. */
  replies: Reply[] = [];

  constructor(configuration: Configuration, settings: Partial<Settings> = {}) {
    this.#configuration = configuration;
    this.#settings = settings;
    for (const { nodeId } of members(configuration)) this.#begin(nodeId);
  }

  actor(name: NodeId): Actor {
    const actor = this.#actors.get(name);
    if (actor === undefined) throw new Error(`nobody is called ${name}`);
    return actor;
  }

  get primary(): Actor | undefined {
    return [...this.#actors.values()].find(
      ({ name, replica }) => replica.tenure !== undefined && !this.#dead.has(name),
    );
  }

  kills(...names: readonly NodeId[]): this {
    for (const name of names) this.#dead.add(name);
    this.#letters = this.#letters.filter(({ from }) => !this.#dead.has(from.node));
    return this;
  }

  starts(...names: readonly NodeId[]): this {
    for (const name of names) {
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
    if (primary !== undefined) this.#collect(primary.takes({ type: 'transfer', to }));
    return this.#deliver();
  }

  /** What is said between the two is lost from now on. */
  cuts(one: NodeId, other: NodeId): this {
    this.#cuts.add(`${one} ${other}`).add(`${other} ${one}`);
    return this;
  }

  heals(): this {
    this.#cuts.clear();
    return this;
  }

  /** A client asks the primary, if there is one. */
  asks(...items: readonly Request[]): this {
    const { primary } = this;
    if (primary === undefined) return this;
    const message: Message = { type: 'requests', epoch: NO_EPOCH, lamport: 0, items };
    this.#letters.push({ from: CLIENT, to: { node: primary.name, unit: primary.hosted.app.name }, message });
    return this.#deliver();
  }

  /** Time passes for all that live. */
  passes(millis: number): this {
    const until = this.#millis + millis;
    for (;;) {
      const next = Math.min(...this.#living().map((actor) => wakeAt(actor.hosted, actor.replica) ?? Infinity));
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
    const casting = { configuration: this.#configuration, settings: this.#settings, stored };
    const actor = new Actor(name, { ...casting, ...this.#joined.get(name) }).knows(...this.#services);
    actor.wall += this.#millis - actor.millis;
    actor.millis = this.#millis;
    this.#actors.set(name, actor);
  }

  #living(): readonly Actor[] {
    return [...this.#actors.values()].filter(({ name }) => !this.#dead.has(name));
  }

  #setClocks(millis: number): void {
    for (const actor of this.#actors.values()) actor.later(millis - actor.millis);
    this.#millis = millis;
  }

  #deliver(): this {
    for (let letter = this.#letters.shift(); letter !== undefined; letter = this.#letters.shift()) {
      const { from, to, message } = letter;
      if (to.node === CLIENT.node && message.type === 'replies') this.replies.push(...message.items);
      else if (this.#actors.has(to.node) && !this.#dead.has(to.node) && !this.#cuts.has(`${from.node} ${to.node}`))
        this.#collect(this.actor(to.node).hears(from, message));
    }
    return this;
  }

  /** The disk is done at once, and what was said is on its way. */
  #collect(actor: Actor): void {
    const from = { node: actor.name, unit: actor.hosted.app.name };
    const saved: Snapshot[] = [];
    for (const effect of actor.effects) {
      if (effect.type === 'persist') for (const operation of effect.operations) this.#write(actor.name, operation);
      for (const free of effect.type === 'persist' ? effect.then : [effect]) {
        if (free.type === 'send') this.#letters.push({ from, to: free.to, message: free.message });
        if (free.type === 'save') saved.push(free.snapshot);
      }
    }
    for (const snapshot of saved) {
      this.#disks.set(actor.name, { ...this.#disk(actor.name), snapshot });
      this.#collect(actor.takes({ type: 'saved', index: snapshot.base.index }));
    }
  }

  #write(name: NodeId, operation: Operation): void {
    this.#disks.set(name, written(this.#disk(name), operation));
  }

  #disk(name: NodeId): Stored {
    return this.#disks.get(name) ?? { incarnation: 0, promised: NO_EPOCH, snapshot: undefined, entries: [] };
  }
}

function written(disk: Stored, operation: Operation): Stored {
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
