import { actionsNow, hasBadLinks, healAll } from './actions.ts';
import { comparison, isNarrow, other, parting, pending } from './state.ts';

/** What can be done to the selected node at the cursor. Every click is a line of the plan. */
export function ActionBar(): preact.JSX.Element {
  const actions = actionsNow();
  const [first, rare] = [
    actions.filter(({ isRare }) => isRare !== true),
    actions.filter(({ isRare }) => isRare === true),
  ];
  const few = isNarrow.value ? first.slice(0, 3) : first;
  return (
    <div class="actions" role="group" aria-label="Actions">
      {few.map(({ id, label, key, isAlarming, run }) => (
        <button
          type="button"
          key={id}
          class={isAlarming === true ? 'alarm' : undefined}
          title={key === undefined ? label : `${label} (${key})`}
          onClick={run}
        >
          {label}
        </button>
      ))}
      {rare.length > 0 ? (
        <select
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
          {[...first.slice(few.length), ...rare].map(({ id, label }) => (
            <option key={id} value={id}>
              {label}
            </option>
          ))}
        </select>
      ) : null}
      {hasBadLinks() ? (
        <button type="button" title="Heal all links (g)" onClick={healAll}>
          Heal all
        </button>
      ) : null}
      <Comparing />
      <span class="hint">
        {pending.value === undefined
          ? isNarrow.value
            ? 'tap a node to act on it, drag from node to node to cut'
            : 'drag from node to node: cut the link · ⇧ one way · Alt hold · click: act on it'
          : pending.value === 'crash after'
            ? 'crash after how many effects? 0 … 9'
            : `${pending.value}: the digit of the other node (⇧ for front ends)`}
      </span>
    </div>
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
