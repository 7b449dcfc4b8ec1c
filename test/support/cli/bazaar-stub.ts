import { createServer } from 'node:http';

interface Order {
  readonly number: number;
  readonly name: string;
  readonly type: 'buy' | 'sell';
  readonly quantity: number;
}

/** What is wrong with it. */
export type Lie =
  /** Has every third order down with a share more. */
  | 'alters'
  /** Knows nothing of order 1. */
  | 'forgets'
  /** Gives every second order the number of the one before. */
  | 'repeats'
  /** Says no to every order, and not as the bazaar does. */
  | 'closes'
  /** Takes orders, and has no answer for whoever asks for one. */
  | 'hides'
  /** Answers every order after the first with something else than its number. */
  | 'babbles'
  /** Takes orders, and never says so. */
  | 'loses';

/**
 * A bazaar without any replication, that may lie. A stock is in its cache from the second query on. It is also the data server
 * `s1`, and has heard of no other.
 */
export async function openBazaarStub(lie?: Lie): Promise<{ readonly base: string; close(): Promise<void> }> {
  const stocks = new Map(['PEAR', 'PLUM'].map((name) => [name, { name, price: 1.5, quantity: 20 }]));
  const orders: Order[] = [];
  const seen = new Set<string>();
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const path = request.url ?? '';
      const [status, body] = request.method === 'POST' ? place(text) : look(path);
      const headers = path.startsWith('/stocks/') ? { 'understudy-cache': seen.has(path) ? 'hit' : 'miss' } : {};
      seen.add(path);
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = server.address();
  return {
    base: `http://127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  function look(path: string): readonly [number, unknown] {
    const [, kind, id] = path.split('/');
    if (path === '/status') return [200, STATUS];
    if (path === '/catalog/books') return [200, { data: [...stocks.values()].map(booksOf) }];
    if (lie === 'hides' && kind === 'orders') return no(503, 'no answer in time');
    if (path === '/stocks') return [200, { data: [...stocks.values()] }];
    const found = kind === 'stocks' ? stocks.get(id ?? '') : orders[lie === 'forgets' && id === '1' ? -1 : Number(id)];
    return found === undefined ? no(404, `no ${kind === 'stocks' ? 'stock' : 'order'} ${id}`) : [200, { data: found }];
  }

  function booksOf({ name, quantity }: { readonly name: string; readonly quantity: number }) {
    const sum = (type: string): number =>
      orders.reduce((all, one) => (one.name === name && one.type === type ? all + one.quantity : all), 0);
    return { name, listed: 20, bought: sum('buy'), sold: sum('sell'), adjusted: 0, quantity };
  }

  function place(text: string): readonly [number, unknown] {
    const asked = parse(text);
    // What data servers ask each other.
    if ('since' in asked) return [200, { data: { orders, count: orders.length } }];
    const stock = stocks.get(asked.name);
    if (lie === 'closes') return no(400, 'closed');
    if (stock === undefined || (asked.type === 'buy' && stock.quantity < asked.quantity)) return no(404, 'too few');
    stock.quantity += asked.type === 'buy' ? -asked.quantity : asked.quantity;
    const number = orders.length;
    const quantity = lie === 'alters' && number % 3 === 0 ? asked.quantity + 1 : asked.quantity;
    orders.push({ ...asked, number, quantity });
    if (lie === 'babbles' && number > 0) return [200, '<h1>Welcome</h1>'];
    if (lie === 'loses') return no(503, 'no answer in time');
    return [200, { data: { transaction_number: lie === 'repeats' ? number - (number % 2) : number } }];
  }
}

const STATUS = {
  node: 's1',
  kind: 'server',
  clusterId: 'c',
  historyId: 'h',
  pid: 1,
  incarnation: 1,
  uptimeMillis: 1,
  groups: {},
  frontEnd: null,
  links: {},
  directory: [],
};

const parse: (text: string) => Omit<Order, 'number'> = JSON.parse;

function no(code: number, message: string): readonly [number, unknown] {
  return [code, { error: { code, message } }];
}
