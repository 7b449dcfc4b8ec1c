import { BLIND } from '../../frontend/view.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { FrontEndView, RoutePlan } from '../../service/service.ts';

/*
 * The plans of one step of a route, over the views that its front end may have had. The log has nothing of a front end's
 * own state. Of what a route can ask its view,
 *
 * - a port is known or is not;
 * - a group has no primary, or has one of the servers of a plan (`s1`, `s2`, …);
 * - the contents of a cache are any: they are not tried.
 */

/** The plans of one step in the views that were tried, each once. */
export interface PlansInViews {
  readonly plans: readonly RoutePlan[];
  /** There is no other plan. False also where the step throws in one view of several. */
  readonly isComplete: boolean;
}

/** The answers to `primaryOf`: up to 7 servers of a plan, and 25 that join. A run with more is not judged rightly. */
const PRIMARIES: readonly (NodeId | undefined)[] = [
  undefined,
  ...Array.from({ length: 32 }, (_, place) => `s${place + 1}`),
];

/** The views that are tried for one step, at most: enough for the primaries of two groups. */
const VIEWS_AT_MOST = PRIMARIES.length ** 2;

/** All plans of a step of a route of a service with these groups. The first view is the blind one. */
export function plansInViews(groups: readonly GroupName[], plan: (view: FrontEndView) => RoutePlan): PlansInViews {
  const plans = new Map<string, RoutePlan>();
  let isComplete = true;
  let choices: readonly number[] | undefined = [];
  for (let views = 0; choices !== undefined; views += 1) {
    if (views === VIEWS_AT_MOST) return { plans: [...plans.values()], isComplete: false };
    const chosen = chosenView(groups, choices);
    const planned = planOf(() => plan(chosen.view));
    if (chosen.isCacheSeen() || (planned === undefined && chosen.isAsked())) isComplete = false;
    if (planned !== undefined) plans.set(JSON.stringify(planned), planned);
    choices = nextChoices(choices, chosen.options);
  }
  return { plans: [...plans.values()], isComplete };
}

/** A view whose answers are chosen: one choice per question, in the order of the questions; the first where none is given. */
function chosenView(
  groups: readonly GroupName[],
  choices: readonly number[],
): {
  readonly view: FrontEndView;
  /** The number of possible answers of each question so far. */
  readonly options: readonly number[];
  isAsked(): boolean;
  isCacheSeen(): boolean;
} {
  const options: number[] = [];
  const places = new Map<string, number>();
  let isCacheSeen = false;
  const choose = (question: string, among: number): number => {
    const place = places.get(question) ?? options.push(among) - 1;
    places.set(question, place);
    return choices[place] ?? 0;
  };
  const view: FrontEndView = {
    knowsPort: (port) => choose(`port ${port}`, 2) === 1,
    primaryOf: (group) =>
      groups.includes(group) ? PRIMARIES[choose(`primary of ${group}`, PRIMARIES.length)] : undefined,
    cache() {
      isCacheSeen = true;
      return BLIND.cache();
    },
  };
  return { view, options, isAsked: () => isCacheSeen || options.length > 0, isCacheSeen: () => isCacheSeen };
}

/** The choices after these, as of an odometer; undefined after the last. */
function nextChoices(choices: readonly number[], options: readonly number[]): readonly number[] | undefined {
  for (let place = options.length - 1; place >= 0; place -= 1) {
    const choice = (choices[place] ?? 0) + 1;
    const before = options.slice(0, place).map((_, earlier) => choices[earlier] ?? 0);
    if (choice < (options[place] ?? 0)) return [...before, choice];
  }
  return undefined;
}

function planOf(plan: () => RoutePlan): RoutePlan | undefined {
  try {
    return plan();
  } catch {
    // The states and views are combined by the replay, not by the cluster: a contradiction between them is no bug. What
    // a front end's route throws is reported when it does.
    return undefined;
  }
}
