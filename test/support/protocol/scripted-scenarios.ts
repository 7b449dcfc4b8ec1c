import type { Settings } from '../../../src/protocol/model/settings.ts';
import { ReplicaGroup } from './replica-group.ts';
import { adding, cast } from './replica-script.ts';
import { Transcript } from './transcript.ts';

/** A short run of one group, the same to the last message each time. */
export interface ScriptedScenario {
  readonly name: string;
  readonly title: string;
  /** What a reader should see in it. */
  readonly shows: readonly string[];
  readonly settings?: Partial<Settings>;
  /** `transcript` records nothing before it is told to begin. */
  readonly play: (group: ReplicaGroup, transcript: Transcript) => void;
}

/** The highest rank first: A is the primary while it lives. */
const THREE = cast({ A: 3, B: 2, C: 1 });

export const SCRIPTED_SCENARIOS: readonly ScriptedScenario[] = [
  {
    name: 'elect',
    title: 'Three data servers start with empty disks and elect the one of the highest rank.',
    shows: [
      'A waits shortest, because its rank is the highest, and asks who is better before it campaigns.',
      'No vote leaves a replica before its disk has the promise of that epoch, the vote of A for itself included.',
      'The first entry of the epoch is a no-op. Nothing is committed before it has been counted.',
    ],
    play: (group, transcript) => {
      transcript.begins();
      group.passes(800);
    },
  },
  {
    name: 'write',
    title: 'A client writes, and sends the same request again.',
    shows: [
      'The entry goes to the other two while the disk of A writes it.',
      'The client is answered when every replica in sync has the entry on its disk, not before.',
      'The same uuid again makes no second entry: its answer is the first result, at the same index.',
    ],
    play: (group, transcript) => {
      group.passes(800);
      transcript.begins();
      group.asks(adding('u1', 5)).passes(150);
      group.asks(adding('u1', 5)).passes(50);
    },
  },
  {
    name: 'lose-the-primary',
    title: 'The primary is killed between writing an entry and answering for it.',
    shows: [
      'A dies when B and C have its last entry and A has not heard so: the outcome is unknown to the client.',
      'B misses A, asks who is better, and campaigns with a log that has that entry.',
      'B has missed A, and so takes its vote; without A everything is in sync, and what A left behind is committed.',
      'The retry of the client makes no second entry: its answer is the first result.',
    ],
    play: (group, transcript) => {
      group.passes(800);
      transcript.begins();
      group.asks(adding('u1', 5)).passes(4).kills('A').passes(596);
      group.asks(adding('u1', 5)).passes(50);
    },
  },
  {
    name: 'rejoin',
    title: 'A secondary is killed, loses its vote, comes back and has it again.',
    shows: [
      'While C counts as in sync, no write is acknowledged without it: the client waits until C has lost its vote.',
      'The change of the configuration is an entry like any other, and must be committed before the next change.',
      'C comes back, is brought up to date from where its log ends, and is a voter again after it has stayed.',
    ],
    settings: { readmitAfter: 300 },
    play: (group, transcript) => {
      group.passes(800);
      transcript.begins();
      group.kills('C').passes(50).asks(adding('u1', 5)).passes(2_000);
      group.starts('C').passes(1_500);
    },
  },
  {
    name: 'transfer',
    title: 'An operator has the lead transferred, and a client writes meanwhile.',
    shows: [
      'B asks whether it would be elected before it campaigns, and may do so although A is heard: A wants it so.',
      'A steps down when it promises the epoch of B, and not before: the group lacks a primary for 3 ms.',
      'The write that comes meanwhile is held, then refused as not-primary; sent again to B, it takes effect once.',
    ],
    play: (group, transcript) => {
      group.passes(800);
      transcript.begins();
      group.orders('B').asks(adding('u1', 5)).passes(150);
      group.asks(adding('u1', 5)).passes(100);
    },
  },
];

/** The transcript of a scenario. A message takes 1 ms to its receiver, a write 2 ms to the disk. */
export function transcriptOf({ title, shows, settings = {}, play }: ScriptedScenario): string {
  const transcript = new Transcript();
  const group = new ReplicaGroup(THREE, settings, { linkMillis: 1, diskMillis: 2, observe: transcript.observe });
  play(group, transcript);
  return transcript.text(title, shows);
}
