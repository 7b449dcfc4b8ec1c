/** A rule that a judge keeps. */
export interface JudgeRule {
  /** What must never be, in words: `an epoch is won twice, over all restarts`. */
  readonly never: string;
  /** The paper and the section of PROTOCOL it is from: `Raft §5.2; PROTOCOL §3.6`. Empty where it is of no paper. */
  readonly source: string;
}

/** The rules of judges, by name, as the table of docs/internals/testing.md has them. */
export function judgeRules(markdown: string): ReadonlyMap<string, JudgeRule> {
  const [, table = ''] = markdown.split('\n| judge | what must never be |');
  const rows = (table.split('\n\n')[0] ?? '').split('\n').slice(2);
  return new Map(
    rows.flatMap((row) => {
      const [, names = '', never = '', source = ''] = row.split('|').map((cell) => cell.trim());
      const rule = { never: never.replaceAll('`', ''), source: source.replaceAll('`', '') };
      return [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']): [string, JudgeRule] => [name, rule]);
    }),
  );
}
