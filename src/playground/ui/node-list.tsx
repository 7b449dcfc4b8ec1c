import { linkFaults } from '../draw/links.ts';
import { cursor, selected, shown } from './state.ts';

/** The stage in words, for those who do not see it: a button for each node, whose actions follow. */
export function NodeList(): preact.JSX.Element {
  const run = shown.value?.run;
  if (run === undefined) return <ul class="hidden" />;
  const { place, at } = cursor.value;
  const { servers, frontEnds, groups } = run.model.recording;
  const faults = linkFaults(run.model, at);
  return (
    <ul class="hidden" aria-label="Nodes">
      {[...frontEnds, ...servers].map((node) => {
        const roles = groups
          .map((group) => ({ group, ...run.tracks.replicaAt(node, group, place) }))
          .filter(({ role }) => role !== undefined)
          .map(({ group, role, epoch }) => `${group} ${role ?? ''} ${epoch}`);
        const links = faults.filter(({ from }) => from === node).map(({ to, kind }) => `link to ${to} ${kind}`);
        const kind = servers.includes(node) ? 'data server' : 'front end';
        const { state } = run.tracks.nodeAt(node, place);
        return (
          <li key={node}>
            <button
              type="button"
              aria-pressed={selected.value === node}
              onFocus={() => (selected.value = node)}
              onClick={() => (selected.value = node)}
            >
              {`${node}, ${kind}, ${state}: ${[...roles, ...links].join(', ')}`}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
