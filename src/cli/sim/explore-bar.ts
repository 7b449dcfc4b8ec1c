/** Says on standard error how far a search is, if that is a terminal and `quiet` is not asked for. */
export function exploreBar(quiet: boolean): { update(states: number, depth: number): void; stop(): void } {
  const shows = !quiet && process.stderr.isTTY;
  return {
    update(states, depth) {
      if (shows) process.stderr.write(`\r${states.toLocaleString('en')} states, depth ${depth}`);
    },
    stop() {
      if (shows) process.stderr.write('\r\u001b[K');
    },
  };
}
