import {
  type Action,
  actionsNow,
  changeDrawn,
  crash,
  drawnLink,
  drawnWay,
  hasBadLinks,
  healAll,
  type LinkWay,
} from './actions.ts';
import { dueStep } from './lesson-view.tsx';
import { comparison, isNarrow, isSheetOpen, other, parting, pending, selected, shown, tab } from './state.ts';

/** What can be done to the selected node at the cursor. Every click is a line of the plan. */
export function ActionBar(): preact.JSX.Element {
  const actions = actionsNow();
  const first = actions.filter(({ menu }) => menu === undefined);
  const few = isNarrow.value ? first.slice(0, 3) : first;
  return (
    <div class="actions" role="group" aria-label="Actions">
      {few.map((action) => (
        <ActionButton key={action.id} action={action} />
      ))}
      <More actions={[...first.slice(few.length), ...actions.filter(({ menu }) => menu !== undefined)]} />
      <DrawnLink />
      {hasBadLinks() ? (
        <button type="button" title="Heal all links (g)" onClick={healAll}>
          Heal all
        </button>
      ) : null}
      <Comparing />
      <Hint />
    </div>
  );
}

/** What may be done; on a phone, where the lesson is behind its tab, the step that is due. */
function Hint(): preact.JSX.Element {
  const due = isNarrow.value && pending.value === undefined && selected.value === undefined ? dueStep() : undefined;
  if (due === undefined) return <span class="hint">{hintNow()}</span>;
  return (
    <button
      type="button"
      class="hint due"
      onClick={() => {
        tab.value = 'lesson';
        isSheetOpen.value = true;
      }}
    >
      {due}
    </button>
  );
}

function hintNow(): string {
  if (shown.value?.run.model.isLive === true)
    return 'recorded by live processes: step through it; it cannot be changed';
  if (pending.value === 'crash after') return 'crash after how many effects? 0 … 9';
  if (pending.value !== undefined) return `${pending.value}: the digit of the other node (⇧ for front ends)`;
  return isNarrow.value
    ? 'tap a node to act on it, drag from node to node to cut'
    : 'drag from node to node: cut the link · ⇧ one way · Alt hold · click: act on it';
}

function ActionButton({ action }: { readonly action: Action }): preact.JSX.Element {
  const { id, label, key, isAlarming, run } = action;
  const node = selected.value;
  const button = (
    <button
      type="button"
      class={isAlarming === true ? 'alarm' : undefined}
      title={key === undefined ? label : `${label} (${key})`}
      onClick={run}
    >
      {label}
    </button>
  );
  if (id !== 'crash' || node === undefined) return button;
  return (
    <span class="joined">
      {button}
      <select
        class="alarm"
        aria-label={`Crash ${node} between two effects`}
        title="Crash between two effects of a step (⇧C)"
        value=""
        onChange={({ currentTarget }) => {
          const after = Number(currentTarget.value);
          currentTarget.value = '';
          crash(node, after);
        }}
      >
        <option value="" hidden />
        {Array.from({ length: 9 }, (_, place) => place + 1).map((count) => (
          <option key={count} value={String(count)}>
            {`Crash after ${count} more ${count === 1 ? 'effect' : 'effects'}`}
          </option>
        ))}
      </select>
    </span>
  );
}

/** What is done more seldom, under headings. */
function More({ actions }: { readonly actions: readonly Action[] }): preact.JSX.Element | null {
  if (actions.length === 0) return null;
  const menus = [...new Set(actions.map(({ menu }) => menu ?? 'Process'))];
  return (
    <select
      class="more"
      aria-label="More actions"
      value=""
      onChange={({ currentTarget }) => {
        const chosen = actions.find(({ id }) => id === currentTarget.value);
        currentTarget.value = '';
        chosen?.run();
      }}
    >
      <option value="" hidden>
        More …
      </option>
      {menus.map((menu) => (
        <optgroup key={menu} label={menu}>
          {actions
            .filter((action) => (action.menu ?? 'Process') === menu)
            .map(({ id, label }) => (
              <option key={id} value={id}>
                {label}
              </option>
            ))}
        </optgroup>
      ))}
    </select>
  );
}

/** After a line was drawn from node to node: what it means, to be changed without keys. */
function DrawnLink(): preact.JSX.Element | null {
  const [link, way] = [drawnLink.value, drawnWay()];
  if (link === undefined || way === undefined) return null;
  const { from, to } = link;
  const ways: readonly (readonly [LinkWay, string])[] = [
    ['cut', `Cut ${from} ⇄ ${to}`],
    ['cut one way', `Only ${from} → ${to}`],
    ['hold', `Hold ${from} → ${to}`],
    ['weather', 'Bad weather'],
  ];
  return (
    <select
      class="drawn"
      aria-label={`The link ${from} to ${to}`}
      value={way}
      onChange={({ currentTarget }) => {
        const chosen = ways.find(([id]) => id === currentTarget.value);
        if (chosen !== undefined) changeDrawn(chosen[0]);
      }}
    >
      {ways.map(([id, label]) => (
        <option key={id} value={id}>
          {label}
        </option>
      ))}
    </select>
  );
}

/** Before, after, or both futures. */
function Comparing(): preact.JSX.Element | null {
  if (other.value === undefined || parting.value === undefined) return null;
  const ways = ['before', 'after', 'both'] as const;
  return (
    <span class="compare" role="group" aria-label="Before and after the last edit (b)">
      {ways.map((way) => (
        <button
          type="button"
          key={way}
          aria-pressed={comparison.value === way}
          onClick={() => (comparison.value = way)}
        >
          {way[0]?.toUpperCase()}
          {way.slice(1)}
        </button>
      ))}
    </span>
  );
}
