import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** What came back over one connection. */
export interface RawAnswers {
  /** The statuses, in order. */
  readonly statuses: readonly number[];
  readonly text: string;
  /** Whether the server has ended its side. */
  readonly isClosed: boolean;
}

/**
 * Sends bytes, one for each character, and resolves once `count` final answers have come whole, or the server has ended
 * its side. `ends`: the client ends its own side behind them.
 */
export function sendRaw(
  port: number,
  bytes: string,
  {
    count = Infinity,
    ends = false,
    ca,
  }: { readonly count?: number; readonly ends?: boolean; /** Over TLS. */ readonly ca?: Buffer } = {},
): Promise<RawAnswers> {
  return new Promise((resolve, reject) => {
    let text = '';
    const place = { port, host: '127.0.0.1', allowHalfOpen: true };
    const socket = ca === undefined ? connect(place) : connectTls({ ...place, ca });
    socket.once(ca === undefined ? 'connect' : 'secureConnect', () => {
      socket.write(Buffer.from(bytes, 'latin1'));
      if (ends) socket.end();
    });
    const done = (isClosed: boolean): void => {
      socket.destroy();
      resolve({ statuses: statusesIn(text), text, isClosed });
    };
    socket.on('error', reject);
    socket.on('data', (data: Buffer) => {
      text += data.toString('latin1');
      if (statusesIn(text).length >= count) done(false);
    });
    socket.on('end', () => done(true));
  });
}

/** The statuses of the answers in `text` that are whole, but for 1xx. */
function statusesIn(text: string): readonly number[] {
  const statuses: number[] = [];
  let rest = text;
  for (;;) {
    const head = /^HTTP\/1\.1 (\d{3}) [^]*?\r\n\r\n/.exec(rest);
    if (head === null) return statuses;
    const status = Number(head[1]);
    const size = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(head[0])?.[1] ?? 0);
    if (rest.length < head[0].length + size) return statuses;
    if (status >= 200) statuses.push(status);
    rest = rest.slice(head[0].length + size);
  }
}
