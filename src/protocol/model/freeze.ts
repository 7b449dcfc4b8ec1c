import { isCollection } from 'immutable';

/**
 * Freezes plain objects and arrays deeply: a later change in place of a state or a shared message throws. Collections
 * of immutable are persistent already and stay unfrozen: they memoise inside.
 */
export function deepFreeze<Value>(value: Value): Value {
  freeze(value);
  return value;
}

function freeze(value: unknown): void {
  // A frozen value was frozen here, deeply: a state shares most of itself with the one before, and that is skipped.
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  if (Array.isArray(value)) {
    Object.freeze(value);
    value.forEach(freeze);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
}

/** Freezes a state deeply, with what is inside collections of immutable. It visits all of the state. */
export function freezeState<State>(state: State): State {
  freezeThrough(state, new Set());
  return state;
}

function freezeThrough(value: unknown, seen: Set<object>): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  if (isCollection(value)) return void value.forEach((inner) => freezeThrough(inner, seen));
  Object.freeze(value);
  for (const inner of Object.values(value)) freezeThrough(inner, seen);
}
