import type { Address } from '../../../src/protocol/model/address.ts';
import { type Configuration, configurationOf, type Member } from '../../../src/protocol/model/configuration.ts';
import type { ServiceEntry } from '../../../src/protocol/model/directory.ts';
import type { DiskOperation, Effect, FreeEffect } from '../../../src/protocol/model/effects.ts';
import type { Body, Entry, LogBase } from '../../../src/protocol/model/entry.ts';
import { type Epoch, NO_EPOCH, type NodeId } from '../../../src/protocol/model/epoch.ts';
import { chain } from '../../../src/protocol/model/log.ts';
import type { Message, Request } from '../../../src/protocol/model/messages.ts';
import { COUNTER } from './counter.ts';

// What is said on stage: configurations, entries, requests and messages, each in a few words.

/** Unix time at which every play begins. */
export const WALL = 1_700_000_000_000;

/** A front end, for whom replicas work. */
export const CLIENT: Address = { node: 'F', unit: 'front-end' };

/** Voters by rank, witnesses by votes; one without is a learner. */
export function cast(
  ranks: Readonly<Record<NodeId, number>>,
  witnesses: Readonly<Record<NodeId, number>> = {},
): Configuration {
  const data = Object.entries(ranks).map(([nodeId, rank]) => member(nodeId, rank));
  const others = Object.entries(witnesses);
  return configurationOf(
    [...data, ...others.filter(([, votes]) => votes > 0).map(([nodeId, votes]) => witness(nodeId, votes))],
    others.filter(([, votes]) => votes === 0).map(([nodeId]) => witness(nodeId)),
  );
}

export function member(nodeId: NodeId, rank: number): Member {
  return { nodeId, diskId: diskOf(nodeId), kind: 'data', votes: 1, rank };
}

export function witness(nodeId: NodeId, votes = 1): Member {
  return { nodeId, diskId: diskOf(nodeId), kind: 'witness', votes, rank: 0 };
}

/** What the directory says of a node that takes part, but for what is said here. */
export function service(nodeId: NodeId, said: Partial<ServiceEntry> = {}): ServiceEntry {
  const usual = { kind: 'server', generation: 1, incarnation: 1, standing: 'member', beat: 0 } as const;
  return { nodeId, address: `${nodeId}:1`, diskId: diskOf(nodeId), ...usual, ...said };
}

export function diskOf(nodeId: NodeId): string {
  return `disk-of-${nodeId}`;
}

/** `epoch('3.B')`. */
export function epoch(text: `${number}.${NodeId}`): Epoch {
  const [counterText, nodeId = ''] = text.split('.');
  return { counter: Number(counterText), nodeId };
}

/** Entries of one epoch that continue `last`, as their primary would have made them at the start of the play. */
export function written(last: LogBase, by: Epoch, ...bodies: readonly Body[]): Entry[] {
  return bodies.map((body) => {
    const entry = chain(last, by, { lamport: 0, wall: WALL }, body);
    last = entry;
    return entry;
  });
}

export function add(uuid: string, by = 1, issuedAt = WALL): Body {
  return { type: 'write', uuid, issuedAt, command: { type: 'add', by } };
}

export const NOOP: Body = { type: 'noop' };

/** A client's request to add, and to pay into the other group. */
export function adding(uuid: string, by = 1, issuedAt = WALL): Request {
  return { type: 'write', id: `ask-${uuid}`, uuid, issuedAt, command: { type: 'add', by } };
}

export function paying(uuid: string, by = 1, issuedAt = WALL): Request {
  return { type: 'write', id: `ask-${uuid}`, uuid, issuedAt, command: { type: 'pay', by } };
}

export function append(by: Epoch, previous: LogBase, entries: readonly Entry[], commit = 0): Message {
  return { type: 'append', epoch: by, previousIndex: previous.index, previousHash: previous.hash, entries, commit };
}

export function heartbeat(by: Epoch, beat: number, commit = 0): Message {
  return { type: 'heartbeat', epoch: by, beat, commit };
}

export function acknowledgement(from: NodeId, to: Epoch, match: number): Message {
  return { type: 'appended', epoch: to, match, diskId: diskOf(from), incarnation: 1 };
}

export function ok(round: number): Message {
  return { type: 'answer', round, verdict: 'ok', promised: NO_EPOCH };
}

export function grant(from: NodeId, to: Epoch): Message {
  return { type: 'voted', epoch: to, granted: true, promised: to, diskId: diskOf(from) };
}

export function campaign(by: Epoch, end = { epoch: NO_EPOCH, index: 0 }): Message {
  return { type: 'campaign', epoch: by, end, transfer: false };
}

/** What is done behind the disk. */
export function behind(operations: readonly DiskOperation[], ...then: readonly FreeEffect[]): Effect {
  return { type: 'persist', operations, then };
}

/** To another replica of the counter's group. */
export function toPeer(node: NodeId, message: Message): FreeEffect {
  return { type: 'send', to: { node, unit: COUNTER }, message };
}

/** What a test knows to be there. */
export function the<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the script is wrong: nothing is there');
  return value;
}
