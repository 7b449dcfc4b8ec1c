import { Document, isCollection, visit } from 'yaml';
import { plainPlan } from '../sim/plain-plan.ts';
import type { Plan } from '../sim/plan.ts';
import { showTime } from '../sim/trace.ts';
import type { Simulation } from './simulate.ts';

/** The plan as a scenario: YAML to paste into a file and run, without what is the default anyway, a fault on each line. */
export function showPlan(plan: Plan): string {
  const document = new Document(plainPlan(plan));
  visit(document, {
    Seq(_, list) {
      for (const item of list.items) if (isCollection(item)) item.flow = true;
    },
  });
  return document.toString({ lineWidth: 0 });
}

/** How to see a run again, from the command line. */
export function showReplay({ plan, planted }: Pick<Simulation, 'plan' | 'planted'>): string {
  const services = plan.service === 'tickets' ? '' : ' --services FILE';
  const bugs = planted.length === 0 ? '' : ` --plant ${planted.join(',')}`;
  const run = `npx understudy sim run plan.yaml${services}${bugs} --trace`;
  return `Keep this as plan.yaml, and see it again with: ${run}\n\n${showPlan(plan)}`;
}

/** What rule a run broke and when; `every rule held` where none was. */
export function showVerdict({ violation }: Pick<Simulation, 'violation'>): string {
  if (violation === undefined) return 'every rule held';
  const { judge, reason, event } = violation;
  return `the judge “${judge}” says: ${reason}\n  event ${event.number} at ${showTime(event.at).trim()} s: ${event.what}`;
}
