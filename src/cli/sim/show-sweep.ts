import { showNotes } from './output.ts';
import { type FuzzSummary, isComplete, missedGoals } from './sweep-summary.ts';

/** The result of a sweep, for people. `millis`: its duration, where known. */
export function showSummary(summary: FuzzSummary, millis?: number): string {
  const { seeds, from, shard, ran, violations, unrecoverable, digest, judges, compared, differed, notes } = summary;
  const goals = Object.keys(summary.goals).length;
  const part = shard.of === 1 ? '' : `part ${shard.index}/${shard.of} of `;
  const missing = isComplete(summary) ? '' : `, of which ${ran} were run`;
  const verdict = violations === 0 ? 'no rule was broken' : `${violations} violations (${showNotes(judges)})`;
  const missed = missedGoals(summary).length;
  return [
    `${part}seeds ${from} to ${from + seeds - 1}${missing}: ${verdict}`,
    ...(unrecoverable === 0 ? [] : [`${unrecoverable} of them left nothing that could serve, and stayed safe`]),
    ...(compared === 0 ? [] : [`${compared} were run twice, and ${compared - differed.length} did the same`]),
    showPace(summary, millis),
    `goals: ${goals - missed} of ${goals}${missed === 0 ? '' : ' (--require-goals names the others)'}`,
    `seen: ${showNotes(notes)}`,
    `digest ${digest}`,
  ].join('\n');
}

function showPace({ events, simulatedMillis }: FuzzSummary, millis: number | undefined): string {
  const simulated = `${events} events, ${Math.round(simulatedMillis / 1_000)} s simulated`;
  if (millis === undefined) return simulated;
  const seconds = millis / 1_000;
  const pace = `${Math.round(events / seconds)} events a second, ${Math.round(simulatedMillis / millis)} times real time`;
  return `${simulated} in ${seconds.toFixed(1)} s; ${pace}`;
}
