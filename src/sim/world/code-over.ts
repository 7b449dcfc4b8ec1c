import type { App, EntryContext, Step } from '../../protocol/model/app.ts';

/** A state that holds that of a service, and more. */
interface Around {
  readonly innerOf: (state: unknown) => unknown;
  /** The step over the state `before`, of which the service itself has made `step`. */
  readonly around: (before: unknown, step: Step<unknown>, context: EntryContext) => Step<unknown>;
}

/** The code of an app over states around its own; `initial` and `migrate`, which make them, are the caller's. */
export function codeOver(app: App, { innerOf, around }: Around): App {
  return {
    ...app,
    apply: (state, command, context) => around(state, app.apply(innerOf(state), command, context), context),
    read: (state, query) => app.read(innerOf(state), query),
    invariants: app.invariants.map((invariant) => ({
      name: invariant.name,
      broken: (state) => invariant.broken(innerOf(state)),
    })),
    ...(app.resume === undefined
      ? {}
      : {
          resume: (state, command, outcome, context) => {
            const inner = innerOf(state);
            return around(state, app.resume?.(inner, command, outcome, context) ?? { state: inner, outcome }, context);
          },
        }),
    ...(app.answer === undefined
      ? {}
      : { answer: (state, query) => app.answer?.(innerOf(state), query) ?? app.read(innerOf(state), query) }),
  };
}
