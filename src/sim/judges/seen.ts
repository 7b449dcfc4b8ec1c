import type { Epoch, NodeId } from '../../protocol/model/epoch.ts';
import type { Log } from '../../protocol/model/log.ts';
import type { Machine } from '../../protocol/model/machine.ts';
import type { PrimaryState, Progress } from '../../protocol/replica/primary-state.ts';
import type { Replica } from '../../protocol/replica/replica.ts';

/** A replica as judges read it. */
export interface SeenReplica {
  readonly incarnation: number;
  readonly promised: Epoch;
  readonly log: Log;
  readonly commit: number;
  /** Witnesses have none. */
  readonly machine: Machine | undefined;
  /** Only a primary has one. */
  readonly leading: SeenPrimary | undefined;
  readonly identity?: Pick<Replica['identity'], 'diskId'>;
  readonly election?: Pick<Replica['election'], 'suspected'> & Partial<Pick<Replica['election'], 'counter'>>;
  readonly lamport?: number;
  readonly short?: Replica['short'];
  readonly diverged?: Replica['diverged'];
  readonly hashes?: Replica['hashes'];
  readonly saving?: Replica['saving'];
  readonly size?: Replica['size'];
  readonly services?: Replica['services'];
}

interface SeenPrimary extends Partial<
  Pick<PrimaryState, 'since' | 'first' | 'beatAt' | 'transfer' | 'compared' | 'tried' | 'trying'>
> {
  readonly epoch: Epoch;
  readonly raftCommit: number;
  readonly isReadOnly?: boolean;
  readonly progress?: Readonly<Record<NodeId, SeenPeer>>;
}

type SeenPeer = Pick<Progress, 'heardAt' | 'stalledSince' | 'match' | 'matchedIn'> &
  Partial<Pick<Progress, 'hashed' | 'differs' | 'code'>>;
