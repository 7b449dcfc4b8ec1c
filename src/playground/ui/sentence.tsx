import { showSeconds } from '../../sim/diagram/show-time.ts';
import { isPlaying, parting, said, sentenceAt, shown, spoken } from './state.ts';

/** What happens at the cursor, in one sentence in plain words, and the wire's own text below it. It is the live region. */
export function SentenceNow(): preact.JSX.Element {
  const run = shown.value?.run;
  const { says, detail } =
    run === undefined ? { says: 'Starting the simulator …', detail: '' } : sentenceAt(run, spoken.value);
  const at = run?.model.recording.events[spoken.value]?.at ?? 0;
  return (
    <section class="sentence" aria-label="Now">
      <p aria-live={isPlaying.value ? 'off' : 'polite'}>
        <time>{showSeconds(at)}</time> <strong>{says}</strong>
        {parting.value !== undefined && parting.value === spoken.value ? (
          <span class="parting">Here the futures part</span>
        ) : null}
      </p>
      <p class="wire">{detail === '' ? '\u00a0' : detail}</p>
      <p class="hidden" role="status">
        {said.value}
      </p>
    </section>
  );
}
