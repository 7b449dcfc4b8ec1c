import { connect, type Socket } from 'node:net';
import { type Figures, figuresOf } from './figures.ts';

/** One request as text, and the expected status of its answer. */
export interface LoadRequest {
  readonly host: string;
  readonly port: number;
  /** The `number`-th request of the run, head and body. */
  text(number: number): string;
}

/**
 * `clients` keep-alive connections, each with one request after the other. Answers are parsed as little as possible
 * (status line and content-length), so that on a shared machine most of the time goes to the measured system.
 */
export async function load(request: LoadRequest, clients: number, seconds: number): Promise<Figures> {
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1_000;
  const durations: number[] = [];
  let failed = 0;
  let number = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      let connection = await open(request);
      while (performance.now() < endsAt) {
        number += 1;
        const sentAt = performance.now();
        const status = await connection.ask(request.text(number));
        if (status === 200) durations.push(performance.now() - sentAt);
        else failed += 1;
        if (status !== undefined) continue;
        connection.close();
        connection = await open(request);
      }
      connection.close();
    }),
  );
  const elapsed = (performance.now() - startedAt) / 1_000;
  return figuresOf(clients, durations, failed, elapsed);
}

/** One keep-alive connection with at most one pending request. */
export interface Connection {
  /** The answer's status; undefined when the connection ended first. */
  ask(text: string): Promise<number | undefined>;
  close(): void;
}

/** Resolves once connected. An answer must say its `content-length` or come in chunks, and end in one piece or more. */
export function open({ host, port }: Pick<LoadRequest, 'host' | 'port'>): Promise<Connection> {
  return new Promise((resolve, reject) => {
    let answered: ((status: number | undefined) => void) | undefined;
    let received = '';
    const socket: Socket = connect(port, host, () => {
      socket.setNoDelay(true);
      socket.off('error', reject);
      resolve({
        ask: (text) =>
          new Promise((answer) => {
            if (socket.destroyed) return answer(undefined);
            answered = answer;
            received = '';
            socket.write(text);
          }),
        close: () => socket.destroy(),
      });
    });
    socket.setEncoding('latin1');
    socket.on('error', reject);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: string) => {
      received += chunk;
      if (isWhole(received)) settle(Number(received.slice(9, 12)));
    });
    socket.on('close', () => settle(undefined));

    function settle(status: number | undefined): void {
      const answer = answered;
      answered = undefined;
      answer?.(status);
    }
  });
}

function isWhole(text: string): boolean {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return false;
  const length = /content-length: *(\d+)/i.exec(text.slice(0, head))?.[1];
  return length === undefined ? text.endsWith('0\r\n\r\n') : text.length >= head + 4 + Number(length);
}

/** `POST path` with a JSON body. */
export function post(host: string, port: number, path: string, body: string): string {
  return `POST ${path} HTTP/1.1\r\nhost: ${host}:${port}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
