import { isDeepStrictEqual } from 'node:util';
import { createClient } from '../../../client/client.ts';
import { timingsOf } from '../../shared/timings.ts';
import { runLoad } from '../load.ts';
import type { TestReport } from '../report.ts';
import { createEvent, createUser, type Event, eventSchema, eventsSchema, expectDone } from '../requests.ts';

/** The events to choose from. */
export const EVENT_NAMES = ['a concert', 'a play', 'a reading'] as const;

export interface WriteReadOptions {
  readonly eventname: string;
  /** Base URLs. */
  readonly frontEnds: readonly string[];
  readonly times: number;
  readonly deadline: number;
  readonly quiet: boolean;
}

/**
 * Creates events and reads each at once through every front end, in a session with the write's token: alone and in the
 * list, linearizable and as of the session. Each read must find it as it was written.
 */
export async function testWriteRead(options: WriteReadOptions): Promise<TestReport> {
  const { eventname, frontEnds, times, deadline, quiet } = options;
  const writer = createClient({ frontEnds, deadline });
  const userid = await createUser(writer, 'the writer');
  const problems: string[] = [];
  const reads: number[] = [];
  const writes: number[] = [];
  const load = await runLoad({ what: 'events', times, clients: 1, quiet }, async (nth) => {
    const numtickets = 100 + nth;
    const askedAt = performance.now();
    const eventid = await createEvent(writer, { userid, eventname, numtickets });
    writes.push(performance.now() - askedAt);
    for (const frontEnd of frontEnds)
      await readAt(frontEnd, { eventid, eventname, userid, avail: numtickets, purchased: 0 });
  });
  return {
    test: 'write-read',
    problems,
    lines: [
      `${times} times “${eventname}” written, read ${reads.length} times through ${frontEnds.length === 1 ? 'one front end' : `${frontEnds.length} front ends`}, in ${(load.tookMillis / 1_000).toFixed(1)} s`,
    ],
    timings: { writes: timingsOf(writes), reads: timingsOf(reads) },
  };

  async function readAt(frontEnd: string, written: Event): Promise<void> {
    const reader = createClient({ frontEnds: [frontEnd], deadline, token: writer.token() });
    for (const read of ['session', 'linearizable'] as const) {
      const path = `/events/${written.eventid}`;
      const found = await timed(() => expectDone(reader, 'GET', path, eventSchema, undefined, { read }));
      judge(`${path} (${read})`, frontEnd, found, written);
      const listed = await timed(() => expectDone(reader, 'GET', '/events', eventsSchema, undefined, { read }));
      const row = listed.find(({ eventid }) => eventid === written.eventid);
      judge(`/events (${read})`, frontEnd, row, written);
    }
  }

  function judge(what: string, frontEnd: string, found: Event | undefined, written: Event): void {
    if (isDeepStrictEqual(found, written)) return;
    problems.push(`${frontEnd} ${what}: ${JSON.stringify(written)} was written, and read ${JSON.stringify(found)}`);
  }

  async function timed<Result>(ask: () => Promise<Result>): Promise<Result> {
    const askedAt = performance.now();
    const result = await ask();
    reads.push(performance.now() - askedAt);
    return result;
  }
}
