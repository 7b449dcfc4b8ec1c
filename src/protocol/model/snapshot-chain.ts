/*
 * A snapshot on a disk is a chain: a base, which is the whole state at an index, and links, each of the changes from one
 * index to a later one. Which files make the newest state, and what is written next.
 */

/** The changes that lead from the state at `from` to that at `to`. */
export interface Link {
  readonly from: number;
  readonly to: number;
}

export interface Chain<AnyLink extends Link> {
  readonly base: number;
  /** In the order in which they are carried out. */
  readonly links: readonly AnyLink[];
  /** The index of the state that they make. */
  readonly end: number;
}

/** The chain to the newest state that these files make, from the newest base of several; undefined without a base. */
export function newestChain<AnyLink extends Link>(
  bases: readonly number[],
  links: readonly AnyLink[],
): Chain<AnyLink> | undefined {
  const inOrder = links.filter(({ from, to }) => from < to).sort((a, b) => a.to - b.to);
  let best: Chain<AnyLink> | undefined;
  for (const base of [...bases].sort((a, b) => b - a)) {
    const chain = chainFrom(base, inOrder);
    if (best === undefined || chain.end > best.end) best = chain;
  }
  return best;
}

function chainFrom<AnyLink extends Link>(base: number, inOrder: readonly AnyLink[]): Chain<AnyLink> {
  const reached = new Map<number, AnyLink>();
  let end = base;
  for (const link of inOrder) {
    if (link.from !== base && !reached.has(link.from)) continue;
    reached.set(link.to, link);
    end = link.to;
  }
  const links: AnyLink[] = [];
  for (let link = reached.get(end); link !== undefined; link = reached.get(link.from)) links.push(link);
  return { base, links: links.toReversed(), end };
}

/** When a state is written whole. */
export interface ChainRules {
  /** Whether a state of which half the records have changed is written whole. */
  readonly wholeWhenSmall: boolean;
  readonly linksAtMost: number;
}

export const CHAIN_RULES: ChainRules = { wholeWhenSmall: true, linksAtMost: 64 };

/** Whether a base is to be written beside the chain: its links are as large as its base, or many. */
export function isBaseDue(
  { base, links }: { readonly base: number; readonly links: readonly number[] },
  { wholeWhenSmall, linksAtMost }: ChainRules,
): boolean {
  const size = links.reduce((sum, bytes) => sum + bytes, 0);
  return (wholeWhenSmall && size >= base) || links.length >= linksAtMost / 2;
}
