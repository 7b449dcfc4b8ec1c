import { describe, expect, test } from 'vitest';
import { createFairTurns, type Pausable } from '../../../src/transport-http/clients/fair-turns.ts';

/** A connection that is read on unless it is paused. */
class Wire implements Pausable {
  destroyed = false;
  isPaused = false;
  #close: () => void = () => undefined;

  once(_: 'close', listener: () => void): void {
    this.#close = listener;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  end(): void {
    this.destroyed = true;
    this.#close();
  }
}

/** Turns of the event loop, by hand. */
function stage() {
  let next: (() => void)[] = [];
  const turns = createFairTurns((task) => next.push(task));
  const begun: string[] = [];
  return {
    turns,
    begun,
    enter(wire: Wire, ...names: readonly string[]): void {
      for (const name of names) turns.enter(wire, () => begun.push(name));
    },
    /** Requests begun in the next turn. */
    turn(): readonly string[] {
      const before = begun.length;
      const due = next;
      next = [];
      for (const task of due) task();
      return begun.slice(before);
    },
    leave(wire: Wire, times = 1): void {
      for (let time = 0; time < times; time += 1) turns.leave(wire);
    },
  };
}

const names = (of: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, nth) => `${of}${nth}`);

describe('Requests are begun by connections in turn', () => {
  test('at once where nothing waits', () => {
    const it = stage();
    it.enter(new Wire(), 'a');
    it.enter(new Wire(), 'b');
    expect(it.begun).toEqual(['a', 'b']);
  });

  test('so that of a pipeline sixteen are under way, and the next ones follow as these are answered', () => {
    const it = stage();
    const wire = new Wire();
    it.enter(wire, ...names('a', 40));
    expect(it.begun).toHaveLength(16);
    expect(it.turn()).toEqual([]);
    it.leave(wire, 2);
    expect(it.turn()).toEqual(['a16', 'a17']);
  });

  test('and a client that sends one request comes before what others have pipelined', () => {
    const it = stage();
    const flood = Array.from({ length: 300 }, () => new Wire());
    for (const [nth, wire] of flood.entries()) it.enter(wire, ...names(`${nth}.`, 100));
    it.enter(new Wire(), 'victim');
    expect(it.begun).toHaveLength(128);
    const turnsOfVictim = [it.turn(), it.turn(), it.turn()];
    expect(turnsOfVictim.map(({ length }) => length)).toEqual([128, 128, 128]);
    expect(turnsOfVictim.flat()).toContain('victim');
  });

  test('though all that may be is under way', () => {
    const it = stage();
    const flood = Array.from({ length: 400 }, () => new Wire());
    for (const wire of flood) it.enter(wire, ...names('a', 20));
    for (let turn = 0; turn < 60; turn += 1) it.turn();
    expect(it.begun).toHaveLength(4_096);
    it.enter(new Wire(), 'victim', 'second');
    it.turn();
    expect([it.begun.includes('victim'), it.begun.includes('second')]).toEqual([true, false]);
  });
});

describe('A connection whose requests wait', () => {
  test('is read no further before they have begun', () => {
    const it = stage();
    const wire = new Wire();
    it.enter(wire, ...names('a', 32));
    expect(wire.isPaused).toBe(false);
    it.turn();
    expect(wire.isPaused).toBe(true);
    it.leave(wire, 15);
    it.turn();
    expect(wire.isPaused).toBe(true);
    it.leave(wire);
    it.turn();
    expect(wire.isPaused).toBe(false);
  });

  test('is paused anew where something else has read it on', () => {
    const it = stage();
    const wire = new Wire();
    it.enter(wire, ...names('a', 32));
    it.turn();
    wire.resume();
    it.enter(wire, 'b');
    it.turn();
    expect(wire.isPaused).toBe(true);
    it.leave(wire, 16);
    it.turn();
    it.leave(wire, 16);
    it.turn();
    expect([it.begun.includes('b'), wire.isPaused]).toEqual([true, false]);
  });

  test('is one of four that are read on in a turn', () => {
    const it = stage();
    const wires = Array.from({ length: 6 }, () => new Wire());
    for (const wire of wires) it.enter(wire, ...names('a', 32));
    it.turn();
    for (const wire of wires) it.leave(wire, 16);
    const paused = (): number => wires.filter(({ isPaused }) => isPaused).length;
    expect(paused()).toBe(6);
    it.turn();
    expect(paused()).toBe(2);
    it.turn();
    expect(paused()).toBe(0);
  });

  test('has one with its body where the bodies of all together are long', () => {
    const it = stage();
    const [wire, other] = [new Wire(), new Wire()];
    const size = 16 * 1024 * 1024;
    const enter = (): void => it.turns.enter(wire, () => undefined, size);
    it.enter(wire, ...names('a', 16));
    it.enter(other, ...names('b', 17));
    for (let nth = 0; nth < 4; nth += 1) enter();
    expect([it.turns.hasRoomFor(wire, 1), it.turns.hasRoomFor(wire, 0)]).toEqual([false, true]);
    expect([it.turns.hasRoomFor(other, 1), it.turns.hasRoomFor(new Wire(), size)]).toEqual([false, true]);
    it.leave(wire);
    it.turn();
    expect(it.turns.hasRoomFor(wire, size)).toBe(true);
    enter();
    expect(it.turns.hasRoomFor(other, 1)).toBe(false);
    wire.end();
    expect(it.turns.hasRoomFor(other, 4 * size)).toBe(true);
  });

  test('is forgotten with its requests where it ends', () => {
    const it = stage();
    const flood = Array.from({ length: 300 }, () => new Wire());
    for (const wire of flood) it.enter(wire, ...names('a', 20));
    for (let turn = 0; turn < 60; turn += 1) it.turn();
    const { length } = it.begun;
    for (const wire of flood) {
      wire.end();
      it.leave(wire);
    }
    it.enter(new Wire(), 'b0');
    for (let turn = 0; turn < 3; turn += 1) it.turn();
    expect(it.begun.slice(length)).toEqual(['b0']);
  });
});
