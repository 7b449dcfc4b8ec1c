import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { liveNetwork } from '../../../src/chaos/decide/link-fate.ts';
import { createLinks, linkCount, type Links } from '../../../src/chaos/network/links.ts';
import { freePorts } from '../../../src/cli/up/ports.ts';
import type { PlanInput } from '../../../src/sim/plan/plan.ts';
import { cut, heal, hold, release, setConditions } from '../../../src/sim/world/links.ts';
import { planOf } from '../../support/sim/bundled.ts';

/** A node that keeps what it hears, and says everything back. */
interface Listener {
  readonly server: Server;
  readonly sockets: Socket[];
  heard: string;
}

const SOON = { timeout: 10_000, interval: 5 };

let listeners: Listener[];
let links: Links;

async function open(network: PlanInput['network'] = {}): Promise<void> {
  const nodes = ['s1', 'f1'];
  const ports = await freePorts(nodes.length + linkCount(2, 1, 1));
  listeners = [];
  for (const [place] of nodes.entries()) listeners.push(await listen(ports[place] ?? 0));
  const plan = planOf({ network });
  links = createLinks({
    network: liveNetwork(plan, planOf({})),
    addresses: Object.fromEntries(nodes.map((node, place) => [node, `127.0.0.1:${ports[place] ?? 0}`])),
    frontEnds: ['f1'],
    clients: ['c1'],
    ports: ports.slice(nodes.length),
  });
  await links.open();
}

function listen(port: number): Promise<Listener> {
  const listener: Listener = { server: createServer(), sockets: [], heard: '' };
  listener.server.on('connection', (socket) => {
    listener.sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      listener.heard += bytes.toString();
      socket.write(bytes.toString().toUpperCase());
    });
  });
  return new Promise((resolve) => listener.server.listen(port, '127.0.0.1', () => resolve(listener)));
}

interface Dialed {
  readonly socket: Socket;
  heard: string;
  isClosed: boolean;
}

function dial(from: string, to: string): Dialed {
  const port = Number(links.address(from, to).split(':')[1]);
  const dialed: Dialed = { socket: connect(port, '127.0.0.1'), heard: '', isClosed: false };
  dialed.socket.on('data', (bytes: Buffer) => (dialed.heard += bytes.toString()));
  dialed.socket.on('error', () => undefined);
  dialed.socket.on('close', () => (dialed.isClosed = true));
  return dialed;
}

const [server, frontEnd] = [(): Listener => nth(0), (): Listener => nth(1)];

function nth(place: number): Listener {
  const found = listeners[place];
  if (found === undefined) throw new Error('nobody listens there');
  return found;
}

beforeEach(() => open());

afterEach(async () => {
  await links.close();
  for (const { server: listening, sockets } of listeners) {
    for (const socket of sockets) socket.destroy();
    listening.close();
  }
});

describe('A link through a proxy', () => {
  it('carries what is said, both ways', async () => {
    const link = dial('s1', 'f1');
    link.socket.write('hello');
    await expect.poll(() => link.heard, SOON).toBe('HELLO');
    expect(frontEnd().heard).toBe('hello');
  });

  it('loses what one node says while it is cut one way, lets the answers through, and breaks when it heals', async () => {
    const link = dial('s1', 'f1');
    link.socket.write('one');
    await expect.poll(() => link.heard, SOON).toBe('ONE');
    cut(links.network, 'p', [['s1', 'f1']]);
    link.socket.write('two');
    frontEnd().sockets[0]?.write('still here');
    await expect.poll(() => link.heard, SOON).toBe('ONEstill here');
    expect(frontEnd().heard).toBe('one');
    const other = dial('f1', 's1');
    other.socket.write('back');
    await expect.poll(() => server().heard, SOON).toBe('back');

    heal(links.network, 'p');
    links.settle();
    await expect.poll(() => link.isClosed, SOON).toBe(true);
    expect(frontEnd().heard).toBe('one');
    expect(other.isClosed).toBe(false);
  });

  it('lets nobody hear of a connection that is opened while it is cut', async () => {
    cut(links.network, 'p', [['s1', 'f1']]);
    const link = dial('s1', 'f1');
    link.socket.write('anybody?');
    const back = dial('f1', 's1');
    back.socket.write('yes');
    await expect.poll(() => back.heard, SOON).toBe('YES');
    expect(frontEnd().sockets).toEqual([]);
    heal(links.network, undefined);
    links.settle();
    await expect.poll(() => link.isClosed, SOON).toBe(true);
  });

  it('keeps what is held, and gives it on in order when it is released', async () => {
    const link = dial('s1', 'f1');
    link.socket.write('1');
    await expect.poll(() => frontEnd().heard, SOON).toBe('1');
    hold(links.network, 'h', [['s1', 'f1']]);
    for (const word of ['2', '3', '4']) link.socket.write(word);
    const beside = dial('c1', 'f1');
    beside.socket.write('x');
    await expect.poll(() => beside.heard, SOON).toBe('X');
    expect(frontEnd().heard).toBe('1x');
    release(links.network, 'h');
    links.settle();
    await expect.poll(() => frontEnd().heard, SOON).toBe('1x234');
    expect(link.isClosed).toBe(false);
  });

  it('loses the answers to a client that is cut off in that direction', async () => {
    const client = dial('c1', 'f1');
    client.socket.write('a');
    await expect.poll(() => client.heard, SOON).toBe('A');
    cut(links.network, 'p', [['f1', 'c1']]);
    client.socket.write('b');
    await expect.poll(() => frontEnd().heard, SOON).toBe('ab');
    expect(client.heard).toBe('A');
  });

  it('breaks now and then in weather that drops, and both ends are told', async () => {
    setConditions(links.network, 'w', [['s1', 'f1']], { drop: 1_000 });
    const link = dial('s1', 'f1');
    link.socket.write('hello');
    await expect.poll(() => link.isClosed, SOON).toBe(true);
    expect(frontEnd().heard).toBe('');
  });

  it('takes as long as the weather says', async () => {
    setConditions(links.network, 'w', [['s1', 'f1']], { delayMicros: [60_000] });
    const link = dial('s1', 'f1');
    const began = performance.now();
    link.socket.write('slow');
    await expect.poll(() => link.heard, SOON).toBe('SLOW');
    expect(performance.now() - began).toBeGreaterThanOrEqual(60);
  });

  it('refuses connections to a process that is gone, and takes them again when it is back', async () => {
    await links.hasProcess('f1', false);
    const refused = dial('s1', 'f1');
    await expect.poll(() => refused.isClosed, SOON).toBe(true);
    await links.hasProcess('f1', true);
    const link = dial('s1', 'f1');
    link.socket.write('again');
    await expect.poll(() => link.heard, SOON).toBe('AGAIN');
  });

  it('breaks the connections of clients when a front end is reset, and no other', async () => {
    const [client, link] = [dial('c1', 'f1'), dial('s1', 'f1')];
    client.socket.write('a');
    link.socket.write('b');
    await expect.poll(() => client.heard + link.heard, SOON).toBe('AB');
    links.reset('f1');
    await expect.poll(() => client.isClosed, SOON).toBe(true);
    expect(link.isClosed).toBe(false);
  });
});
