import type { ClusterView, GroupView, NodeView } from './view.ts';

/** The changes between two views of a cluster: a sentence each, in the order of nodes and groups. */
export function changesBetween(before: ClusterView | undefined, after: ClusterView): readonly string[] {
  if (before === undefined) return [];
  return [
    ...after.nodes.flatMap((node) => nodeChanges(before.nodes.find(named(node)), node)),
    ...before.nodes.filter((node) => !after.nodes.some(named(node))).map(({ node }) => `${node} is removed`),
    ...after.groups.flatMap((group) => {
      const known = before.groups.find((one) => one.group === group.group);
      return known === undefined ? [] : groupChanges(known, group);
    }),
  ];
}

function named({ node }: NodeView): (other: NodeView) => boolean {
  return (other) => other.node === node;
}

function nodeChanges(before: NodeView | undefined, { node, standing, status, address }: NodeView): readonly string[] {
  if (before === undefined) return [`${node} is new, at ${address}`];
  const said: string[] = [];
  if (before.standing !== standing)
    said.push(standing === 'member' ? `${node} is a member again` : `${node} is ${standing}`);
  if (before.status !== undefined && status === undefined) said.push(`${node} does not answer`);
  if (before.status === undefined && status !== undefined) said.push(`${node} answers`);
  const lives = [before.status?.incarnation, status?.incarnation];
  if (lives[0] !== undefined && lives[1] !== undefined && lives[0] !== lives[1]) said.push(`${node} was restarted`);
  return said;
}

function groupChanges(before: GroupView, after: GroupView): readonly string[] {
  const { group } = after;
  const said: string[] = [];
  if (before.primary !== after.primary || (after.primary !== undefined && before.epoch !== after.epoch)) {
    said.push(
      after.primary === undefined
        ? `${group}: no primary`
        : `${group}: ${after.primary} is primary in epoch ${after.epoch ?? ''}`,
    );
  }
  for (const member of after.members) {
    const known = before.members.find(({ node }) => node === member.node);
    if (known === undefined) said.push(`${group}: ${member.node} takes part, ${votes(member.votes)}`);
    else if (known.votes !== member.votes) said.push(`${group}: ${member.node} has ${votes(member.votes)}`);
  }
  for (const { node } of before.members) {
    if (!after.members.some((member) => member.node === node)) said.push(`${group}: ${node} takes part no longer`);
  }
  return said;
}

function votes(count: number): string {
  if (count === 0) return 'no vote';
  return count === 1 ? '1 vote' : `${count} votes`;
}
