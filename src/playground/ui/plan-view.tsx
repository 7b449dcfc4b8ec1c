import { planInWords } from '../../sim/diagram/fault-words.ts';
import { counted } from '../model/counted.ts';
import { movedFault, withoutFault } from '../model/plan-edits.ts';
import { goToTime } from './cursor.ts';
import { editRun } from './runs.ts';
import { BugSelect, OpenButton } from './header.tsx';
import { HuntButton } from './hunt-view.tsx';
import { lazy } from './lazy.tsx';
import { draft, isNarrow, problem, showsShare, version } from './state.ts';

const Editor = lazy(() => import('./editor.tsx').then((loaded) => loaded.Editor), 'Loading the editor …');

/** The text in the editor is another one than the plan's. */
function Draft({ why }: { readonly why: string }): preact.JSX.Element {
  return (
    <p class="help">
      <span class="soft">{`This text is not the plan that is shown. ${why}`}</span>{' '}
      <button
        type="button"
        onClick={() => {
          draft.value = undefined;
          problem.value = undefined;
        }}
      >
        Back to the plan
      </button>
    </p>
  );
}

/** The plan: its faults as a list, each to be moved or deleted; and all of it as text. */
export function PlanView(): preact.JSX.Element {
  const now = version.value;
  if (now?.plan === undefined)
    return <p>{now === undefined ? '' : 'Live processes follow no plan: what they recorded cannot be changed.'}</p>;
  const { plan } = now;
  const { faults, servers, frontEnds, seed, service } = plan;
  return (
    <div class="plan">
      <h2>Plan</h2>
      <p class="soft">{`${service}, seed ${seed}, ${counted(servers, 'server')}, ${counted(frontEnds, 'front end')}`}</p>
      {isNarrow.value ? (
        <p class="help">
          <BugSelect /> <HuntButton /> <OpenButton />
          <button type="button" onClick={() => (showsShare.value = true)}>
            Share
          </button>
        </p>
      ) : null}
      <h3>Faults</h3>
      {faults.length === 0 ? <p>None yet. Crash a node, or cut a link.</p> : null}
      <ol class="faults">
        {faults.map((fault, place) => (
          <li key={`${place} ${JSON.stringify(fault)}`}>
            <label>
              <span class="hidden">{`Time of fault ${place + 1} in milliseconds`}</span>
              <input
                type="number"
                min="0"
                step="1"
                value={fault.at}
                onChange={({ currentTarget }) =>
                  void editRun(movedFault(plan, place, Math.round(Number(currentTarget.value))), 'The fault is moved')
                }
              />
            </label>
            <span class="unit">ms</span>
            <button type="button" class="link" title="Go there" onClick={() => goToTime(fault.at * 1_000)}>
              {planInWords(fault)}
            </button>
            <button
              type="button"
              aria-label={`Delete fault ${place + 1}`}
              title="Delete"
              onClick={() => void editRun(withoutFault(plan, place), 'The fault is gone')}
            >
              ✕
            </button>
          </li>
        ))}
      </ol>
      <h3>As text</h3>
      {draft.value?.why === undefined ? null : <Draft why={draft.value.why} />}
      <Editor />
    </div>
  );
}
