import { stat } from 'node:fs/promises';
import type { Dismissal } from '../../gossip/gossip-io.ts';
import type { FaultyDisk } from '../../live/engine/disk-faults.ts';
import type { RunningProcess } from '../../live/options.ts';
import type { PreparedNode } from '../../live/start/prepared-node.ts';
import { DiskLivesError } from '../../live/start/refuse-second-life.ts';
import { type Ending, runNode as runPrepared } from '../../live/start/run-node.ts';
import type { NodeLog } from '../../operate/logger.ts';
import { createOperating } from '../../operate/operating.ts';
import { unreachable } from '../../protocol/model/assert.ts';
import type { Settings } from '../../protocol/model/settings.ts';
import type { Secret } from '../../security/secret.ts';
import { certificateEnd, certificateProblem, type Tls } from '../../security/tls.ts';
import type { Access } from '../../transport-http/clients/access.ts';
import { STOP } from '../cluster/stop.ts';
import { UserError } from '../shared/errors.ts';
import { versionOfPackage } from '../../transport-http/handshake/build.ts';
import { CHAOS_VARIABLE } from './chaos-variable.ts';

export interface RunOptions {
  readonly log: NodeLog;
  readonly settings: Settings;
  readonly secret: Secret;
  readonly tls: Tls | undefined;
  readonly access: Access;
  /** Reads again what can change while the node runs; resolves to a sentence for each. */
  readonly reload: (useCertificate: () => void) => Promise<readonly string[]>;
  /** The folder for records of the node's inputs, if any. */
  readonly record?: string | undefined;
}

/** Interval of the look at the time of the own certificate, in milliseconds. */
const CERTIFICATE_LOOKED_AT_EVERY = 6 * 3_600_000;

/**
 * Exit code of a node that is no member any more and did not leave by itself, or whose disk another process has: a
 * restart is useless.
 */
const DISMISSED_CODE = 3;

const WHY: Readonly<Record<Dismissal, string>> = {
  removed: 'has been removed from its cluster. To take part again, it joins with an empty folder',
  replaced: 'has another disk now: this folder is the old one. Nothing of it is needed any more',
  overtaken:
    'ends, since a later run of this disk has been seen: of two folders one is a copy of the other, or was put back to an ' +
    'earlier state. Keep both until it is known which one has the newest entries (`understudy status`); this one takes ' +
    'part again only by joining with an empty folder',
};

/**
 * Runs the node in this process until it is told to stop, fails, or is no member any more; then ends the process.
 * Returns only where the node lost its newly given name, before it had any vote, to another node that was given the
 * same: it may ask for another one.
 */
export async function runNode(start: PreparedNode, options: RunOptions): Promise<void> {
  const { folder, service } = start;
  const { nodeId, service: name } = folder.node;
  const { log } = options;
  const say = (line: string): void => log.say(line, 'seldom');
  const end = (code: number): void => {
    log.flush();
    process.exit(code);
  };
  const routes = folder.node.kind === 'server' ? (service.serverRoutes ?? []) : service.routes;
  const operating = createOperating({
    log,
    title: name,
    version: versionOfPackage(),
    routes,
    refusalBody: service.refusalBody,
    certificateEnd: () => (options.tls === undefined ? undefined : certificateEnd(options.tls)),
  });
  if (await isOpenToOthers(folder.path))
    say(`others on this machine can read ${folder.path}; mend it with: chmod -R go= ${folder.path}`);
  if (folder.services.damage !== undefined)
    say(`does not know all nodes that it knew before: ${folder.services.damage}`);
  const { running, ended } = await runPrepared(start, {
    settings: options.settings,
    secret: options.secret,
    tls: options.tls,
    access: options.access,
    record: options.record,
    disk: await diskUnderChaos(),
    log: (line, level) => log.say(line, level),
    observer: operating.observer,
    operatorPaths: (sight, own) => operating.operatorPaths(sight, own),
    failed: (error) => {
      // A failed disk or a broken invariant: the next step of this process may be wrong.
      log.failed(error);
      process.exit(1);
    },
  }).catch((error: unknown) => {
    if (error instanceof DiskLivesError) {
      log.warn(error.message);
      end(DISMISSED_CODE);
    }
    throw new UserError(`${nodeId} cannot start: ${error instanceof Error ? error.message : String(error)}`);
  });
  const lookAtCertificate = (): void => {
    const problem = options.tls === undefined ? undefined : certificateProblem(options.tls, Date.now());
    if (problem !== undefined) log.warn(problem);
  };
  lookAtCertificate();
  setInterval(lookAtCertificate, CERTIFICATE_LOOKED_AT_EVERY).unref();
  const reloads = async (): Promise<void> => {
    const lines = await options.reload(() => running.useCertificate());
    for (const line of lines.length === 0 ? ['has nothing to reload'] : lines) say(`SIGHUP: ${line}`);
  };
  const disobey = obeySignals(running, say, end, reloads);
  const ending = await ended;
  say(showEnding(ending, nodeId));
  await running.stop();
  if (ending.type !== 'name-lost') end(ending.type === 'left' ? 0 : DISMISSED_CODE);
  disobey();
}

/** Whether users besides the own one may enter the data folder, whose files earlier versions made readable. */
async function isOpenToOthers(path: string): Promise<boolean> {
  if (process.platform === 'win32') return false;
  return ((await stat(path)).mode & 0o077) !== 0;
}

function showEnding(ending: Ending, nodeId: string): string {
  switch (ending.type) {
    case 'left':
      return 'has left its cluster';
    case 'dismissed':
      return WHY[ending.why];
    case 'name-lost':
      return `another joining node has been given the name ${nodeId}, too: joins again`;
    default:
      return unreachable(ending);
  }
}

/** Loads the disk faults only on demand; `chaosDisk` refuses them to all but processes of `understudy chaos`. */
async function diskUnderChaos(): Promise<FaultyDisk | undefined> {
  if (process.env[CHAOS_VARIABLE] === undefined) return undefined;
  return (await import('./chaos-disk.ts')).chaosDisk();
}

/** The first signal ends the process in good order, a second one at once. Returns how to ignore them again. */
function obeySignals(
  running: RunningProcess,
  say: (line: string) => void,
  end: (code: number) => void,
  reloads: () => Promise<void>,
): () => void {
  let asked = false;
  const stop = (): void => void running.stop().then(() => end(0));
  const retire = (): void => {
    if (asked) return stop();
    asked = true;
    say('stops: hands over leadership and answers pending requests');
    void running.retire().then((unfinished) => {
      if (unfinished !== undefined) say(`stops with something left: ${unfinished}`);
      end(0);
    });
  };
  const reloadSoon = (): void => void reloads();
  const hear = (message: unknown): void => {
    if (message === STOP) stop();
  };
  process.on('SIGHUP', reloadSoon);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // From bin/understudy.mjs, for the time until now.
    for (const listener of process.listeners(signal)) {
      if (listener.name === 'endBeforeTheStart') process.off(signal, listener);
    }
  }
  process.on('SIGINT', retire);
  process.on('SIGTERM', retire);
  process.on('message', hear);
  // Started by `up`: once the parent has ended, however that happened, this process must stop. It may have ended
  // already.
  if (process.connected) process.on('disconnect', stop);
  else if (process.send !== undefined) stop();
  return () => {
    process
      .off('SIGHUP', reloadSoon)
      .off('SIGINT', retire)
      .off('SIGTERM', retire)
      .off('message', hear)
      .off('disconnect', stop);
  };
}
