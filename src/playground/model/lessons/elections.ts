import {
  editsOf,
  hasGoneBack,
  hasReached,
  type Lesson,
  millisAt,
  nodeOf,
  notes,
  placeBefore,
  primaryBefore,
  type Seen,
} from '../lesson.ts';

const CALM = 'primary-dies-mid-purchase';

/** The first crash that the reader made of whatever was primary of that group then, in milliseconds. */
function crashOfPrimary(seen: Seen, group: string): number | undefined {
  return editsOf(seen, 'crash').find((crash) => nodeOf(seen, crash) === primaryBefore(seen, group, crash.at))?.at;
}

/** The first place after `millis` at which another node than `node` is elected. */
function electedAfter(seen: Seen, group: string, millis: number, node?: string): number | undefined {
  return notes(seen, 'elected', group).find((place) => {
    const event = seen.model.recording.events[place];
    return millisAt(seen, place) > millis && event?.type === 'note' && event.node !== node;
  });
}

export const RANK: Lesson = {
  id: 'rank',
  title: 'The highest rank leads',
  text: 'Three servers keep the same two logs, events and users. Each log has a primary that leads it, marked ★. If that falls silent, the highest rank that still has the newest log takes over.',
  scenario: CALM,
  at: 1_500,
  section: '§3',
  steps: [
    {
      text: 'A client asks for something. Step on (→, or the button ▶|) until it is answered. (The key “a” jumps there.)',
      isDone: (seen) =>
        hasReached(
          seen,
          seen.model.recording.events.findIndex(({ type }) => type === 'ended'),
        ),
    },
    {
      text: 'Crash the primary of events, marked ★: click it, then “Crash”.',
      isDone: (seen) => crashOfPrimary(seen, 'events') !== undefined,
    },
    {
      text: 'Play on (space, or ▶) until another server is elected for events. Who is it?',
      isDone(seen) {
        const crash = crashOfPrimary(seen, 'events');
        const elected = crash === undefined ? undefined : electedAfter(seen, 'events', crash);
        return elected !== undefined && hasReached(seen, elected);
      },
    },
    {
      text: 'Go back to before the crash: ←, p, or drag the lanes. The run forgets nothing.',
      isDone(seen) {
        const crash = crashOfPrimary(seen, 'events');
        return crash !== undefined && hasGoneBack(seen, placeBefore(seen, crash));
      },
    },
  ],
  show: (seen) => ({
    at: 2_003,
    faults: [{ type: 'crash', at: 2_003, node: primaryBefore(seen, 'events', 2_003) ?? 's3', afterActions: 0 }],
  }),
};

const PURCHASES = Array.from({ length: 11 }, (_, second) => ({
  at: 2_000 + second * 1_000,
  client: 'c1',
  method: 'POST',
  path: '/events/0/purchase/0',
  body: { tickets: 1 },
}));

/** The crashes of servers that the reader made, the first of each server. */
function serverCrashes(seen: Seen): readonly { readonly at: number; readonly node: string }[] {
  const crashes = new Map<string, number>();
  for (const crash of editsOf(seen, 'crash')) {
    const node = nodeOf(seen, crash);
    if (node?.startsWith('s') === true && !crashes.has(node)) crashes.set(node, crash.at);
  }
  return [...crashes].map(([node, at]) => ({ node, at }));
}

/** The first place after the crash at which a configuration without the dead is proposed. */
function voteTaken(seen: Seen): number | undefined {
  const [first] = serverCrashes(seen);
  return first === undefined ? undefined : notes(seen, 'proposes').find((place) => millisAt(seen, place) > first.at);
}

function secondCrash(seen: Seen): number | undefined {
  const taken = voteTaken(seen);
  const second = serverCrashes(seen)[1];
  return taken === undefined || second === undefined || second.at <= millisAt(seen, taken) ? undefined : second.at;
}

export const TWO_OF_THREE: Lesson = {
  id: 'two-of-three',
  title: 'Two of three die',
  text: 'Most systems stop when most servers are gone. Here the dead lose their votes one after the other, while enough are left to count. A client buys a ticket every second: keep it served.',
  scenario: CALM,
  plan: {
    horizon: 14_000,
    workload: {
      attemptFor: 20_000,
      script: [
        { at: 1_500, client: 'c1', method: 'POST', path: '/users/create', body: { username: 'Ada' } },
        {
          at: 1_600,
          client: 'c1',
          method: 'POST',
          path: '/events/create',
          body: { userid: 0, eventname: 'Hamlet', numtickets: 50 },
        },
        ...PURCHASES,
      ],
    },
  },
  at: 2_100,
  section: '§5',
  steps: [
    { text: 'Crash one server.', isDone: (seen) => serverCrashes(seen).length > 0 },
    {
      text: 'Play on until its vote is taken: a primary proposes a change of the members.',
      isDone(seen) {
        const taken = voteTaken(seen);
        return taken !== undefined && hasReached(seen, taken);
      },
    },
    { text: 'Now crash a second server.', isDone: (seen) => secondCrash(seen) !== undefined },
    {
      text: 'Play on: one server is left, and the client buys its ticket all the same.',
      isDone(seen) {
        const second = secondCrash(seen);
        if (second === undefined) return false;
        const served = seen.model.operations.find(({ from, outcome }) => from > second * 1_000 && outcome === 'ok');
        return served !== undefined && hasReached(seen, placeBefore(seen, served.to / 1_000));
      },
    },
  ],
  show: () => ({ at: 2_500, faults: [{ type: 'crash', at: 2_500, node: 's3', afterActions: 0 }] }),
};

