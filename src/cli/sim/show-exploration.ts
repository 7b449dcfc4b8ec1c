import { type Bounds, RESOURCES } from '../../sim/explore/bounds.ts';
import type { ExploreReport, Replayed } from '../../sim/explore/explore.ts';
import type { Model } from '../../sim/explore/model.ts';

/** A model in two lines. */
export function showModel({ name, title, bounds }: Model): string {
  return `${name}: ${title}\n  at most ${showBounds(bounds)}`;
}

/** The result of an exploration; a violation with every step that leads to it. */
export function showExploration(model: Model, report: ExploreReport, seconds: number): string {
  const { states, transitions, depth, schedule, runs, exhausted, cut, violation, bounds, ignoredMessages } = report;
  const perSecond = Math.round(states / Math.max(seconds, 0.001));
  const reach = schedule === 'exhaustive' ? `depth ${depth}` : `${runs} runs of up to ${depth} steps`;
  const cuts = RESOURCES.filter((resource) => cut[resource] !== undefined).map((by) => `${by} ${cut[by]}`);
  const lines = [
    `${model.name}: ${model.title}`,
    `  at most ${showBounds(bounds)}`,
    `  ${states} states, ${transitions} transitions, ${reach}, ${seconds.toFixed(1)} s, ${perSecond} states a second`,
    ...(cuts.length === 0 ? [] : [`  transitions beyond a bound: ${cuts.join(', ')}`]),
  ];
  if (ignoredMessages !== undefined) {
    const came = ignoredMessages.wrong ?? 'changed nothing wherever they could arrive';
    const { checked, pairs } = ignoredMessages;
    lines.push(`  dead messages: ${checked} of ${pairs} pairs of message and local state tried: ${came}`);
  }
  if (violation === undefined) return [...lines, `  ${verdictOf(report, exhausted)}`].join('\n');
  const { judge, reason, steps } = violation;
  const shortest = schedule === 'exhaustive' ? 'a shortest counterexample' : 'a counterexample';
  return [
    ...lines,
    `  the judge “${judge}” says:`,
    `  ${reason}`,
    `  ${shortest}, ${steps.length} steps:`,
    ...steps.map(({ words }, place) => `  ${String(place + 1).padStart(3)}  ${words}`),
  ].join('\n');
}

/** A replayed counterexample. */
export function showCounterexample({ words, wrong, stuckAt }: Replayed): string {
  const steps = words.map((told, place) => `  ${String(place + 1).padStart(3)}  ${told}`);
  if (wrong !== undefined) return [...steps, `the judge “${wrong.judge}” says:`, `  ${wrong.reason}`].join('\n');
  return [
    ...steps,
    stuckAt === undefined ? 'no rule is broken any more' : `step ${stuckAt} cannot happen any more`,
  ].join('\n');
}

function showBounds(bounds: Bounds): string {
  const bounded = RESOURCES.filter((resource) => bounds[resource] !== undefined);
  return bounded.map((resource) => `${bounds[resource]} ${NAMES[resource]}`).join(', ');
}

const NAMES: Readonly<Record<keyof Bounds, string>> = {
  campaigns: 'campaigns',
  changes: 'configuration changes',
  reboots: 'reboots',
  slowWrites: 'slow writes',
  hints: 'hints',
  repeats: 'repeated messages',
  losses: 'lost records',
  requests: 'requests of clients',
};

function verdictOf({ schedule }: ExploreReport, exhausted: boolean): string {
  if (schedule !== 'exhaustive') return 'every rule held in every run';
  return exhausted ? 'exhausted: every rule holds in every state' : 'NOT exhausted: every rule held as far as it went';
}
