import { DEFAULT_SETTINGS, type Settings } from '../../protocol/model/settings.ts';
import type { Plan } from '../plan/plan.ts';

/**
 * What a plan must not lose by being made smaller, or it fails for a reason of its own: timers that fit each other, and
 * the time to come to rest. Only what the first plan had is asked of those that come out of it.
 */
export function isSound(plan: Plan, first: Plan): boolean {
  if (plan.restWithin < first.restWithin) return false;
  const [now, then] = [settingsOf(plan), settingsOf(first)];
  return RULES.every((rule) => rule(now) || !rule(then));
}

/** Each keeps one timer from making nonsense of another. */
const RULES: readonly ((settings: Settings) => boolean)[] = [
  ({ heartbeatEvery, suspectAfter }) => suspectAfter >= 3 * heartbeatEvery,
  ({ suspectAfter, electAfter }) => electAfter >= suspectAfter,
  ({ electAfter, quorumWithin }) => quorumWithin <= electAfter,
  ({ heartbeatEvery, quorumWithin }) => quorumWithin >= 2 * heartbeatEvery,
  ({ electAfter, removeAfter }) => removeAfter >= electAfter,
  ({ heartbeatEvery, resendAfter }) => resendAfter >= 2 * heartbeatEvery,
  ({ heartbeatEvery, answerWithin }) => answerWithin >= heartbeatEvery,
  ({ resendAfter, copyWithin }) => copyWithin >= resendAfter,
];

function settingsOf(plan: Plan): Settings {
  return { ...DEFAULT_SETTINGS, ...plan.settings };
}
