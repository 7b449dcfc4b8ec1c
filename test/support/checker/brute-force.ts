import { isAbout, type Model } from '../../../src/checker/model.ts';
import type { Operation } from '../../../src/checker/operation.ts';
import type { Json } from '../../../src/protocol/model/json.ts';

/** The dumb twin: every order of the operations that respects real time, with every choice of unknown ones. No memory. */
export function isLinearizable<State, Step extends Json>(
  model: Model<State, Step>,
  operations: readonly Operation[],
  part = '',
): boolean {
  const steps = operations.flatMap((operation) => {
    const decoded = model.decode(operation);
    if (decoded.type === 'rejected') throw new Error(decoded.reason);
    return decoded.value.filter((meaning) => isAbout(meaning, part)).map(({ step }) => ({ operation, step }));
  });
  function from(state: State, left: typeof steps): boolean {
    if (left.every(({ operation }) => operation.returnedAt === undefined)) return true;
    const firstReturn = Math.min(...left.map(({ operation }) => operation.returnedAt ?? Number.POSITIVE_INFINITY));
    return left.some((one) => {
      if (one.operation.calledAt > firstReturn) return false;
      const next = model.apply(state, one.step);
      return (
        next !== undefined &&
        from(
          next,
          left.filter((other) => other !== one),
        )
      );
    });
  }
  return from(model.initial(part), steps);
}
