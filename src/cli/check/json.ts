import {
  type CheckResult,
  firstIllegal,
  type History,
  type Operation,
  type PartResult,
  showOperation,
} from '../../checker/index.ts';

type Checked = Extract<CheckResult, { readonly type: 'checked' }>;

/** The result that `--json` prints. Operations are numbered from 0 in the order of their calls; lines from 1. */
export function asJsonReport(model: string, history: History, { verdict, parts, work }: Checked): object {
  const first = firstIllegal(parts);
  return {
    verdict,
    model,
    operations: history.operations.length,
    events: history.events,
    configurations: work,
    ...(first === undefined ? {} : { illegal: { part: first.name, ...illegalOf(history, first) } }),
    parts: parts.map((part) => ({
      name: part.name,
      verdict: part.verdict,
      operations: part.operations.length,
      configurations: part.work,
      ...(part.verdict === 'ok' ? { order: part.order.map(({ operation }) => operation.number) } : {}),
      ...(part.illegal === undefined ? {} : { illegal: illegalOf(history, part) }),
    })),
  };
}

function illegalOf(history: History, { illegal }: PartResult): object {
  if (illegal === undefined) return {};
  const { at, isShortest, operation, concurrent, orders } = illegal;
  return {
    line: history.lineOf?.(at) ?? at + 1,
    shortest: isShortest,
    operation: describe(history, operation),
    concurrent: concurrent.map((other) => describe(history, other)),
    orders: orders.map((order) => ({
      operations: order.map((placed) => placed.operation.number),
      state: order.at(-1)?.state ?? null,
    })),
  };
}

function describe({ lineOf }: History, operation: Operation): object {
  const { number, process, calledAt, returnedAt } = operation;
  return {
    number,
    process,
    what: showOperation(operation),
    called: lineOf?.(calledAt) ?? calledAt + 1,
    returned: returnedAt === undefined ? null : (lineOf?.(returnedAt) ?? returnedAt + 1),
  };
}
