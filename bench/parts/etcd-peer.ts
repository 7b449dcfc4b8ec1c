import { spawnSync } from 'node:child_process';
import { startEtcd } from './etcd.ts';
import { load, post } from './load.ts';
import type { Peer } from './peer.ts';

const HOST = '127.0.0.1';

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Three members of etcd on loopback, from `port` on; clients use the leader's HTTP/JSON gateway. */
export async function startEtcdPeer(port: number): Promise<Peer> {
  const etcd = await startEtcd(port, undefined);
  const leads = await Promise.all(etcd.members().map((member) => member.isLeader()));
  const at = etcd.members()[leads.indexOf(true)]?.port ?? port;
  const value = base64('{"username":"ada"}');
  let puts = 0;
  const text = (): string => {
    puts += 1;
    return post(HOST, at, '/v3/kv/put', `{"key":"${base64(`user-${puts}`)}","value":"${value}"}`);
  };
  const version = /etcd Version: (\S+)/.exec(spawnSync('etcd', ['--version'], { encoding: 'utf8' }).stdout)?.[1];
  return {
    name: 'etcd',
    about: `etcd ${version ?? ''}, put of a key of its own through the leader's HTTP/JSON gateway`,
    // The gateway takes keys as Base64, and so it reads the sixteen letters that the generator gives each request.
    http: { method: 'POST', url: `http://${HOST}:${at}/v3/kv/put`, body: `{"key":"{n}","value":"${value}"}` },
    pids: () => etcd.members().flatMap(({ process }) => process.pid ?? []),
    write: (clients, seconds) => load({ host: HOST, port: at, text }, clients, seconds),
    stop: () => etcd.stop(),
  };
}
