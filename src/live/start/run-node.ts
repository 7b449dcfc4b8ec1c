import type { Dismissal } from '../../gossip/gossip-io.ts';
import type { ProcessStatus } from '../admin/status.ts';
import type { ProcessOptions, RunningProcess } from '../options.ts';
import { startProcess } from '../process.ts';
import type { PreparedNode } from './prepared-node.ts';

/** Why a node is no member any more. */
export type Ending =
  | { readonly type: 'left' }
  | { readonly type: 'dismissed'; readonly why: Dismissal }
  /** Before it had any vote, it lost the name that it was given to another node that was given the same. */
  | { readonly type: 'name-lost' };

export interface NodeRun {
  readonly running: RunningProcess;
  /** Resolves when the node is no member any more; the caller must stop it then. Never rejects. */
  readonly ended: Promise<Ending>;
}

export type RunNodeOptions = Omit<ProcessOptions, keyof PreparedNode | 'host' | 'port' | 'dismissed'>;

/** Starts a prepared node. Rejects as `startProcess` does. */
export async function runNode(node: PreparedNode, options: RunNodeOptions): Promise<NodeRun> {
  const { isNewlyNamed, listen, ...prepared } = node;
  let dismissed: ((reason: Dismissal | 'left') => void) | undefined;
  const why = new Promise<Dismissal | 'left'>((resolve) => {
    dismissed = resolve;
  });
  const running = await startProcess({
    ...prepared,
    ...listen,
    ...options,
    dismissed: (reason) => dismissed?.(reason),
  });
  return { running, ended: why.then((reason) => endingOf(reason, running, isNewlyNamed)) };
}

function endingOf(why: Dismissal | 'left', running: RunningProcess, isNewlyNamed: boolean): Ending {
  if (why === 'left') return { type: 'left' };
  const mayAskAgain = why === 'replaced' && isNewlyNamed && !hasVote(running.status());
  return mayAskAgain ? { type: 'name-lost' } : { type: 'dismissed', why };
}

function hasVote({ groups }: ProcessStatus): boolean {
  return Object.values(groups).some(({ voter }) => voter);
}
