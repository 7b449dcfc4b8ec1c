import { useRef } from 'preact/hooks';
import { BUGS, bugCalled } from '../model/bugs.ts';
import { LESSONS } from '../model/lessons/index.ts';
import { HuntButton } from './hunt-view.tsx';
import { Icon } from './icons.tsx';
import { chosenFiles, openFound } from './found-files.ts';
import { openLesson, openScenario, plant } from './open.ts';
import { undo } from './runs.ts';
import { SCENARIOS } from './scenarios.ts';
import { leadsBack } from './sessions.ts';
import { busy, isNarrow, lessonId, past, showsShare, version } from './state.ts';

/** The name, which run is shown, which bug is planted, undo and share; the digest, which equals the command line's. */
export function Header(): preact.JSX.Element {
  const now = version.value;
  return (
    <header>
      <h1>Understudy</h1>
      <select
        aria-label="Run"
        value=""
        onChange={({ currentTarget }) => {
          const [kind = '', id = ''] = currentTarget.value.split(' ');
          currentTarget.value = '';
          if (kind === 'lesson') void openLesson(id);
          else if (kind === 'scenario') void openScenario(id);
        }}
      >
        <option value="" hidden>
          {now?.title ?? 'starting …'}
        </option>
        <optgroup label="Lessons">
          {LESSONS.map(({ id, title }, place) => (
            <option key={id} value={`lesson ${id}`}>
              {`${place + 1} · ${title}${lessonId.value === id ? ' (now)' : ''}`}
            </option>
          ))}
        </optgroup>
        <optgroup label="Scenarios">
          {SCENARIOS.map(({ id, title }) => (
            <option key={id} value={`scenario ${id}`}>
              {title}
            </option>
          ))}
        </optgroup>
      </select>
      <BugSelect />
      <HuntButton />
      <button type="button" disabled={past.value.length === 0 && !leadsBack.value} title="Undo (u)" onClick={undo}>
        <Icon name="undo" /> <span class="wide">Undo</span>
      </button>
      {isNarrow.value ? null : <OpenButton />}
      <button type="button" class="wide" disabled={now?.plan === undefined} onClick={() => (showsShare.value = true)}>
        <Icon name="share" /> Share
      </button>
      <span class="digest" title="The digest of this run: understudy sim run prints the same">
        {now === undefined
          ? ''
          : now.records === undefined
            ? `${now.run.model.events} events · ${now.run.model.digest}`
            : `${now.run.model.events} steps of live processes`}
      </span>
      <Busy />
    </header>
  );
}

export function BugSelect(): preact.JSX.Element {
  return (
    <select
      aria-label="Planted bug"
      class="bug"
      value={version.value?.bug ?? ''}
      onChange={({ currentTarget }) => void plant(bugCalled(currentTarget.value)?.name)}
    >
      <option value="">No planted bug</option>
      {BUGS.map(({ name, number, title, section }) => (
        <option key={name} value={name}>
          {`${number}: ${title} (§${section ?? '?'})`}
        </option>
      ))}
    </select>
  );
}

function onChosen({ currentTarget }: { readonly currentTarget: HTMLInputElement }): void {
  openFound(chosenFiles(currentTarget.files));
  currentTarget.value = '';
}

/** Opens files or a folder: plans, capsules, histories, records. They may be dropped on the page as well. */
export function OpenButton(): preact.JSX.Element {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  return (
    <>
      <select
        class="open"
        aria-label="Open"
        title="Open a plan, a capsule, a history or a record; or drop it on the page"
        value=""
        onChange={({ currentTarget }) => {
          const input = currentTarget.value === 'folder' ? folder : files;
          currentTarget.value = '';
          input.current?.click();
        }}
      >
        <option value="" hidden>
          Open …
        </option>
        <option value="files">Files: a plan, a capsule, a history</option>
        <option value="folder">A folder: a capsule, or what live nodes wrote with --record</option>
      </select>
      <input ref={files} type="file" multiple hidden aria-label="Files to open" onChange={onChosen} />
      <input
        ref={folder}
        type="file"
        {...{ webkitdirectory: true }}
        hidden
        aria-label="Folder to open"
        onChange={onChosen}
      />
    </>
  );
}

/** A thin line while a run is made again; after two seconds a word, and a way out. */
function Busy(): preact.JSX.Element | null {
  const now = busy.value;
  if (now === undefined) return null;
  return <div class="busy" role="presentation" />;
}
