import { type Host, hostWakeAt, stepHost } from '../host/host.ts';
import type { HostAction, HostInput } from '../host/host-io.ts';
import { assert, unreachable } from '../protocol/assert.ts';
import type { Unit } from '../protocol/messages.ts';
import type { Store } from '../storage/store.ts';
import { createAlarm } from './alarm.ts';
import { moment } from './moment.ts';
import { type Level, noteLine } from '../host/note-line.ts';

/** What steps the host of a process: it brings each input in with the time, and carries out what comes of it. */
export interface Engine {
  feed(input: HostInput): void;
  /** The host as it is after the last input. */
  host(): Host;
  /** Takes no more inputs, and waits for what is on its way to the disk. */
  stop(): Promise<void>;
}

export interface EngineOptions {
  readonly host: Host;
  readonly stores: ReadonlyMap<Unit, Store>;
  readonly send: (action: Extract<HostAction, { type: 'send' }>) => void;
  readonly respond: (action: Extract<HostAction, { type: 'respond' }>) => void;
  readonly log: (line: string, level: Level) => void;
  /** See `ProcessOptions`. */
  readonly failed: (error: unknown) => void;
}

export function createEngine({ host: blank, stores, send, respond, log, failed }: EngineOptions): Engine {
  const onDisk = new Set<Promise<void>>();
  let host = blank;
  let over = false;
  const alarm = createAlarm(
    () => feed({ type: 'wake' }),
    () => (over ? undefined : hostWakeAt(host)),
  );

  return {
    feed,
    host: () => host,
    async stop() {
      over = true;
      await Promise.all(onDisk);
    },
  };

  function feed(input: HostInput): void {
    if (over) return;
    try {
      const [next, actions] = stepHost(host, input, moment());
      host = next;
      for (const action of actions) carryOut(action);
      alarm.set(hostWakeAt(host));
    } catch (error) {
      fail(error);
    }
  }

  function carryOut(action: HostAction): void {
    switch (action.type) {
      case 'write':
        return whenDurable(storeOf(action.unit).write(action.operations), { type: 'written', unit: action.unit });
      case 'save': {
        const { index } = action.snapshot.base;
        return whenDurable(storeOf(action.unit).save(action.snapshot), { type: 'saved', unit: action.unit, index });
      }
      case 'send':
        return send(action);
      case 'respond':
        return respond(action);
      case 'note': {
        const { line, level } = noteLine(action.unit, action.note);
        return log(line, level);
      }
      default:
        return unreachable(action);
    }
  }

  function whenDurable(done: Promise<void>, then: HostInput): void {
    const reported = done.then(() => feed(then), fail);
    onDisk.add(reported);
    void reported.finally(() => onDisk.delete(reported));
  }

  function storeOf(unit: Unit): Store {
    const store = stores.get(unit);
    assert(store !== undefined, 'every replica of a host has a store');
    return store;
  }

  /** The first failure is the last thing that happens: what is in memory and what is on disk may no longer agree. */
  function fail(error: unknown): void {
    if (over) return;
    over = true;
    failed(error);
  }
}
