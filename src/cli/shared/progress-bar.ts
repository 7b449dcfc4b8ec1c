import cliProgress from 'cli-progress';

export interface Progress {
  /** The amount done so far. */
  update(done: number): void;
  stop(): void;
}

export interface ProgressOptions {
  /** The counted items: `purchases`. */
  readonly what: string;
  readonly total: number;
  readonly quiet: boolean;
}

/** A bar on standard error; none without a terminal, or when `quiet`. */
export function showProgress({ what, total, quiet }: ProgressOptions): Progress {
  if (quiet || !process.stderr.isTTY) return { update: () => undefined, stop: () => undefined };
  const bar = new cliProgress.SingleBar({
    format: `{bar} {value}/{total} ${what}, {eta_formatted} to go`,
    stream: process.stderr,
    noTTYOutput: false,
    hideCursor: true,
    clearOnComplete: true,
    // Bar and figures fit into 60 columns.
    barsize: 20,
  });
  bar.start(total, 0);
  return { update: (done) => bar.update(done), stop: () => bar.stop() };
}
