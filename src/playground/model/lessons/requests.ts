import { editsOf, hasReached, type Lesson, millisAt, nodeOf, notes, primaryBefore, type Seen } from '../lesson.ts';

/** The place at which a repeated request is recognised. */
function recognised(seen: Seen): readonly number[] {
  return notes(seen, 'suppresses-duplicate');
}

export const RETRY: Lesson = {
  id: 'retry',
  title: 'Ask twice, buy once',
  text: 'A write reaches the primary and is committed, but the answer is lost, and then the primary dies. The front end asks again: both requests are the same one. Find the line where the second is recognised.',
  scenario: 'retry-across-failover',
  keepsFaults: true,
  at: 1_995,
  section: '§7',
  steps: [
    {
      text: 'Play or step (→) until the primary of users crashes.',
      isDone: (seen) =>
        seen.model.recording.events.some(({ type }, place) => type === 'crashed' && hasReached(seen, place)),
    },
    {
      text: 'Jump from note to note (n) until a server “has seen it before”: the second request.',
      isDone: (seen) => recognised(seen).some((place) => seen.place === place || seen.path.includes(place)),
    },
    {
      text: 'Click that server and open “Inspect”: Ada was created once.',
      isDone: (seen) =>
        seen.inspected?.startsWith('s') === true && recognised(seen).some((place) => seen.place >= place),
    },
  ],
};

/** The reader's hold of the link between the two primaries, and the crash of the caller while it lasts. */
function heldCall(seen: Seen): { readonly hold: number; readonly crash: number | undefined } | undefined {
  for (const hold of editsOf(seen, 'hold')) {
    const [caller, called] = [primaryBefore(seen, 'events', hold.at), primaryBefore(seen, 'users', hold.at)];
    const span = seen.model.faults.find(({ fault, name }) => fault === 'hold' && name === hold.name);
    const isBetween =
      span !== undefined &&
      [...span.nodes, ...span.others].includes(caller ?? '') &&
      [...span.nodes, ...span.others].includes(called ?? '');
    if (!isBetween) continue;
    const crash = editsOf(seen, 'crash').find(
      (fault) => fault.at > hold.at && nodeOf(seen, fault) === caller && fault.at * 1_000 < span.to,
    );
    return { hold: hold.at, crash: crash?.at };
  }
  return undefined;
}

function released(seen: Seen): number | undefined {
  const crash = heldCall(seen)?.crash;
  const release = editsOf(seen, 'release').find(({ at }) => crash !== undefined && at > crash);
  return release?.at;
}

export const TWO_GROUPS: Lesson = {
  id: 'two-groups',
  title: 'Two groups, exactly once',
  text: 'A purchase takes seats in one log (events) and gives tickets in another (users). Hold the call between both primaries, crash the caller, and release. Then count the tickets.',
  scenario: 'primary-dies-mid-purchase',
  at: 2_008.4,
  section: '§8',
  steps: [
    {
      text: 'The seats are reserved, and the call is about to be sent. Hold the link from the primary of events to that of users: drag from the one to the other and choose “Hold” (or press h, then the digit).',
      isDone: (seen) => heldCall(seen) !== undefined,
    },
    {
      text: 'Play on for a moment until the call waits (‖), then crash the primary of events.',
      isDone: (seen) => heldCall(seen)?.crash !== undefined,
    },
    { text: 'Press “Heal all”: the old call arrives late.', isDone: (seen) => released(seen) !== undefined },
    {
      text: 'The new primary has made the call again: step to its note.',
      isDone(seen) {
        const [, again] = notes(seen, 'resumes-calls', 'events');
        return heldCall(seen)?.crash !== undefined && again !== undefined && hasReached(seen, again);
      },
    },
    {
      text: 'After the release, inspect a server: Ada has three tickets, not six.',
      isDone(seen) {
        const at = released(seen);
        return at !== undefined && seen.inspected?.startsWith('s') === true && millisAt(seen, seen.place) > at;
      },
    },
  ],
  show: (seen) => ({
    at: 2_009,
    faults: [
      {
        type: 'hold',
        at: 2_009,
        name: 'hold-1',
        from: [primaryBefore(seen, 'events', 2_009) ?? 's3'],
        to: [primaryBefore(seen, 'users', 2_009) ?? 's1'],
        oneWay: true,
      },
    ],
  }),
};

/** The server whose disk the reader lost, and when. */
function lostDisk(seen: Seen): { readonly node: string; readonly at: number } | undefined {
  const [lost] = editsOf(seen, 'lose-disk');
  const node = lost === undefined ? undefined : nodeOf(seen, lost);
  return lost === undefined || node === undefined ? undefined : { node, at: lost.at };
}

function rejoinedAt(seen: Seen): number | undefined {
  const lost = lostDisk(seen);
  return [...editsOf(seen, 'rejoin'), ...editsOf(seen, 'join')].find(({ at }) => lost !== undefined && at > lost.at)
    ?.at;
}

export const LOST_DISK: Lesson = {
  id: 'lost-disk',
  title: 'A disk is gone',
  text: 'A server that lost its disk comes back, and would vote for a log that it no longer knows. It may not: it must come in as a new member.',
  scenario: 'replace-a-lost-disk',
  at: 2_400,
  section: '§2.4',
  steps: [
    { text: 'Click a server, then “Lose disk”.', isDone: (seen) => lostDisk(seen) !== undefined },
    {
      text: 'Step on a little and “Restart” it: it does not start.',
      isDone: (seen) =>
        seen.model.recording.events.some(
          (event, place) =>
            event.type === 'stayed-down' && event.node === lostDisk(seen)?.node && hasReached(seen, place),
        ),
    },
    { text: 'Let it “Rejoin”, on a new disk.', isDone: (seen) => rejoinedAt(seen) !== undefined },
    {
      text: 'Play on until it has a vote again: it learns first (…), then it follows.',
      isDone(seen) {
        const [lost, again] = [lostDisk(seen), rejoinedAt(seen)];
        return seen.model.recording.events.some(
          (event, place) =>
            event.type === 'role' &&
            event.node === lost?.node &&
            event.role === 'secondary' &&
            event.at > (again ?? Infinity) * 1_000 &&
            hasReached(seen, place),
        );
      },
    },
  ],
  show: () => ({ at: 2_500, faults: [{ type: 'lose-disk', at: 2_500, node: 's2' }] }),
};
