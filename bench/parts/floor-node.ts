/**
 * One process of the floor: what a replicated durable write costs in plain Node.js, with the same promise and nothing
 * else. A front end takes HTTP, a primary numbers the writes, and all three servers have them on disk (`O_DSYNC`, group
 * commit) before the answer. No election, no membership, no checks, no memory of requests.
 */
import { constants, openSync, write as writeFile } from 'node:fs';
import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { crc32 } from 'node:zlib';
import { z } from 'zod';

const orders = z.discriminatedUnion('role', [
  z.object({ role: z.literal('front end'), http: z.number(), primary: z.number() }),
  z.object({ role: z.literal('primary'), port: z.number(), secondaries: z.array(z.number()), log: z.string() }),
  z.object({ role: z.literal('secondary'), port: z.number(), log: z.string() }),
]);

const order = orders.parse(JSON.parse(process.argv[2] ?? ''));
process.on('disconnect', () => process.exit());
if (order.role === 'front end') frontEnd(order.http, order.primary);
else if (order.role === 'primary') primary(order.port, order.secondaries, order.log);
else secondary(order.port, order.log);

interface Write {
  readonly number: number;
  readonly command: unknown;
}

function frontEnd(http: number, primaryPort: number): void {
  const waiting = new Map<number, ServerResponse>();
  let last = 0;
  const send = link(connect(primaryPort, '127.0.0.1'), (text) => {
    for (const [number, answer] of z.array(z.tuple([z.number(), z.unknown()])).parse(JSON.parse(text))) {
      const body = JSON.stringify(answer);
      const head = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      waiting.get(number)?.writeHead(200, head).end(body);
      waiting.delete(number);
    }
  });
  const ask = atTurnEnd((writes: readonly Write[]) => send(JSON.stringify(writes)));
  createHttpServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      last += 1;
      waiting.set(last, response);
      ask({ number: last, command: JSON.parse(body) });
    });
  }).listen(http, '127.0.0.1');
}

function primary(port: number, secondaries: readonly number[], log: string): void {
  const disk = openDisk(log);
  const users = new Map<number, unknown>();
  const durable = [0, ...secondaries.map(() => 0)];
  const tail: { readonly write: Write; readonly from: (text: string) => void }[] = [];
  let [commit, last] = [0, 0];
  const peers = secondaries.map((at, place) =>
    link(connect(at, '127.0.0.1'), (text) => acknowledge(place + 1, Number(text))),
  );
  createServer((socket) => {
    const from = link(socket, (text) => {
      const lines = z.array(z.object({ number: z.number(), command: z.unknown() })).parse(JSON.parse(text));
      const entries = lines.map((write) => {
        last += 1;
        tail.push({ write, from });
        return JSON.stringify({ index: last, epoch: 3, wall: Date.now(), command: write.command });
      });
      const block = entries.join('\n');
      const through = last;
      for (const peer of peers) peer(`${through}\n${block}`);
      disk(block, () => acknowledge(0, through));
    });
  }).listen(port, '127.0.0.1');

  function acknowledge(place: number, through: number): void {
    durable[place] = through;
    const answers = new Map<(text: string) => void, unknown[]>();
    while (commit < Math.min(...durable)) {
      const entry = tail.shift();
      if (entry === undefined) return;
      commit += 1;
      users.set(commit, entry.write.command);
      const batch = answers.get(entry.from) ?? [];
      batch.push([entry.write.number, { userid: commit, username: 'ada' }]);
      answers.set(entry.from, batch);
    }
    for (const [from, batch] of answers) from(JSON.stringify(batch));
  }
}

function secondary(port: number, log: string): void {
  const disk = openDisk(log);
  const users = new Map<number, unknown>();
  createServer((socket) => {
    const answer = link(socket, (text) => {
      const end = text.indexOf('\n');
      const block = text.slice(end + 1);
      for (const line of block.split('\n')) {
        const { index, command } = z.object({ index: z.number(), command: z.unknown() }).parse(JSON.parse(line));
        users.set(index, command);
      }
      disk(block, () => answer(text.slice(0, end)));
    });
  }).listen(port, '127.0.0.1');
}

/** Frames of a length and a text in both directions. Returns what sends one. */
function link(socket: Socket, hear: (text: string) => void): (text: string) => void {
  let rest: Buffer = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on('error', () => process.exit(1));
  socket.on('data', (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= 4 && rest.length - at - 4 >= rest.readUInt32BE(at)) {
      const end = at + 4 + rest.readUInt32BE(at);
      hear(rest.toString('utf8', at + 4, end));
      at = end;
    }
    rest = rest.subarray(at);
  });
  return (text) => {
    const frame = Buffer.allocUnsafe(4 + Buffer.byteLength(text));
    frame.writeUInt32BE(frame.length - 4);
    frame.write(text, 4);
    socket.write(frame);
  };
}

/** Group commit: what comes while a write is under way goes with the next. */
function openDisk(path: string): (text: string, done: () => void) => void {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_DSYNC);
  let [waiting, done, at]: [string[], (() => void)[], number] = [[], [], 0];
  let isBusy = false;
  const flush = (): void => {
    if (isBusy || waiting.length === 0) return;
    isBusy = true;
    const body = Buffer.from(waiting.join('\n'));
    const then = done;
    [waiting, done] = [[], []];
    const head = Buffer.allocUnsafe(8);
    head.writeUInt32BE(body.length);
    head.writeUInt32BE(crc32(body), 4);
    writeFile(file, Buffer.concat([head, body]), 0, 8 + body.length, at, (error) => {
      if (error !== null) throw error;
      at += 8 + body.length;
      isBusy = false;
      for (const each of then) each();
      flush();
    });
  };
  return (text, then) => {
    waiting.push(text);
    done.push(then);
    flush();
  };
}

/** Collects what one turn of the event loop gives, and passes it on together. */
function atTurnEnd<Item>(pass: (items: readonly Item[]) => void): (item: Item) => void {
  let items: Item[] = [];
  return (item) => {
    if (items.push(item) > 1) return;
    setImmediate(() => {
      const all = items;
      items = [];
      pass(all);
    });
  };
}
