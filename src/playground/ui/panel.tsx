import { HuntView } from './hunt-view.tsx';
import { InspectView } from './inspect-view.tsx';
import { KEYS } from './keys.ts';
import { Legend } from './legend.tsx';
import { LessonView } from './lesson-view.tsx';
import { PlanView } from './plan-view.tsx';
import { busy, isNarrow, isSheetOpen, problem, type Tab, tab } from './state.ts';
import { stopRun } from './runs.ts';
import { ViolationBox } from './violation-box.tsx';
import { WordsView } from './words-view.tsx';

const TABS: readonly (readonly [Tab, string])[] = [
  ['lesson', 'Lesson'],
  ['inspect', 'Inspect'],
  ['plan', 'Plan'],
  ['words', 'In words'],
];

function choose(next: Tab): void {
  isSheetOpen.value = tab.value !== next || !isSheetOpen.value;
  tab.value = next;
}

/** The right side; on a phone a sheet that starts shut. */
export function Panel(): preact.JSX.Element {
  const isOpen = !isNarrow.value || isSheetOpen.value;
  const onArrow = (event: KeyboardEvent): void => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (move === undefined || event.altKey || event.shiftKey) return;
    event.preventDefault();
    const now = TABS.findIndex(([id]) => id === tab.value);
    const [next] = TABS[(now + move + TABS.length) % TABS.length] ?? ['lesson'];
    tab.value = next;
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <aside class={isOpen ? 'panel open' : 'panel'}>
      <div class="tabs" role="tablist" aria-label="Panel" onKeyDown={onArrow}>
        {TABS.map(([id, title]) => (
          <button
            type="button"
            key={id}
            id={`tab-${id}`}
            role="tab"
            aria-selected={tab.value === id}
            aria-controls="panel"
            tabIndex={tab.value === id ? 0 : -1}
            onClick={() => choose(id)}
          >
            {title}
          </button>
        ))}
      </div>
      <div class="body" id="panel" role="tabpanel" aria-labelledby={`tab-${tab.value}`} tabIndex={0} hidden={!isOpen}>
        <Problem />
        <ViolationBox />
        <HuntView />
        {tab.value === 'lesson' ? <LessonView /> : null}
        {tab.value === 'inspect' ? <InspectView /> : null}
        {tab.value === 'plan' ? <PlanView /> : null}
        {tab.value === 'words' ? <WordsView /> : null}
        {tab.value === 'lesson' ? <Legend /> : null}
        {tab.value === 'lesson' && !isNarrow.value ? <KeyList /> : null}
      </div>
    </aside>
  );
}

function Problem(): preact.JSX.Element | null {
  const [now, running] = [problem.value, busy.value];
  if (now === undefined) {
    if (running === undefined || (running.events < 20_000 && running.isAwaited !== true)) return null;
    return (
      <p class="box" role="status">
        {running.isAwaited === true
          ? `${running.opens ?? ''} is being opened: until then nothing can be changed. `
          : ''}
        {running.events < 20_000 ? '' : `This run is long: ${running.events} events. `}
        <button type="button" onClick={stopRun}>
          Stop
        </button>
      </p>
    );
  }
  return (
    <section class="box alarm" role="alert">
      <h2>{now.title}</h2>
      <pre>{now.text}</pre>
      <button type="button" onClick={() => (problem.value = undefined)}>
        Close
      </button>
    </section>
  );
}

export function KeyList(): preact.JSX.Element {
  return (
    <section class="keys">
      <h3>Keys</h3>
      <dl>
        {KEYS.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
