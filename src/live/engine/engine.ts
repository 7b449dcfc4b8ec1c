import type { HostAction, HostInput } from '../../host/host-io.ts';
import { type Host, hostWakeAt, stepHost } from '../../host/host.ts';
import type { Unit } from '../../protocol/model/address.ts';
import { assert, unreachable } from '../../protocol/model/assert.ts';
import type { DiskOperation, Moment } from '../../protocol/model/effects.ts';
import type { Snapshot } from '../../protocol/model/machine.ts';
import type { Store } from '../../storage/store.ts';
import { readClocks } from './clock.ts';
import { createHashing } from './hashing.ts';
import type { Observer } from './observer.ts';
import type { Recorder } from './recorder.ts';
import { createWakeTimer } from './wake-timer.ts';

/** Drives the host of a process: feeds it each input with the time, and carries out the resulting effects. */
export interface Engine {
  feed(input: HostInput): void;
  /** The host after the last input. */
  host(): Host;
  /** Takes no more inputs, and waits for writes under way. */
  stop(): Promise<void>;
}

export interface EngineOptions {
  readonly host: Host;
  readonly stores: ReadonlyMap<Unit, Store>;
  readonly send: (action: Extract<HostAction, { type: 'send' }>) => void;
  readonly respond: (action: Extract<HostAction, { type: 'respond' }>) => void;
  readonly stream: (action: Extract<HostAction, { type: 'part' | 'abort' }>) => void;
  readonly known: (action: Extract<HostAction, { type: 'known' }>) => void;
  readonly claimed: (action: Extract<HostAction, { type: 'claimed' }>) => void;
  readonly dismissed: (action: Extract<HostAction, { type: 'dismissed' }>) => void;
  /** See `ProcessOptions`. */
  readonly failed: (error: unknown) => void;
  /** The observer of notes, writes and answers. */
  readonly observer: Observer;
  /** Records every step for a second execution. */
  readonly recorder?: Recorder | undefined;
}

export function createEngine(options: EngineOptions): Engine {
  const { host: blank, stores, send, respond, stream, known, claimed, dismissed, failed, recorder, observer } = options;
  const onDisk = new Set<Promise<void>>();
  let host = blank;
  let over = false;
  const hashing = createHashing((hashed) => feed({ type: 'hashed', ...hashed }));
  const wakeTimer = createWakeTimer(
    () => feed({ type: 'wake' }),
    () => (over ? undefined : hostWakeAt(host)),
  );

  return {
    feed,
    host: () => host,
    async stop() {
      over = true;
      hashing.stop();
      await Promise.all(onDisk);
    },
  };

  function feed(input: HostInput): void {
    if (over) return;
    if (input.type === 'envelope') observer.carried?.('in', input.envelope);
    try {
      const [next, actions] = take(input, readClocks());
      host = next;
      for (const action of actions) carryOut(action);
      wakeTimer.set(hostWakeAt(host));
    } catch (error) {
      fail(error);
    }
  }

  function take(input: HostInput, now: Moment): ReturnType<typeof stepHost> {
    let taken: ReturnType<typeof stepHost>;
    try {
      taken = stepHost(host, input, now);
    } catch (error) {
      recorder?.threw(input, now);
      throw error;
    }
    recorder?.took(input, now, taken[1], taken[0]);
    return taken;
  }

  function carryOut(action: HostAction): void {
    switch (action.type) {
      case 'write':
        return write(action.unit, action.operations);
      case 'save':
        return save(action.unit, action.snapshot);
      case 'hash':
        return hashing.add(action);
      case 'send':
        observer.carried?.('out', action.envelope);
        return send(action);
      case 'respond':
        return respond(action);
      case 'part':
      case 'abort':
        return stream(action);
      case 'known':
        return known(action);
      case 'claimed':
        return claimed(action);
      case 'dismissed':
        return dismissed(action);
      case 'note':
        return observer.noted(action.unit, action.note);
      default:
        return unreachable(action);
    }
  }

  function write(unit: Unit, operations: readonly DiskOperation[]): void {
    const begunAt = performance.now();
    whenDurable(storeOf(unit).write(operations), () => {
      observer.written(unit, performance.now() - begunAt);
      feed({ type: 'written', unit });
    });
  }

  function save(unit: Unit, snapshot: Snapshot): void {
    const begunAt = performance.now();
    whenDurable(storeOf(unit).save(snapshot), () => {
      observer.saved(unit, performance.now() - begunAt);
      feed({ type: 'saved', unit, index: snapshot.base.index, size: storeOf(unit).snapshotSize() });
    });
  }

  function whenDurable(done: Promise<void>, then: () => void): void {
    const reported = done.then(then, fail);
    onDisk.add(reported);
    void reported.finally(() => onDisk.delete(reported));
  }

  function storeOf(unit: Unit): Store {
    const store = stores.get(unit);
    assert(store !== undefined, 'every replica of a host has a store');
    return store;
  }

  /** The first failure is the last step: memory and disk may no longer agree. */
  function fail(error: unknown): void {
    if (over) return;
    over = true;
    failed(error);
  }
}
