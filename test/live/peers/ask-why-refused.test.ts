import { EventEmitter, once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createRefusalInquiry,
  type RefusalInquiry,
  type RefusalInquiryOptions,
} from '../../../src/live/peers/ask-why-refused.ts';
import type { History } from '../../../src/live/peers/directory.ts';
import { configurationOf } from '../../../src/protocol/model/configuration.ts';
import type { GroupView, ServiceEntry } from '../../../src/protocol/model/directory.ts';
import type { HttpServer } from '../../../src/transport-http/clients/http-server.ts';
import { knownNode } from '../../support/live/known-node.ts';

const OWN: History = { clusterId: 'c', historyId: 'c-2' };

/** What replaces `s1`, whichever cluster that is said of. */
const NEWER: ServiceEntry = {
  nodeId: 's1',
  kind: 'server',
  address: '127.0.0.1:4601',
  diskId: 'c/s1/2-0',
  generation: 2,
  incarnation: 1,
  standing: 'member',
  beat: 0,
};

const SIGHT: GroupView = {
  group: 'events',
  epoch: { counter: 3, nodeId: 's2' },
  primary: 's2',
  index: 9,
  configuration: configurationOf([{ nodeId: 's2', diskId: 'c/s2/1', kind: 'data', votes: 1, rank: 1 }]),
};

let server: HttpServer | undefined;

afterEach(() => server?.close());

describe('A node whose link was refused', () => {
  it('learns what its own cluster says of it', async () => {
    expect(await asks(OWN)).toEqual(['s2', { services: [NEWER], groups: [SIGHT] }]);
  });

  it.each([
    ['another cluster, founded where a dead node was', { clusterId: 'b', historyId: 'c-2' }],
    ['the history that a force has ended', { clusterId: 'c', historyId: 'c' }],
  ])('believes nothing of %s', async (_, foreign) => {
    expect(await asks(foreign)).toBe('nothing');
  });

  it('asks no node but the one that refused it', async () => {
    expect(await asks(OWN, 's3')).toBe('nothing');
  });

  it('asks again at a later refusal where the first answer does not name it', async () => {
    const answers = [[], [NEWER]];
    server = knownNode(OWN, {
      status: () => ({ node: 's2' }),
      directory: () => ({ services: answers.shift() ?? [], groups: [] }),
    });
    const address = `127.0.0.1:${await server.listen(0, '127.0.0.1')}`;
    const learned: unknown[] = [];
    const refusalInquiry = inquiryAt(address, (peer, own) => learned.push([peer, own]));
    await expect
      .poll(
        () => {
          refusalInquiry.refusedBy('s2');
          return learned;
        },
        { timeout: 10_000, interval: 100 },
      )
      .toEqual([['s2', { services: [NEWER], groups: [] }]]);
    expect(answers).toEqual([]);
  });
});

/** What `s1` of `OWN` learns from the node `name` of `theirs`, which answers where it takes `s2` to be. */
async function asks(theirs: History, name = 's2'): Promise<unknown> {
  const door = new EventEmitter();
  const over = once(door, 'answered');
  server = knownNode(theirs, {
    status() {
      if (name !== 's2') door.emit('answered');
      return { node: name };
    },
    directory() {
      door.emit('answered');
      return { services: [NEWER], groups: [SIGHT] };
    },
  });
  const address = `127.0.0.1:${await server.listen(0, '127.0.0.1')}`;
  return new Promise((resolve) => {
    const refusalInquiry = inquiryAt(address, (peer, own) => resolve([peer, own]));
    refusalInquiry.refusedBy('s2');
    // Long after the answer has been read, for a test of what does not come.
    void over.then(() => setTimeout(() => resolve('nothing'), 300));
  });
}

function inquiryAt(address: string, learned: RefusalInquiryOptions['learned']): RefusalInquiry {
  return createRefusalInquiry({
    nodeId: 's1',
    own: OWN,
    credentials: { secret: undefined, tls: undefined },
    addressOf: () => address,
    learned,
  });
}
