import type { Address } from '../model/address.ts';
import type { Outcome } from '../model/app.ts';
import type { Configuration, Member } from '../model/configuration.ts';
import type { GroupView, ServiceEntry } from '../model/directory.ts';
import type { DiskOperation } from '../model/effects.ts';
import type { Body, Entry, LogBase, Slot } from '../model/entry.ts';
import type { Epoch, LogEnd } from '../model/epoch.ts';
import type {
  CallResult,
  DedupeWindow,
  IncomingCalls,
  Machine,
  OutgoingCalls,
  PendingCall,
  Result,
  Snapshot,
  WriteSession,
} from '../model/machine.ts';
import {
  type CodeReport,
  type Envelope,
  type Message,
  type PageRequest,
  type Reply,
  type Request,
  SHORTAGES,
  type StateHash,
  type Token,
  type Trial,
  UNSERVED,
} from '../model/messages.ts';
import {
  anything,
  arrayOf,
  finite,
  instant,
  flag,
  hostPort,
  integer,
  json,
  listOf,
  mapOf,
  oneOf,
  orAbsent,
  record,
  tagged,
  text,
  upTo,
  upTo53,
  whole,
  word,
} from './decode.ts';
import { ITEMS_AT_MOST, NODES_AT_MOST } from './bounds.ts';

/*
 * The shape of each type that is sent or stored. The compiler checks every shape against its type: a new message field
 * without a shape does not compile. A field that a released build does not know is a `since` (docs/reference/wire.md,
 * "Versions"): never one in an entry, a snapshot or a log, which older builds must read as they are.
 */

/** Disks of older releases may hold 2^53, the next number after the last that counts exactly. */
const epoch = record<Epoch>({ counter: upTo53, nodeId: word });

const end = record<LogEnd>({ epoch, index: whole });

const outcome = tagged<Outcome>({
  accepted: { value: json },
  refused: { reason: text },
  failed: { reason: text, errorId: text },
});

const rests = arrayOf(record<{ readonly group: string; readonly index: number }>({ group: text, index: whole }));

const memberFields = {
  nodeId: text,
  diskId: text,
  kind: oneOf('data', 'witness'),
  votes: whole,
  rank: integer,
};

const member = record<Member>(memberFields);

export const configuration = record<Configuration>({ voters: arrayOf(member), learners: arrayOf(member) });

const slot = record<Slot>({ session: whole, number: whole, done: whole });

const body = tagged<Body>({
  noop: {},
  configuration: { configuration },
  activate: { version: whole },
  open: { name: text },
  write: { uuid: text, issuedAt: orAbsent(finite), slot: orAbsent(slot), command: json },
  call: { from: text, historyId: text, number: whole, uuid: text, settled: whole, command: json },
  settle: { group: text, number: whole, outcome, index: whole },
  withheld: {},
});

const entry = record<Entry>({
  index: whole,
  epoch,
  previousHash: whole,
  hash: whole,
  lamport: upTo53,
  wall: finite,
  body,
});

export const logBase = record<LogBase>({ index: whole, epoch, hash: whole, lamport: upTo53, wall: finite });

const result = record<Result>({
  index: whole,
  lamport: upTo53,
  wall: finite,
  issuedAt: orAbsent(finite),
  digest: whole,
  outcome: orAbsent(outcome),
  rests,
});

const pendingCall = record<PendingCall>({
  uuid: text,
  command: json,
  origin: text,
  slot: orAbsent(slot),
  originCommand: json,
});

const callResult = record<CallResult>({ outcome, index: whole, lamport: upTo53 });

/** The app's own state is not checked: it comes from a replica of the same app. */
const machine = record<Machine>({
  at: logBase,
  window: record<DedupeWindow>({ dedupeFor: finite, dedupeMargin: finite }),
  version: whole,
  state: anything,
  results: mapOf(text, result),
  order: listOf(text),
  sessions: orAbsent(mapOf(whole, record<WriteSession>({ wall: finite, done: whole, results: mapOf(whole, result) }))),
  outgoing: mapOf(text, record<OutgoingCalls>({ last: whole, settled: whole, pending: mapOf(whole, pendingCall) })),
  incoming: mapOf(text, record<IncomingCalls>({ cursor: whole, results: mapOf(whole, callResult) })),
});

/** A snapshot after unpacking. */
export const snapshot = record<Snapshot>({ base: logBase, configuration, machine: orAbsent(machine) });

export const operation = tagged<DiskOperation>({
  promise: { epoch },
  append: { entries: arrayOf(entry), wall: orAbsent(finite) },
  truncate: { from: whole },
  install: { snapshot, wall: orAbsent(finite) },
  compact: { through: whole, wall: orAbsent(finite) },
});

