import { describe, expect, test } from 'vitest';
import { frontEndStatus } from '../../src/frontend/front-end.ts';
import { accepted } from '../../src/protocol/model/app.ts';
import {
  answered,
  callId,
  done,
  EPOCH_2,
  get,
  ledStage,
  located,
  locates,
  post,
  replies,
  server,
  stage,
  uuid7,
} from '../support/frontend/one-front-end.ts';

/** Of s4, who leads whatever servers there are. */
const EPOCH_4 = { counter: 4, nodeId: 's4' };

const SESSION = { 'understudy-read': 'session' };

/** Who was sent something, in order. */
function targets(
  effects: readonly { readonly type: string; readonly to?: { readonly node: string } }[],
): readonly string[] {
  return effects.flatMap(({ to }) => (to === undefined ? [] : [to.node]));
}

describe('a front end whose groups get other servers (§5.8)', () => {
  test('asks the new ones in their turn, and nobody who has left', () => {
    const it = ledStage();
    it.tell({ type: 'servers', group: 'users', servers: ['s1', 's2', 's4'] });
    const asked = [1, 2, 3, 4].map((id) => targets(it.ask(get(id, '/users/0', SESSION))));
    expect(asked).toEqual([['s1'], ['s2'], ['s4'], ['s1']]);
  });

  test('reads elsewhere what it had asked of one that has left, in that group alone', () => {
    const it = ledStage();
    it.tell({ type: 'led', group: 'users', primary: 's4', epoch: EPOCH_4 });
    it.tell({ type: 'servers', group: 'users', servers: ['s3', 's4'] });
    it.tell({ type: 'servers', group: 'events', servers: ['s3', 's4'] });
    expect(targets(it.ask(get(1, '/users/0', SESSION)))).toEqual(['s3']);
    expect(targets(it.ask(get(2, '/events', SESSION)))).toEqual(['s3']);
    expect(targets(it.tell({ type: 'servers', group: 'users', servers: ['s4', 's5'] }))).toEqual(['s5']);
  });

  test('looks for the next primary among the new ones when the old one has left, and sends it what it holds', () => {
    const it = ledStage();
    expect(targets(it.ask(post(1, '/users/create', { username: 'ann' })))).toEqual(['s1']);
    expect(it.tell({ type: 'servers', group: 'users', servers: ['s2', 's4'] })).toEqual(locates('users', ['s2', 's4']));
    expect(targets(it.hear('s2', 'users', located('s2', EPOCH_2)))).toEqual(['s2']);
  });

  test('hears nothing of a group that is none of its own', () => {
    const it = ledStage();
    const before = it.frontEnd();
    expect(it.tell({ type: 'servers', group: 'constructor', servers: ['s9'] })).toEqual([]);
    expect(it.frontEnd().groupRoutes).toEqual(before.groupRoutes);
  });

  test('knows the ports of all servers of the directory but those that were removed', () => {
    const it = ledStage();
    const ask = (id: number, port: number): unknown => it.ask(post(id, '/election', { port }));
    expect(ask(1, 7_001)).toMatchObject([{ response: { status: 400 } }]);
    it.tell({
      type: 'services',
      services: [
        server('f1', 'host:7000', { kind: 'frontend' }),
        server('s1', 'host:7001'),
        server('s2', '[::1]:7002', { standing: 'away' }),
        server('s3', 'host:7003', { standing: 'removed' }),
      ],
    });
    expect(ask(2, 7_001)).toMatchObject([{ response: { status: 200 } }]);
    expect(ask(3, 7_002)).toMatchObject([{ response: { status: 200 } }]);
    for (const port of [7_000, 7_003]) expect(ask(port, port)).toMatchObject([{ response: { status: 400 } }]);
  });
});

describe('a front end whose cluster has begun another history', () => {
  test('refuses what it holds and what comes, and serves again where that was a mistake', () => {
    const it = ledStage();
    const error = 'the cluster has begun another history without this node: join it anew, with an empty folder';
    it.ask(post(1, '/users/create', { username: 'ann' }), get(2, '/users/0'));
    expect(it.tell({ type: 'outlived', isSo: true })).toEqual([
      answered(1, 503, { error, uuid: uuid7(1) }, { 'understudy-uuid': uuid7(1), 'retry-after': '1' }),
      answered(2, 503, { error }, { 'retry-after': '1' }),
    ]);
    expect(it.ask(get(3, '/users/0'))).toEqual([answered(3, 503, { error }, { 'retry-after': '1' })]);
    expect(it.tell({ type: 'outlived', isSo: false })).toEqual([]);
    expect(targets(it.ask(get(4, '/users/0')))).toHaveLength(1);
  });
});

describe('a front end that drains', () => {
  test('answers what it holds, refuses what comes, and says when nothing is left', () => {
    const it = ledStage();
    it.ask(post(1, '/users/create', { username: 'ann' }));
    expect(it.tell({ type: 'drain' })).toEqual([]);
    expect(frontEndStatus(it.frontEnd())).toMatchObject({ draining: true, held: 1 });
    expect(it.ask(get(2, '/users/0'), get(3, '/no/such/path'))).toEqual(
      [2, 3].map((id) =>
        answered(
          id,
          503,
          { error: 'this process is about to end: ask another' },
          { connection: 'close', 'retry-after': '1' },
        ),
      ),
    );
    expect(it.hear('s1', 'users', replies([done(callId(1), accepted({ userid: 0 }))]))).toMatchObject([
      { type: 'respond', id: 1, response: { status: 200 } },
    ]);
    expect(frontEndStatus(it.frontEnd())).toMatchObject({ draining: true, held: 0 });
  });

  test('still sends again what it holds', () => {
    const it = ledStage();
    it.ask(post(1, '/users/create', { username: 'ann' }));
    it.tell({ type: 'drain' });
    expect(targets(it.wait(1_000))).toContain('s1');
  });
});

describe('the front end of a data server', () => {
  test('asks for a primary only while a request waits for one', () => {
    const it = stage({ place: { node: 's1', hasReplicas: true } });
    expect(it.wakeAt()).toBeUndefined();
    expect(it.wait(10_000)).toEqual([]);
    expect(it.ask(post(1, '/users/create', { username: 'ann' }))).toEqual([...locates('events'), ...locates('users')]);
    expect(it.wakeAt()).toBe(10_050);
    expect(targets(it.hear('s2', 'users', located('s2', EPOCH_2)))).toEqual(['s2']);
    it.hear('s2', 'users', replies([done(callId(1), accepted({ userid: 0 }))], { epoch: EPOCH_2, primary: 's2' }));
    expect(it.wakeAt()).toBeUndefined();
  });
});
