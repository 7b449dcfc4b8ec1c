/** What nodes tell each other all the time, whatever happens. */
const ROUTINE = /^ *[\d.]+ \S+ +→ \S+ \S+: (?:heartbeat|heard|gossip|locate|located)\b/;

/** The lines of a trace without heartbeats, gossip and the search for primaries. */
export function withoutRoutine(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => !ROUTINE.test(line));
}
