/**
 * Freezes plain objects and arrays, all the way down. Whoever then changes a state in place, or a message that two nodes
 * hold, is thrown at. Collections of immutable are persistent already and stay as they are: they memoise inside.
 */
export function deepFreeze<Value>(value: Value): Value {
  freeze(value);
  return value;
}

function freeze(value: unknown): void {
  // What is frozen was frozen by us, all of it: a state shares most of itself with the one before, and that is skipped.
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
