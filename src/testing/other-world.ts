/**
 * Runs `work` with other clocks and chance: `number` determines both. Results of two worlds differ only if `work` used
 * either.
 */
export function inWorld<Result>(number: number, work: () => Result): Result {
  const { Date: date, performance } = globalThis;
  const { random } = Math;
  const millis = 946_684_800_000 + number * 86_400_123;
  const otherDate = new Proxy(date, {
    construct: (target, parts, made) =>
      objectOf(Reflect.construct(target, parts.length === 0 ? [millis] : parts, made)),
    apply: (target) => new target(millis).toString(),
    get(target, key): unknown {
      const member: unknown = Reflect.get(target, key);
      return key === 'now' ? () => millis : member;
    },
  });
  try {
    put('Date', otherDate);
    put('performance', { now: () => number });
    Math.random = () => (number * 0.618_034) % 1;
    return work();
  } finally {
    put('Date', date);
    put('performance', performance);
    Math.random = random;
  }
}

function objectOf(value: unknown): object {
  if (typeof value === 'object' && value !== null) return value;
  throw new TypeError('a constructor makes an object');
}

function put(name: 'Date' | 'performance', value: unknown): void {
  Object.defineProperty(globalThis, name, { configurable: true, writable: true, enumerable: false, value });
}