/** The first edits that cut the primary of that group from more than half of all votes, both ways; and which node it is. */
function cutOffPrimary(seen: Seen, group: string): { readonly node: string; readonly at: number } | undefined {
  const { servers, frontEnds } = seen.model.recording;
  const voters = servers.length + frontEnds.length;
  for (const { at } of editsOf(seen, 'partition')) {
    const node = primaryBefore(seen, group, at);
    if (node === undefined) continue;
    const lost = new Set<string>();
    for (const { from, to, nodes, others, fault, oneWay } of spansOf(seen)) {
      if (fault !== 'partition' || oneWay || from > at * 1_000 || to <= at * 1_000) continue;
      if (nodes.includes(node)) for (const other of others) lost.add(other);
      if (others.includes(node)) for (const other of nodes) lost.add(other);
    }
    lost.delete(node);
    if (voters - lost.size <= voters / 2) return { node, at };
  }
  return undefined;
}

function spansOf({ model }: Seen): Seen['model']['faults'] {
  return model.faults;
}

export const MINORITY: Lesson = {
  id: 'minority',
  title: 'A primary among the few',
  text: 'Cut the primary of users off from the others. It still thinks that it leads, and may not answer: it cannot reach most votes. See who leads on the other side.',
  scenario: 'minority-primary',
  at: 1_900,
  section: '§3',
  steps: [
    {
      text: 'Click the primary of users (★ users), then “Cut off”. Or cut links one by one: drag from node to node.',
      isDone: (seen) => cutOffPrimary(seen, 'users') !== undefined,
    },
    {
      text: 'Play on until another server is elected, on the side of the many.',
      isDone(seen) {
        const cut = cutOffPrimary(seen, 'users');
        const elected = cut === undefined ? undefined : electedAfter(seen, 'users', cut.at, cut.node);
        return elected !== undefined && hasReached(seen, elected);
      },
    },
    {
      text: 'Play on until the old primary steps down: it hears too few.',
      isDone(seen) {
        const cut = cutOffPrimary(seen, 'users');
        return notes(seen, 'steps-down', 'users').some((place) => {
          const event = seen.model.recording.events[place];
          const isIt = event?.type === 'note' && event.node === cut?.node && millisAt(seen, place) > cut.at;
          return isIt && hasReached(seen, place);
        });
      },
    },
    {
      text: 'Press “Heal all”, and play on until the old primary follows the new one.',
      isDone(seen) {
        const cut = cutOffPrimary(seen, 'users');
        const heal = editsOf(seen, 'heal').find(({ at }) => cut !== undefined && at > cut.at);
        if (heal === undefined) return false;
        return seen.model.recording.events.some(
          (event, place) =>
            event.type === 'role' &&
            event.node === cut?.node &&
            event.group === 'users' &&
            event.primary !== undefined &&
            event.primary !== event.node &&
            event.at > heal.at * 1_000 &&
            hasReached(seen, place),
        );
      },
    },
  ],
  show: (seen) => ({
    at: 1_995,
    faults: [
      {
        type: 'partition',
        at: 1_995,
        name: 'cut-1',
        from: [primaryBefore(seen, 'users', 1_995) ?? 's1'],
        to: ['others'],
        oneWay: false,
      },
    ],
  }),
};

/** The edit that lets nothing through to the primary of some group, one way. */
function deafened(seen: Seen): { readonly node: string; readonly group: string; readonly at: number } | undefined {
  const { groups, servers, frontEnds } = seen.model.recording;
  for (const { at } of editsOf(seen, 'partition')) {
    for (const group of groups) {
      const node = primaryBefore(seen, group, at);
      if (node === undefined) continue;
      const mute = new Set<string>();
      for (const { from, to, nodes, others, fault, oneWay } of spansOf(seen)) {
        if (fault !== 'partition' || !oneWay || from > at * 1_000 || to <= at * 1_000) continue;
        if (others.includes(node)) for (const other of nodes) mute.add(other);
      }
      const voters = servers.length + frontEnds.length;
      if (voters - mute.size <= voters / 2) return { node, group, at };
    }
  }
  return undefined;
}

export const ONE_WAY: Lesson = {
  id: 'one-way',
  title: 'Heard, but deaf',
  text: 'Cut one direction only: all others hear the primary, and it hears none of them. Its “I lead” would keep them quiet for ever. A primary whose heartbeats are not answered steps down.',
  scenario: 'one-way-partition',
  at: 1_990,
  section: '§3',
  steps: [
    {
      text: 'Click a primary, then “Deafen”: what is sent to it is lost, what it sends arrives.',
      isDone: (seen) => deafened(seen) !== undefined,
    },
    {
      text: 'Play on: it notices that no node answers, and steps down; or another is elected.',
      isDone(seen) {
        const deaf = deafened(seen);
        if (deaf === undefined) return false;
        return seen.model.recording.events.some(
          (event, place) =>
            event.type === 'note' &&
            event.unit === deaf.group &&
            event.at > deaf.at * 1_000 &&
            ((event.note === 'steps-down' && event.node === deaf.node) ||
              (event.note === 'elected' && event.node !== deaf.node)) &&
            hasReached(seen, place),
        );
      },
    },
    {
      text: 'Step back (←) to a message that is lost on its way to the deaf primary.',
      isDone(seen) {
        const deaf = deafened(seen);
        return seen.path.concat(seen.place).some((place) => {
          const event = seen.model.recording.events[place];
          return event?.type === 'sent' && event.fate === 'cut' && event.to === deaf?.node;
        });
      },
    },
  ],
  show: (seen) => ({
    at: 2_000,
    faults: [
      {
        type: 'partition',
        at: 2_000,
        name: 'cut-1',
        from: ['others'],
        to: [primaryBefore(seen, 'events', 2_000) ?? 's3'],
        oneWay: true,
      },
    ],
  }),
};