const token = record<Token>({ historyId: word, index: whole });

const page = record<PageRequest>({ from: whole, at: orAbsent(whole), isWhole: orAbsent(flag) });

const request = tagged<Request>({
  write: { id: word, uuid: word, issuedAt: orAbsent(finite), slot: orAbsent(slot), command: json },
  open: { id: word },
  outcome: { id: word, history: whole, session: whole, number: whole, command: json },
  read: { id: word, query: json, mode: oneOf('linearizable', 'session'), token: orAbsent(token), page: orAbsent(page) },
  index: { id: word },
  call: { id: word, from: word, historyId: word, number: whole, uuid: word, settled: whole, command: json },
});

const reply = tagged<Reply>({
  done: { id: word, outcome, index: whole, lamport: upTo53, rests, next: orAbsent(whole) },
  index: { id: word, index: whole },
  unserved: { id: word, reason: oneOf(...UNSERVED) },
});

export const service = record<ServiceEntry>({
  nodeId: word,
  kind: oneOf('server', 'frontend'),
  address: hostPort,
  diskId: word,
  generation: whole,
  incarnation: whole,
  standing: oneOf('member', 'away', 'removed'),
  beat: whole,
  proof: orAbsent(word),
});

const toldMembers = upTo(NODES_AT_MOST, record<Member>({ ...memberFields, nodeId: word, diskId: word }));

export const groupView = record<GroupView>({
  group: word,
  epoch,
  primary: orAbsent(word),
  index: whole,
  configuration: record<Configuration>({ voters: toldMembers, learners: toldMembers }),
});

const address = record<Address>({ node: word, unit: word });

const stateHash = record<StateHash>({ index: whole, version: whole, hash: whole });

const message = tagged<Message>({
  election: { round: whole, end, transfer: flag, isMute: orAbsent(flag) },
  answer: { round: whole, verdict: oneOf('alive', 'behind', 'better', 'ok'), promised: epoch },
  campaign: { epoch, end, transfer: flag },
  voted: {
    epoch,
    granted: flag,
    promised: epoch,
    diskId: word,
    time: orAbsent(instant),
    since: orAbsent(whole),
    wall: orAbsent(instant),
  },
  transfer: { epoch, end },
  append: { epoch, previousIndex: whole, previousHash: whole, entries: upTo(ITEMS_AT_MOST, entry), commit: whole },
  appended: { epoch, match: whole, diskId: word, incarnation: whole },
  mismatched: { epoch, previousIndex: whole, from: whole, diskId: word, incarnation: whole },
  outdated: { promised: epoch },
  heartbeat: {
    epoch,
    beat: whole,
    commit: whole,
    time: orAbsent(instant),
    date: orAbsent(instant),
    compare: orAbsent(whole),
    diverged: orAbsent(stateHash),
    trial: orAbsent(record<Trial>({ by: word, version: whole })),
  },
  heard: {
    epoch,
    beat: whole,
    agreed: whole,
    diskId: word,
    incarnation: whole,
    wall: orAbsent(instant),
    short: orAbsent(upTo(SHORTAGES.length, oneOf(...SHORTAGES))),
    code: orAbsent(record<CodeReport>({ oldest: whole, newest: whole, isMute: flag, kept: whole })),
    hashed: orAbsent(stateHash),
    diverged: orAbsent(whole),
  },
  install: { epoch, snapshot, size: orAbsent(whole) },
  locate: {},
  located: { epoch, primary: orAbsent(word), time: orAbsent(instant), version: orAbsent(whole) },
  requests: { epoch, lamport: upTo53, items: upTo(ITEMS_AT_MOST, request) },
  replies: {
    epoch,
    primary: orAbsent(word),
    historyId: word,
    time: orAbsent(instant),
    version: orAbsent(whole),
    items: upTo(ITEMS_AT_MOST, reply),
  },
  relay: { origin: orAbsent(address), epoch, lamport: upTo53, items: upTo(ITEMS_AT_MOST, request) },
  relayed: { origin: address, epoch, primary: orAbsent(word), historyId: word, items: upTo(ITEMS_AT_MOST, reply) },
  watch: { id: word, from: whole },
  changed: {
    epoch,
    primary: word,
    historyId: word,
    from: whole,
    to: whole,
    keys: orAbsent(upTo(ITEMS_AT_MOST, text)),
    answers: orAbsent(word),
  },
  gossip: { services: upTo(NODES_AT_MOST, service), groups: upTo(NODES_AT_MOST, groupView), isAnswer: flag },
});

export const envelope = record<Envelope>({ from: address, to: address, message });
