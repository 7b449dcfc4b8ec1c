import { setTimeout as pass } from 'node:timers/promises';
import type { Lives } from '../../gossip/gossip-io.ts';
import { isOfLaterRun, ROUNDS_OF_BEAT } from '../../gossip/state.ts';
import type { ServiceEntry } from '../../protocol/model/directory.ts';
import type { Settings } from '../../protocol/model/settings.ts';
import type { Credentials } from '../../security/call-process.ts';
import type { NodeRecord } from '../../storage/node-file.ts';
import { askDirectory } from '../peers/directory.ts';
import { StartError } from './start-error.ts';
import { errorCode } from '../../protocol/model/error-code.ts';

/** Timeout of each answer, in milliseconds: a node that answers no faster does not keep this one from starting. */
const ANSWER_WITHIN = 1_000;

/** Other nodes that are asked, data servers first. */
const ASKED_AT_MOST = 8;

/** The node of an opened folder that is about to start, and what that folder knows. */
export interface Starting {
  readonly node: NodeRecord;
  /** The number of this start, and the proofs of it and of later ones. */
  readonly incarnation: number;
  readonly lives: Lives;
  /** The directory as last known, this node's former entry included. */
  readonly services: readonly ServiceEntry[];
  readonly credentials: Credentials;
  readonly settings: Pick<Settings, 'gossipEvery'>;
}

/** Another process runs on this disk, as far as others know: this one was not started. Nothing is broken. */
export class DiskLivesError extends StartError {}

/**
 * Rejects with a `DiskLivesError` where another process of this very disk lives, since one of the two folders is a copy;
 * or where others know a run of it that this folder does not, since it is an earlier state then. The former is
 * asked for at the addresses that this folder and other nodes have of it. Unless other nodes have it where this one is
 * to listen, and nothing does, they are asked whether its beat rises. Silence lets the node start: to be certain is not
 * possible.
 */
export async function refuseSecondLife(starting: Starting): Promise<void> {
  const { nodeId, diskId } = starting.node;
  const seen = await findOtherLife(starting);
  if (seen === undefined) return;
  if (seen.type === 'later-run') {
    throw new DiskLivesError(
      `nothing is started: this would be start ${starting.incarnation} of ${nodeId} on its disk (${diskId}), and ${seen.by} knows ` +
        `start ${seen.incarnation} of it. This folder is an earlier state of that disk, such as a backup, and has forgotten ` +
        'what it promised since. Start the newest one; if that is lost, this node joins again with an empty folder',
    );
  }
  throw new DiskLivesError(
    `nothing is started: ${nodeId} already runs on this disk (${diskId}), ${seen.where}. Of two folders one is a copy of the ` +
      'other, or an earlier state of it, and only one may run. Keep both until it is known which one has the newest entries',
  );
}

type OtherLife =
  /** `where`: at which address, or by whose word. */
  | { readonly type: 'lives'; readonly where: string }
  | { readonly type: 'later-run'; readonly by: string; readonly incarnation: number };

/** Another process of this disk that lives, or one that ran after this folder was copied. */
async function findOtherLife(starting: Starting): Promise<OtherLife | undefined> {
  const { node, services } = starting;
  const former = services.find(({ nodeId }) => nodeId === node.nodeId);
  const others = askedOf(starting);
  const asked = new Map<string, Promise<Look>>();
  const lookAt = (address: string): Promise<Look> => {
    const look = asked.get(address) ?? lookFor(starting, address);
    asked.set(address, look);
    return look;
  };
  const own = [node.address, ...(former === undefined ? [] : [former.address])].map(lookAt);
  const records = await Promise.all(others.map((other) => recordAt(starting, other)));
  for (const record of records) if (record !== undefined) void lookAt(record.address);
  await Promise.all(own);
  for (const [address, look] of asked) if ((await look) === 'lives') return { type: 'lives', where: `at ${address}` };
  // Its own beats, which no other node raises.
  const unclear: Witness[] = [];
  for (const [place, record] of records.entries()) {
    const other = others[place];
    if (record === undefined || other === undefined) continue;
    if (isOfLaterRun(record, node.diskId, starting.incarnation, starting.lives))
      return { type: 'later-run', by: other.nodeId, incarnation: record.incarnation };
    // Where this node itself is to listen, nothing does: elsewhere that may be another machine's port.
    if (record.address === node.address && (await lookAt(record.address)) === 'gone') continue;
    unclear.push({ other, record });
  }
  const where = unclear.length === 0 ? undefined : await risingBy(starting, unclear);
  return where === undefined ? undefined : { type: 'lives', where };
}

/** Another node, and its record of this one. */
interface Witness {
  readonly other: ServiceEntry;
  readonly record: ServiceEntry;
}

async function risingBy(starting: Starting, witnesses: readonly Witness[]): Promise<string | undefined> {
  await pass(ROUNDS_OF_BEAT * starting.settings.gossipEvery);
  const found = await Promise.all(
    witnesses.map(async ({ other, record }) => {
      const later = await recordAt(starting, other);
      const rises = later?.incarnation === record.incarnation && later.beat > record.beat;
      return rises ? `at ${later.address}, and ${other.nodeId} hears it` : undefined;
    }),
  );
  return found.find((one) => one !== undefined);
}

/** `gone`: nothing listens there any more. `unclear`: no answer, or another node's. */
type Look = 'lives' | 'gone' | 'unclear';

async function lookFor({ node, credentials }: Starting, address: string): Promise<Look> {
  try {
    const answer = await askDirectory(address, node, credentials, { within: ANSWER_WITHIN, to: node.nodeId });
    if (typeof answer === 'string') return 'unclear';
    const entry = answer.services.find(({ nodeId }) => nodeId === node.nodeId);
    return entry?.diskId === node.diskId ? 'lives' : 'unclear';
  } catch (error) {
    return errorCode(error) === 'ECONNREFUSED' ? 'gone' : 'unclear';
  }
}

/** What another node knows of this disk; undefined where it does not answer, or knows another disk, or a removed one. */
async function recordAt(
  { node, credentials }: Starting,
  { nodeId, address }: ServiceEntry,
): Promise<ServiceEntry | undefined> {
  const how = { within: ANSWER_WITHIN, to: nodeId };
  const answer = await askDirectory(address, node, credentials, how).catch(() => 'refused' as const);
  if (typeof answer === 'string') return undefined;
  const entry = answer.services.find((one) => one.nodeId === node.nodeId);
  return entry?.diskId === node.diskId && entry.standing !== 'removed' ? entry : undefined;
}

function askedOf({ node, services }: Starting): readonly ServiceEntry[] {
  const others = services.filter(({ nodeId, standing }) => nodeId !== node.nodeId && standing !== 'removed');
  return others
    .toSorted((one, other) => Number(other.kind === 'server') - Number(one.kind === 'server'))
    .slice(0, ASKED_AT_MOST);
}
