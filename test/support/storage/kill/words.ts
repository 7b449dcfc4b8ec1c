import type { ServiceEntry } from '../../../../src/protocol/model/directory.ts';

/** What the writer says. A write or a save is said before it begins, and again when it is durable. */
export type Word =
  | { readonly type: 'ready' }
  | { readonly type: 'opened'; readonly incarnation: number }
  | { readonly type: 'writes'; readonly unit: string; readonly operations: readonly string[] }
  | { readonly type: 'wrote'; readonly unit: string }
  | { readonly type: 'saves'; readonly unit: string; readonly snapshot: string }
  | { readonly type: 'saved'; readonly unit: string; readonly index: number }
  | { readonly type: 'remembers'; readonly incarnation: number; readonly beat: number }
  | { readonly type: 'moves' | 'moved'; readonly address: string };

/** The directory that is remembered at a beat. */
export function known(incarnation: number, beat: number): ServiceEntry {
  return {
    nodeId: 's2',
    kind: 'server',
    address: '127.0.0.1:4601',
    diskId: 'c/s2/1',
    generation: 1,
    incarnation,
    standing: 'member',
    beat,
  };
}
