import { type Client, type ClientOutcome, createClient } from '../../../client/client.ts';
import { timingsOf } from '../../shared/timings.ts';
import { type Load, runLoad } from '../load.ts';
import type { TestReport } from '../report.ts';
import {
  createEvent,
  createUser,
  eventSchema,
  eventsSchema,
  expectDone,
  showOutcome,
  userSchema,
} from '../requests.ts';

export interface ConcurrentOptions {
  readonly kind: 'create' | 'purchase';
  /** Base URLs. */
  readonly frontEnds: readonly string[];
  readonly times: number;
  readonly clients: number;
  readonly deadline: number;
  readonly quiet: boolean;
}

/** Holders of the tickets of one test: few enough to read at the end, and more than one. */
const USERS = 4;

/** One of ten purchases finds no ticket left, so the test shows whether more are sold than exist. */
const SOLD_OUT_AFTER = 0.9;

/** Writes by several clients at once, each in a session of its own, then compares them with what is read. */
export async function testConcurrent(options: ConcurrentOptions): Promise<TestReport> {
  const { frontEnds, clients, deadline } = options;
  const judge = createClient({ frontEnds, deadline });
  // The sessions begin at different front ends.
  const sessions = Array.from({ length: clients }, (_, nth) => {
    const first = nth % frontEnds.length;
    return createClient({ frontEnds: [...frontEnds.slice(first), ...frontEnds.slice(0, first)], deadline });
  });
  return options.kind === 'create' ? testCreates(options, judge, sessions) : testPurchases(options, judge, sessions);
}

async function testCreates(
  options: ConcurrentOptions,
  judge: Client,
  sessions: readonly Client[],
): Promise<TestReport> {
  const userid = await createUser(judge, 'the creator');
  const load = await runLoad({ ...options, what: 'events' }, (nth, session) =>
    ask(sessions[session], '/events/create', { userid, eventname: nameOf(nth), numtickets: 1 + nth }),
  );
  const counts = countsOf(load);
  const problems = surprises(load, 0);

  const listed = await expectDone(judge, 'GET', '/events', eventsSchema);
  const mine = listed.filter((event) => event.userid === userid);
  const eventids = load.results.map((outcome) => (outcome.type === 'answered' ? idOf(outcome) : undefined));
  const known = eventids.filter((eventid) => eventid !== undefined);
  if (new Set(known).size < known.length) problems.push('two events were given the same id');
  eventids.forEach((eventid, nth) => {
    if (eventid === undefined) return;
    const event = mine.find((row) => row.eventid === eventid);
    if (event?.eventname !== nameOf(nth) || event.avail !== 1 + nth) {
      problems.push(`event ${eventid} was created as “${nameOf(nth)}”, and is read as ${JSON.stringify(event)}`);
    }
  });
  const most = counts.answered + counts.unknown + counts.expired;
  if (mine.length < counts.answered || mine.length > most) {
    problems.push(`${counts.answered} events were created, and ${mine.length} are there`);
  }
  const lines = [...linesOf(options, load, 'events'), `${mine.length} of them are in the list`];
  return { test: 'concurrent create', problems, lines, timings: { creates: timingsOf(load.millis) } };
}

async function testPurchases(
  options: ConcurrentOptions,
  judge: Client,
  sessions: readonly Client[],
): Promise<TestReport> {
  const users: number[] = [];
  for (let nth = 0; nth < USERS; nth += 1) users.push(await createUser(judge, `buyer ${nth}`));
  const numtickets = Math.max(1, Math.floor(options.times * SOLD_OUT_AFTER));
  const creation = { userid: users[0] ?? 0, eventname: 'a rush', numtickets };
  const eventid = await createEvent(judge, creation);
  const load = await runLoad({ ...options, what: 'purchases' }, (nth, session) =>
    ask(sessions[session], `/events/${eventid}/purchase/${users[nth % USERS] ?? 0}`, { tickets: 1 }),
  );
  const counts = countsOf(load);
  const open = counts.unknown + counts.expired;
  // A refusal is right once all are sold.
  const problems = surprises(load, options.times - numtickets);

  const event = await expectDone(judge, 'GET', `/events/${eventid}`, eventSchema);
  let held = 0;
  for (const userid of users) {
    const { tickets } = await expectDone(judge, 'GET', `/users/${userid}`, userSchema);
    held += tickets.filter((ticket) => ticket.eventid === eventid).length;
  }
  if (event.avail + event.purchased !== numtickets || event.avail < 0) {
    problems.push(`of ${numtickets} tickets ${event.avail} are left and ${event.purchased} sold`);
  }
  if (event.purchased < counts.answered || event.purchased > counts.answered + open) {
    problems.push(`${counts.answered} purchases were answered with yes, and ${event.purchased} tickets are sold`);
  }
  // Tickets of an unanswered purchase may still be reserved.
  if (held > event.purchased || held < event.purchased - open) {
    problems.push(`${event.purchased} tickets are sold, and ${held} are held`);
  }
  const lines = [
    ...linesOf(options, load, 'purchases'),
    `event ${eventid}: ${event.purchased} of ${numtickets} tickets sold, ${held} held`,
  ];
  return { test: 'concurrent purchase', problems, lines, timings: { purchases: timingsOf(load.millis) } };
}

function ask(session: Client | undefined, path: string, body: Readonly<Record<string, string | number>>) {
  if (session === undefined) throw new RangeError('every client has a session');
  return session.request('POST', path, body);
}

function countsOf({ results }: Load<ClientOutcome>): Readonly<Record<ClientOutcome['type'], number>> {
  const counts = { answered: 0, refused: 0, expired: 0, unknown: 0 };
  for (const { type } of results) counts[type] += 1;
  return counts;
}

/** Refusals for any other reason, and those beyond `refusedAtMost`. */
function surprises(load: Load<ClientOutcome>, refusedAtMost: number): string[] {
  const refused = load.results.filter((outcome) => outcome.type === 'refused');
  const odd = refused.filter(({ reason }) => !reason.endsWith(' tickets left'));
  if (odd.length > 0) return odd.map(showOutcome);
  return refused.length <= refusedAtMost
    ? []
    : [`${refused.length} purchases were refused, of which at most ${refusedAtMost} can have found nothing left`];
}

function linesOf({ clients }: ConcurrentOptions, load: Load<ClientOutcome>, what: string): readonly string[] {
  const { answered, refused, expired, unknown } = countsOf(load);
  const seconds = load.tookMillis / 1_000;
  const rate = Math.round(load.results.length / seconds);
  return [
    `${load.results.length} ${what} by ${clients === 1 ? 'one client' : `${clients} clients`} in ${seconds.toFixed(1)} s, ${rate} per second`,
    `${answered} answered with yes, ${refused} with no, ${expired} expired, ${unknown} unknown`,
  ];
}

function nameOf(nth: number): string {
  return `show ${nth}`;
}

function idOf({ body }: Extract<ClientOutcome, { type: 'answered' }>): number | undefined {
  if (typeof body !== 'object' || body === null || !('eventid' in body)) return undefined;
  return typeof body.eventid === 'number' ? body.eventid : undefined;
}
