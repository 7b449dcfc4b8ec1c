import type { Asked, FromRunWorker, RecordFile, Replayed, ToRunWorker } from '../worker/messages.ts';

type Told = Exclude<FromRunWorker, { type: 'progress' }>;

/** The worker that runs plans: one run at a time, a newer one ends the older. */
export interface Runner {
  /** Resolves with `undefined` if a newer run has taken its place. */
  run(
    asked: Asked,
    onProgress: (progress: FromRunWorker & { readonly type: 'progress' }) => void,
  ): Promise<Told | undefined>;
  replay(files: readonly RecordFile[]): Promise<Told | undefined>;
  view(asked: Asked | Replayed, event: number): Promise<Told | undefined>;
  stop(): void;
}

interface Waiting {
  readonly resolve: (told: Told | undefined) => void;
  readonly onProgress: ((progress: FromRunWorker & { readonly type: 'progress' }) => void) | undefined;
}

export function createRunner(): Runner {
  const waiting = new Map<number, Waiting>();
  let last = 0;
  let current: number | undefined;
  const worker = new Worker(new URL('../worker/run-worker.ts', import.meta.url), { type: 'module' });
  const tell = (message: ToRunWorker): void => worker.postMessage(message);
  worker.addEventListener('message', ({ data }: MessageEvent<FromRunWorker>) => {
    const known = waiting.get(data.id);
    if (known === undefined) return;
    if (data.type === 'progress') return known.onProgress?.(data);
    waiting.delete(data.id);
    known.resolve(data);
  });
  worker.addEventListener('error', ({ message }) => {
    for (const [id, { resolve }] of waiting) resolve({ type: 'broke', id, text: message });
    waiting.clear();
  });
  const drop = (id: number | undefined): void => {
    if (id === undefined) return;
    tell({ type: 'cancel', id });
    waiting.get(id)?.resolve(undefined);
    waiting.delete(id);
  };
  const ask = (make: (id: number) => ToRunWorker, onProgress?: Waiting['onProgress']): Promise<Told | undefined> => {
    last += 1;
    const id = last;
    return new Promise((resolve) => {
      waiting.set(id, { resolve, onProgress });
      tell(make(id));
    });
  };
  return {
    run(asked, onProgress) {
      drop(current);
      current = last + 1;
      return ask((id) => ({ type: 'open', id, ...asked }), onProgress);
    },
    replay(files) {
      drop(current);
      current = last + 1;
      return ask((id) => ({ type: 'replay', id, files }));
    },
    view: (asked, event) => ask((id) => ({ type: 'view', id, event, ...asked })),
    stop() {
      drop(current);
      current = undefined;
    },
  };
}
