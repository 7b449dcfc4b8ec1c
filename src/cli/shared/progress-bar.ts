import cliProgress from 'cli-progress';

export interface Progress {
  /** So much is done by now. */
  update(done: number): void;
  stop(): void;
}

export interface ProgressOptions {
  /** What is counted: `purchases`. */
  readonly what: string;
  readonly total: number;
  readonly quiet: boolean;
}

/** A bar on standard error; nothing where nobody sees it, or wants to. */
export function showProgress({ what, total, quiet }: ProgressOptions): Progress {
  if (quiet || !process.stderr.isTTY) return { update: () => undefined, stop: () => undefined };
  const bar = new cliProgress.SingleBar({
    format: `{bar} {value}/{total} ${what}, {eta_formatted} to go`,
    stream: process.stderr,
    noTTYOutput: false,
    hideCursor: true,
    clearOnComplete: true,
    // With its figures it fits into 60 columns.
    barsize: 20,
  });
  bar.start(total, 0);
  return { update: (done) => bar.update(done), stop: () => bar.stop() };
}
