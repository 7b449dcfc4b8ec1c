import { useEffect, useState } from 'preact/hooks';
import type { FromCheckWorker, ToCheckWorker } from '../worker/messages.ts';
import { Dialog } from './dialog.tsx';
import { openedHistory } from './state.ts';

const MODELS = ['tickets', 'bazaar', 'register', 'kv', 'counter', 'set', 'queue', 'append'] as const;

/** A history that was opened: whether it is linearizable, and the checker's chart of it. */
export function HistoryView(): preact.JSX.Element | null {
  const [model, setModel] = useState<string>(MODELS[0]);
  const [told, setTold] = useState<FromCheckWorker | undefined>(undefined);
  const history = openedHistory.value;
  useEffect(() => {
    if (history === undefined) return undefined;
    setTold(undefined);
    const worker = new Worker(new URL('../worker/check-worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<FromCheckWorker>) => setTold(data));
    const asked: ToCheckWorker = { ...history, model };
    worker.postMessage(asked);
    return () => worker.terminate();
  }, [history, model]);
  if (history === undefined) return null;
  return (
    <Dialog title={history.name} onClose={() => (openedHistory.value = undefined)}>
      <p>
        <label>
          A history of{' '}
          <select value={model} onChange={({ currentTarget }) => setModel(currentTarget.value)}>
            {MODELS.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </p>
      {told === undefined ? <p>Checking …</p> : null}
      {told?.type === 'rejected' ? <p class="box alarm">{told.reason}</p> : null}
      {told?.type === 'checked' ? (
        <iframe class="chart" title="Chart of the history" sandbox="" srcdoc={told.html} />
      ) : null}
    </Dialog>
  );
}
