import { connect } from 'node:net';

/** A client's session: one request at a time. */
export interface ZooKeeperSession {
  /** The error code of the answer, 0 for success; undefined when the connection ended first. */
  ask(request: Buffer): Promise<number | undefined>;
  close(): void;
}

const CREATE = 1;
const PERSISTENT = 0;
const ALL_PERMISSIONS = 31;
const SESSION_MILLIS = 30_000;

/** Opens a session (ZooKeeper's Jute encoding: big-endian numbers, texts and buffers behind their lengths). */
export function openSession(port: number): Promise<ZooKeeperSession> {
  return new Promise((resolve, reject) => {
    let answered: ((error: number | undefined) => void) | undefined;
    let isOpen = false;
    let received = Buffer.alloc(0);
    const socket = connect(port, '127.0.0.1', () => {
      socket.setNoDelay(true);
      socket.write(framed([int(0), long(0n), int(SESSION_MILLIS), long(0n), text('\0'.repeat(16))]));
    });
    socket.on('error', (error) => {
      if (!isOpen) reject(error);
    });
    socket.on('close', () => settle(undefined));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
        const frame = received.subarray(4, 4 + received.readInt32BE(0));
        received = received.subarray(4 + frame.length);
        if (isOpen) settle(frame.readInt32BE(12));
        else {
          isOpen = true;
          resolve({
            ask: (request) =>
              new Promise((answer) => {
                if (socket.destroyed) return answer(undefined);
                answered = answer;
                socket.write(request);
              }),
            close: () => socket.destroy(),
          });
        }
      }
    });

    function settle(error: number | undefined): void {
      const answer = answered;
      answered = undefined;
      answer?.(error);
    }
  });
}

/** A request to create a lasting node that anyone may change. */
export function createNode(path: string, data: string): Buffer {
  const anyone = [int(1), int(ALL_PERMISSIONS), text('world'), text('anyone')];
  return framed([int(1), int(CREATE), text(path), text(data), ...anyone, int(PERSISTENT)]);
}

function framed(parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([int(body.length), body]);
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([int(bytes.length), bytes]);
}
