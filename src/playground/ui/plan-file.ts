import { saysTooDeep, whyNoTree } from '../../protocol/model/tree.ts';
import { PLAN_BYTES_AT_MOST } from '../../sim/plan/plan-bytes.ts';
import { Document, isMap, isNode, isSeq, parseDocument } from 'yaml';

/** A plan as a readable YAML file: a line for each fault and request. `plan` has its defaults left out. */
export function planFile(plan: Readonly<Record<string, unknown>>): string {
  const document = new Document(plan, { aliasDuplicateObjects: false });
  for (const path of [['faults'], ['workload', 'script'], ['expect']]) {
    const list: unknown = document.getIn(path);
    if (isSeq(list)) for (const item of list.items) if (isMap(item)) item.flow = true;
  }
  return document.toString({ lineWidth: 100, flowCollectionPadding: true });
}

/** What is wrong with a plan's text, and where: offsets into the text. */
export interface TextProblem {
  readonly from: number;
  readonly to: number;
  readonly message: string;
}

export interface ReadText {
  readonly value: unknown;
  readonly problems: readonly TextProblem[];
  /** The problems that `decodePlan` names by their paths, such as `plan.faults[2].at: …; …`. */
  problemsOf(reason: string): readonly TextProblem[];
}

/** A plan's text: what cannot be a plan, or is too long for one, is a problem and never an error. */
export function readText(text: string): ReadText {
  const wrong = (message: string): ReadText => {
    const problem = { from: 0, to: Math.max(1, text.indexOf('\n')), message };
    return { value: undefined, problems: [problem], problemsOf: () => [problem] };
  };
  if (text.length > PLAN_BYTES_AT_MOST) return wrong(`a plan has at most ${PLAN_BYTES_AT_MOST / 1_000_000} MB of text`);
  try {
    const read = parsed(text);
    const why = whyNoTree(read.value);
    return why === undefined ? read : wrong(`plan${why}`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return wrong(saysTooDeep(why) ? TOO_DEEP : `this cannot be used: ${why}`);
  }
}

const TOO_DEEP = 'this is nested too deep';
const ONE = 'a plan is one document, and “---” begins another';

function parsed(text: string): ReadText {
  const document = parseDocument(text, { prettyErrors: false });
  const problems = document.errors.map(({ code, pos: [from, to], message }) => ({
    from,
    to: Math.max(to, from + 1),
    message: code === 'MULTIPLE_DOCS' ? ONE : saysTooDeep(message) ? TOO_DEEP : (message.split('\n')[0] ?? message),
  }));
  return {
    value: problems.length > 0 ? undefined : document.toJS({ maxAliasCount: 100 }),
    problems,
    problemsOf: (reason) =>
      reason.split('; ').map((each) => {
        const path = stepsOf(each.split(': ')[0] ?? '');
        // The nearest part that is there: a missing field is marked at what should have it.
        for (let length = path.length; length > 0; length -= 1) {
          const node: unknown = document.getIn(path.slice(0, length), true);
          if (isNode(node) && node.range) return { from: node.range[0], to: node.range[1], message: each };
        }
        return { from: 0, to: Math.max(1, text.indexOf('\n')), message: each };
      }),
  };
}

/** `plan.faults[2].at` as the steps into the document. */
function stepsOf(path: string): readonly (string | number)[] {
  return path
    .replace(/^plan\.?/, '')
    .split(/[.[\]]+/)
    .filter((step) => step !== '')
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}
