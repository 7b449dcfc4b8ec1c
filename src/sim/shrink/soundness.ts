import { DEFAULT_SETTINGS, type Settings } from '../../protocol/model/settings.ts';
import type { Plan } from '../plan/plan.ts';

/**
 * What a plan must keep while it shrinks, or it fails for another reason: timers that fit each other, and the time to
 * become quiescent. Only properties of the first plan are required.
 */
export function isSound(plan: Plan, first: Plan): boolean {
  if (plan.restWithin < first.restWithin) return false;
  if (plan.answersWithin !== undefined && plan.answersWithin < (first.answersWithin ?? Infinity)) return false;
  const [now, then] = [settingsOf(plan), settingsOf(first)];
  return RULES.every((rule) => rule(now) || !rule(then));
}

/** Each rule keeps one timer from contradicting another. */
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
