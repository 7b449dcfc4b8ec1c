import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OperatorPath } from '../../src/transport-http/clients/operator-paths.ts';
import { createProbeListener, type ProbeListener } from '../../src/transport-http/probe-listener.ts';
import { sendRaw } from '../support/transport-http/raw-http.ts';

let listener: ProbeListener;
let port: number;

function page(path: string, status: number): OperatorPath {
  return { method: 'GET', path, signed: false, answer: () => ({ status, body: { path } }) };
}

beforeEach(async () => {
  listener = createProbeListener([page('/healthz', 200), page('/readyz', 503), page('/status', 200)]);
  port = await listener.listen(0, '127.0.0.1');
});

afterEach(() => listener.close());

function ask(line: string, more = ''): ReturnType<typeof sendRaw> {
  return sendRaw(port, `${line} HTTP/1.1\r\nhost: x\r\n${more}\r\n`);
}

describe('A port for probes', () => {
  it('answers the two probes, and ends each connection', async () => {
    expect(await ask('GET /healthz')).toMatchObject({ statuses: [200], isClosed: true });
    expect((await ask('HEAD /readyz')).text).toMatch(/^HTTP\/1.1 503 [^]*\r\n\r\n$/);
    expect((await ask('GET /readyz')).text).toContain('{"path":"/readyz"}');
  });

  it('has nothing else of the process behind it', async () => {
    for (const line of ['GET /status', 'GET /', 'POST /healthz', 'GET /healthz?x', 'GET http://x/healthz'])
      expect([line, await ask(line)]).toMatchObject([line, { statuses: [404], isClosed: true }]);
    const upgrade = 'connection: upgrade\r\nupgrade: websocket\r\n';
    expect(await ask('GET /peer', upgrade)).toMatchObject({ statuses: [404], isClosed: true });
  });

  it('answers one request of a connection, and takes no long ones', async () => {
    const twice = 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(2);
    expect(await sendRaw(port, twice)).toMatchObject({ statuses: [200], isClosed: true });
    expect((await ask('GET /healthz', `x: ${'y'.repeat(5_000)}\r\n`)).statuses).toEqual([]);
  });

  it('answers while more connections than it has are held open', async () => {
    const silent: Socket[] = [];
    let closed = 0;
    for (let count = 0; count < 100; count += 1) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.on('close', () => (closed += 1));
      socket.resume();
      silent.push(socket);
    }
    await expect.poll(() => closed).toBe(100 - 32);
    expect((await ask('GET /healthz')).statuses).toEqual([200]);
    // And none is held for longer than it takes to ask.
    await expect.poll(() => closed, { timeout: 8_000 }).toBe(100);
  }, 15_000);
});
