import { judgeNamed } from '../sim/judges/judge.ts';
import { showReplay, showVerdict } from './show.ts';
import type { Simulation } from './simulate.ts';

/** The result of a matcher; the shape that `expect.extend` of vitest and of its relatives takes. */
export interface Match {
  readonly pass: boolean;
  readonly message: () => string;
}

/** The notes that count, and their least number. */
export interface Probe {
  /** Only those of this group, or of `front-end`. */
  readonly of?: string;
  /** Only those of this node. */
  readonly at?: string;
  /** 1 by default. */
  readonly atLeast?: number;
}

/**
 * `expect.extend(matchers)`, or `import 'understudy/testing/vitest'`. Each failure prints the plan and how to run it.
 */
export const matchers = {
  /** No rule was broken. */
  toHaveHeld(received: unknown): Match {
    const simulation = simulationIn(received);
    return found(simulation, simulation.violation === undefined, {
      no: showVerdict(simulation),
      yes: 'every rule held, and one was to be broken',
    });
  },

  /** A rule was broken: the one this judge watches, or any. */
  toHaveBroken(received: unknown, judge?: string): Match {
    const simulation = simulationIn(received);
    const { violation } = simulation;
    const sought = judge === undefined ? 'a rule' : `the rule of “${judge}”`;
    const isSought = judge === undefined || violation?.judge === judgeNamed(judge);
    return found(simulation, violation !== undefined && isSought, {
      no: `${sought} was to be broken, but ${showVerdict(simulation)}`,
      yes: showVerdict(simulation),
    });
  },

  /** A note was seen: `elected`, `retries`, `installed`, … */
  toHaveSeen(received: unknown, note: string, { of, at, atLeast = 1 }: Probe = {}): Match {
    const simulation = simulationIn(received);
    const key = `${note}${of === undefined ? '' : ` of ${of}`}${at === undefined ? '' : ` at ${at}`}`;
    const count = simulation.notes[key] ?? 0;
    const kinds = Object.keys(simulation.notes).filter((other) => !other.includes(' '));
    return found(simulation, count >= atLeast, {
      no: `“${key}” was seen ${count} times and not ${atLeast}; seen were ${kinds.join(', ')}`,
      yes: `“${key}” was seen ${count} times`,
    });
  },

  /**
   * The log explains every answer in real-time order. A run that broke another rule is not judged to its end, so it is
   * not known to be linearizable.
   */
  toBeLinearizable(received: unknown): Match {
    const simulation = simulationIn(received);
    const { violation, history } = simulation;
    const answered = history.filter(({ result }) => result?.type === 'answered').length;
    return found(simulation, violation === undefined && answered > 0, {
      no: answered === 0 ? 'no request was answered, which proves nothing' : showVerdict(simulation),
      yes: `all ${answered} answers fit the log`,
    });
  },

  /** Every request was answered; none is unknown. */
  toHaveAnsweredAll(received: unknown): Match {
    const simulation = simulationIn(received);
    const { history, story } = simulation;
    const open = story.filter((_, place) => history[place]?.result?.type !== 'answered');
    return found(simulation, open.length === 0 && history.length > 0, {
      no: history.length === 0 ? 'there were no requests' : `not answered: ${open.join('; ')}`,
      yes: `all ${history.length} requests were answered`,
    });
  },
} as const;

function found(simulation: Simulation, pass: boolean, say: { readonly no: string; readonly yes: string }): Match {
  return { pass, message: () => `${pass ? say.yes : say.no}\n\n${showReplay(simulation)}` };
}

/** `expect` takes anything; a matcher needs the result of `simulate`. */
function simulationIn(received: unknown): Simulation {
  if (isSimulation(received)) return received;
  throw new TypeError('this matcher is for what simulate(…) returns');
}

function isSimulation(value: unknown): value is Simulation {
  return typeof value === 'object' && value !== null && 'plan' in value && 'verdict' in value && 'story' in value;
}
