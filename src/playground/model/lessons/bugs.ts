import { hasReached, type Lesson, primaryBefore, type Seen } from '../lesson.ts';
import { violationIn } from '../stepping.ts';

const TOLD_SOMETHING_OLD = ['history', 'sessions', 'linearizable', 'cache'];

function isAtViolation(seen: Seen): boolean {
  const violation = violationIn(seen.model);
  return violation !== undefined && (seen.place === violation || hasReached(seen, violation));
}

export const DEPOSED_READ: Lesson = {
  id: 'deposed-read',
  title: 'The deposed read',
  text: 'Plant M13: a primary that was deposed still answers reads. The network here breaks between the primary of users with f1 and all others. Find the client that is told something old.',
  scenario: 'minority-primary',
  keepsFaults: true,
  plan: {
    // The old primary is patient, and leads on for seconds without a word of the others.
    settings: { quorumWithin: 3_000, electAfter: 1_000, acknowledge: 'majority' },
    faults: [
      { at: 2_500, type: 'partition', from: ['primary of users', 'f1'] },
      { at: 7_000, type: 'heal' },
    ],
    workload: {
      attemptFor: 20_000,
      script: [
        { at: 1_500, client: 'c2', method: 'POST', path: '/users/create', body: { username: 'Ada' } },
        {
          at: 1_600,
          client: 'c2',
          method: 'POST',
          path: '/events/create',
          body: { userid: 0, eventname: 'Hamlet', numtickets: 10 },
        },
        { at: 4_000, client: 'c2', method: 'POST', path: '/events/0/purchase/0', body: { tickets: 1 }, through: 'f2' },
        { at: 5_000, client: 'c1', method: 'GET', path: '/users/0', through: 'f1', linearizable: true },
      ],
    },
  },
  offers: 'reads-without-confirming-leadership',
  at: 2_450,
  section: '§6',
  steps: [
    {
      text: 'Choose M13 under “Planted bug” (on a phone it is in the tab “Plan”).',
      isDone: ({ bug }) => bug === 'reads-without-confirming-leadership',
    },
    {
      text: 'A judge objects, at the end of the run: press v, or ⚠, and read why.',
      isDone: (seen) =>
        seen.bug === 'reads-without-confirming-leadership' &&
        TOLD_SOMETHING_OLD.includes(seen.model.violation?.judge ?? '') &&
        isAtViolation(seen),
    },
    {
      text: 'Take the bug away again: the same run holds.',
      isDone: ({ bug, model }) => bug === undefined && model.violation === undefined,
    },
  ],
};

export const FIGURE_8: Lesson = {
  id: 'figure-8',
  title: 'Raft’s Figure 8',
  text: 'An entry that a majority has is not safe yet if an older reign wrote it: Figure 8 of the Raft paper. With M06 that rule is left out. Let the machine look for a schedule that shows it, and read the small one that it makes.',
  scenario: 'primary-dies-mid-purchase',
  bug: 'commits-entry-of-older-epoch',
  at: 1_500,
  section: '§4',
  steps: [
    {
      text: 'Press “Find it”. A few hundred storms are tried, and the one that breaks a rule is made small.',
      isDone: (seen) =>
        seen.isFound && seen.bug === 'commits-entry-of-older-epoch' && seen.model.violation !== undefined,
    },
    {
      text: 'Step to the violation (v), and back from there: who wrote the entry, and who overwrote it?',
      isDone: (seen) => seen.isFound && seen.bug === 'commits-entry-of-older-epoch' && isAtViolation(seen),
    },
  ],
};

export const PLAIN_BULLY: Lesson = {
  id: 'plain-bully',
  title: 'Break the plain bully',
  text: 'The rule of Garcia-Molina alone, “the highest rank leads”, loses acknowledged writes. M28 is that rule. Can you break it by hand? (Hint: let s2, the next in rank, miss a write; then take the primary away.)',
  scenario: 'primary-dies-mid-purchase',
  bug: 'votes-for-rank-alone',
  at: 1_990,
  section: '§3',
  steps: [
    {
      text: 'With at most six edits of your own, make a judge object.',
      isDone: (seen) =>
        seen.bug === 'votes-for-rank-alone' &&
        !seen.isFound &&
        seen.model.violation !== undefined &&
        seen.edits.length > 0 &&
        seen.plan.faults.length <= 6,
    },
    {
      text: 'Take the bug away (choose “No planted bug”): on the real rule the very same schedule holds.',
      isDone: (seen) => seen.bug === undefined && seen.edits.length > 0 && seen.model.violation === undefined,
    },
  ],
  show: (seen) => {
    const primary = primaryBefore(seen, 'events', 1_999) ?? 's3';
    return {
      at: 2_020,
      faults: [
        { type: 'partition', at: 1_999, name: 'cut-1', from: [primary], to: ['s2'], oneWay: true },
        { type: 'crash', at: 2_020, node: primary, afterActions: 0 },
      ],
    };
  },
  why(seen) {
    const [first] = seen.edits;
    if (first === undefined || seen.bug === undefined || seen.model.violation !== undefined) return undefined;
    const elected = seen.model.recording.events.flatMap((event) =>
      event.type === 'note' && event.note === 'elected' && event.at > first.at * 1_000 ? [event.node] : [],
    );
    if (elected.length === 0)
      return 'Every rule held: no server was elected anew. As long as the primary leads, nothing is lost: crash it, after s2 has missed a write.';
    if (!elected.includes('s2'))
      return `Every rule held: ${elected[0] ?? ''} was elected, and not s2, which was down or cut off itself. It must miss a write, and be heard by the others in the election: cut only the link from the primary to it.`;
    return 'Every rule held: when s2 was elected, it lacked nothing that a client had been told. Cut the link to it just before the purchase (2.000 s), and crash the primary when s1 has the entries and the primary knows it, a few milliseconds later: s2 catches up if you wait.';
  },
};
