import { createCourier, type Victim } from './deliver.ts';
import { hostileInput } from './inputs.ts';

export interface Attack {
  readonly seed: number;
  readonly inputs: number;
  readonly victims: readonly Victim[];
  /** Inputs that are under way at the same time. */
  readonly atOnce: number;
  /** No further input is sent after as many milliseconds. */
  readonly within: number;
}

/** How often a long run says how far it is, in inputs. */
const TOLD_EVERY = 10_000;

export interface AttackReport {
  /** How many were sent. */
  readonly inputs: number;
  /** How often there was each outcome of each type of input: `request 400`. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** What must not be, each with the number of the input that did it. */
  readonly wrong: readonly string[];
}

/** Sends the inputs of `seed` to the victims in turn. What has changed by it is for the caller to see. */
export async function attack({ seed, inputs, victims, atOnce, within }: Attack): Promise<AttackReport> {
  const groupRoute = createCourier();
  const outcomes: Record<string, number> = {};
  const wrong: string[] = [];
  const startedAt = performance.now();
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < inputs && performance.now() - startedAt < within) {
      const number = next;
      next += 1;
      if (next % TOLD_EVERY === 0) console.log(`${next} inputs, ${wrong.length} wrong`);
      const victim = victims[number % victims.length];
      if (victim === undefined) return;
      const input = hostileInput(seed, number, victim.kind);
      const { outcome, wrong: problem } = await groupRoute.deliver(input, victim);
      const kind = `${input.type} ${outcome}`;
      outcomes[kind] = (outcomes[kind] ?? 0) + 1;
      if (problem !== undefined) wrong.push(`input ${number} of seed ${seed}, at ${victim.node}: ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const late = groupRoute.end();
  if (late > 0) wrong.push(`${late} half requests were open for longer than any may be`);
  return { inputs: next, outcomes, wrong };
}
