import type { Observer } from '../live/engine/observer.ts';
import type { GroupName } from '../protocol/model/app.ts';
import type { Audited } from '../transport-http/clients/operator-paths.ts';
import type { CutOff } from '../transport-http/clients/untaken.ts';
import { type Counts, createCounts, createDurations, type Durations, type Labels } from './tally.ts';

/** Counters of a process. What a scrape can read from the process is not counted. */
export interface Tally {
  readonly observer: Pick<Observer, 'noted' | 'answered' | 'written' | 'saved'>;
  audited(outcome: Audited): void;
  cutOff(cutOff: CutOff): void;
  /** Calls that needed a proof, by role and status. */
  readonly signedCalls: Counts;
  /** Connections cut off whose clients did not take their answers, by reason. */
  readonly cutOffs: Counts;
  /** Links that were refused, by this node or to it. */
  readonly refusedLinks: Counts;
  /** Notes by type. */
  readonly notes: Counts;
  readonly elections: Counts;
  readonly stepsDown: Counts;
  readonly changes: Counts;
  readonly fullCopies: Counts;
  /** States found to differ from what they should be: of this server, or of another one by its primary. */
  readonly divergences: Counts;
  readonly unserved: Counts;
  /** Failures of the service's code: of a command, a query or a route. */
  readonly failures: Counts;
  /** Answers by method, route and status. */
  requests(): readonly (readonly [Labels, number])[];
  /** Durations by method and route. */
  requestSeconds(): readonly (readonly [Labels, Durations])[];
  writeSeconds(): readonly (readonly [Labels, Durations])[];
  snapshotSeconds(): readonly (readonly [Labels, Durations])[];
}

interface RouteTally {
  readonly labels: Labels;
  readonly durations: Durations;
  /** Answers by status. */
  readonly statuses: Map<number, number>;
}

export function createTally(): Tally {
  const routes = new Map<string, RouteTally>();
  const writes = new Map<GroupName, Durations>();
  const snapshots = new Map<GroupName, Durations>();
  const notes = createCounts(['unit', 'note']);
  const elections = createCounts(['group', 'step']);
  const stepsDown = createCounts(['group', 'reason']);
  const changes = createCounts(['group', 'change']);
  const fullCopies = createCounts(['group', 'direction']);
  const divergences = createCounts(['group']);
  const unserved = createCounts(['unit', 'reason']);
  const failures = createCounts(['unit', 'what']);
  const signedCalls = createCounts(['by', 'status']);
  const cutOffs = createCounts(['reason']);
  const refusedLinks = createCounts([]);

  const observer: Tally['observer'] = {
    noted(unit, note) {
      notes.add(unit, note.type);
      if (note.type === 'asks-election') elections.add(unit, 'asked');
      else if (note.type === 'campaigns') elections.add(unit, 'campaigned');
      else if (note.type === 'elected') elections.add(unit, 'won');
      else if (note.type === 'steps-down') stepsDown.add(unit, note.reason);
      else if (note.type === 'proposes') changes.add(unit, note.change);
      else if (note.type === 'sends-full-copy') fullCopies.add(unit, 'sent');
      else if (note.type === 'installed') fullCopies.add(unit, 'installed');
      else if (note.type === 'diverged' || note.type === 'fails-alone') divergences.add(unit);
      else if (note.type === 'unserved') unserved.add(unit, note.reason);
      else if (note.type === 'command-failed') failures.add(unit, 'command');
      else if (note.type === 'query-failed') failures.add(unit, 'query');
      else if (note.type === 'route-failed') failures.add(unit, 'route');
    },
    answered({ method, route, status, millis }) {
      const known = routes.get(`${method} ${route}`) ?? newRoute(method, route);
      known.durations.add(millis / 1_000);
      known.statuses.set(status, (known.statuses.get(status) ?? 0) + 1);
    },
    written: (unit, millis) => durationsOf(writes, unit).add(millis / 1_000),
    saved: (unit, millis) => durationsOf(snapshots, unit).add(millis / 1_000),
  };

  return {
    observer,
    audited: ({ by = 'unproven', status }) => signedCalls.add(by, String(status)),
    signedCalls,
    cutOff: ({ reason }) => cutOffs.add(reason),
    cutOffs,
    refusedLinks,
    notes,
    elections,
    stepsDown,
    changes,
    fullCopies,
    divergences,
    unserved,
    failures,
    requests: () =>
      [...routes.values()].flatMap(({ labels, statuses }) =>
        [...statuses].map(([status, count]) => [{ ...labels, status: String(status) }, count] as const),
      ),
    requestSeconds: () => [...routes.values()].map(({ labels, durations }) => [labels, durations]),
    writeSeconds: () => byGroup(writes),
    snapshotSeconds: () => byGroup(snapshots),
  };

  function newRoute(method: string, route: string): RouteTally {
    const made = { labels: { method, route }, durations: createDurations(), statuses: new Map<number, number>() };
    routes.set(`${method} ${route}`, made);
    return made;
  }
}

function durationsOf(all: Map<GroupName, Durations>, group: GroupName): Durations {
  const known = all.get(group);
  if (known !== undefined) return known;
  const made = createDurations();
  all.set(group, made);
  return made;
}

function byGroup(all: ReadonlyMap<GroupName, Durations>): readonly (readonly [Labels, Durations])[] {
  return [...all].map(([group, durations]) => [{ group }, durations]);
}
