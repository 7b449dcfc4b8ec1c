import { createServer } from 'node:http';
import type { NodeStatus } from '../../../src/cli/status/fetch-status.ts';

/** A ticket service without any replication, that may lie. Both a front end and a data server. */
export interface Stub {
  readonly base: string;
  readonly events: { eventid: number; eventname: string; userid: number; avail: number; purchased: number }[];
  readonly users: { userid: number; username: string; tickets: { eventid: number }[] }[];
  /** What `GET /status` answers; nothing at first. */
  status: NodeStatus | undefined;
  close(): Promise<void>;
}

/** What is wrong with it. */
export type Lie =
  /** Sells one ticket more than there is. */
  | 'oversells'
  /** Says yes to every third purchase and sells nothing. */
  | 'forgets'
  /** Takes the ticket, and gives it to nobody. */
  | 'keeps'
  /** Says no three times while there are tickets. */
  | 'hoards'
  /** Is closed. */
  | 'closes'
  /** Gives two events the same id. */
  | 'doubles'
  /** Leaves the newest event out of its list. */
  | 'lags';

/** All that anybody ever posts here. */
interface Asked {
  readonly username?: string;
  readonly eventname?: string;
  readonly userid?: number;
  readonly numtickets?: number;
}

const parse: (text: string) => Asked = JSON.parse;

export async function openStub(lie?: Lie): Promise<Stub> {
  const events: Stub['events'] = [];
  const users: Stub['users'] = [];
  let asked = 0;
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const [status, body] = answer(request.url ?? '', text === '' ? {} : parse(text));
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body === undefined ? '' : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = server.address();
  const stub: Stub = {
    base: `http://127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}`,
    events,
    users,
    status: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return stub;

  function answer(path: string, body: Asked): readonly [number, unknown] {
    const [, place, first, action, user] = path.split('/');
    if (path === '/status') return [200, stub.status];
    if (path === '/users/granted') return [200, []];
    if (path === '/users/create') {
      return [200, { userid: users.push({ userid: users.length, username: body.username ?? '', tickets: [] }) - 1 }];
    }
    if (path === '/events/create') {
      const { userid = 0, eventname = '', numtickets = 0 } = body;
      const eventid = events.push({ eventid: events.length, eventname, userid, avail: numtickets, purchased: 0 }) - 1;
      return [200, { eventid: lie === 'doubles' ? 0 : eventid }];
    }
    if (path === '/events' || path === '/events/list') return [200, lie === 'lags' ? events.slice(0, -1) : events];
    if (place === 'events' && action === undefined) return [200, events[Number(first)]];
    if (place === 'users') {
      const found = users[Number(first)];
      return found === undefined ? [400, { error: `no user ${first}` }] : [200, found];
    }
    return buy(Number(first), Number(user));
  }

  function buy(eventid: number, userid: number): readonly [number, unknown] {
    const event = events[eventid];
    asked += 1;
    if (event === undefined) return [400, { error: `no event ${eventid}` }];
    if (lie === 'closes') return [400, { error: 'closed' }];
    if (event.avail < (lie === 'oversells' ? 0 : 1) || (lie === 'hoards' && asked <= 3)) {
      return [400, { error: `event ${eventid} has ${event.avail} tickets left` }];
    }
    if (lie === 'forgets' && asked % 3 === 0) return [200, undefined];
    event.avail -= 1;
    event.purchased += 1;
    if (lie !== 'keeps') users[userid]?.tickets.push({ eventid });
    return [200, undefined];
  }
}
