/** Texts that are YAML or JSON and no tree, each with a word of its refusal. */
export const HOSTILE_PLANS: readonly (readonly [name: string, text: string, says: RegExp])[] = [
  ['a list that holds itself', 'faults: &f [*f]\n', /faults\[0\]: refers back to a part that it is in/],
  ['a map that holds itself', 'faults: [&f { node: *f }]\n', /faults\[0\]\.node: refers back to a part that it is in/],
  ['aliases that unfold without end', bomb(), /alias/i],
  ['a name that is never given', 'faults: *recursion\n', /Unresolved alias.*: recursion/],
  ['lists 50,000 deep', `${'['.repeat(50_000)}${']'.repeat(50_000)}`, /nested too deep/],
  ['maps 300 deep', `${'{"a":'.repeat(300)}1${'}'.repeat(300)}`, /nested more than 100 deep/],
  ['two documents', 'seed: 1\n---\nseed: 2\n', /one document, and “---” begins another/],
  [
    'a plan of more than a megabyte',
    `faults:\n${'  - { type: crash, at: 1, node: s1 }\n'.repeat(40_000)}`,
    /1.?000.?000|1 MB/,
  ],
];

function bomb(): string {
  const names = 'abcdefghi'.split('');
  const lines = names.map((name, place) => {
    const item = place === 0 ? '"x"' : `*${names[place - 1] ?? ''}`;
    return `${name}: &${name} [${Array.from({ length: 9 }, () => item).join(', ')}]\n`;
  });
  return lines.join('');
}
