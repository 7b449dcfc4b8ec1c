import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { saysTooDeep, whyNoTree } from '../../protocol/model/tree.ts';
import { UsageError } from './errors.ts';
import { readText } from './read-text.ts';

export interface YamlFile {
  readonly value: unknown;
  /** The line, counted from 1, of a path such as `plan.faults[0].at`; of its nearest parent if it is missing. */
  readonly lineOf: (path: string) => number;
}

/** Throws a `UsageError` for a file that names its own parts without end, or is nested beyond any stack. */
function within<Value>(file: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${file} cannot be used: ${saysTooDeep(why) ? TOO_DEEP : why}`);
  }
}

const TOO_DEEP = 'it is nested too deep';

function valueOf(file: string, document: Document): unknown {
  const value: unknown = within<unknown>(file, () => document.toJS());
  const why = whyNoTree(value);
  if (why !== undefined) throw new UsageError(`${file} cannot be used: ${why.replace(/^[.:] ?/, '')}`);
  return value;
}

/** Reads a YAML or JSON file of at most `bytesAtMost`. Throws a `UsageError` with the place of the error. */
export async function readYaml(file: string, bytesAtMost?: number): Promise<YamlFile> {
  const text = await readText(file, bytesAtMost);
  const lines = new LineCounter();
  const document = within(file, () => parseDocument(text, { lineCounter: lines, prettyErrors: false }));
  const [wrong] = document.errors;
  if (wrong !== undefined && saysTooDeep(wrong.message)) throw new UsageError(`${file} cannot be used: ${TOO_DEEP}`);
  if (wrong !== undefined) {
    const { line, col } = lines.linePos(wrong.pos[0]);
    if (wrong.code === 'MULTIPLE_DOCS')
      throw new UsageError(`${file} is to have one document, and “---” begins another in line ${line}`);
    const shown = text.split('\n')[line - 1] ?? '';
    const pointer = `${' '.repeat(Math.max(0, col - 1))}^`;
    throw new UsageError(
      `${file} is neither YAML nor JSON: line ${line}, column ${col}: ${wrong.message}\n\n  ${shown}\n  ${pointer}`,
    );
  }
  return {
    value: valueOf(file, document),
    lineOf(path) {
      const keys = [...path.matchAll(/\.([^.[\]]+)|\[(\d+)\]/g)].map(([, key, place]) => key ?? Number(place));
      for (let length = keys.length; length > 0; length -= 1) {
        const node = document.getIn(keys.slice(0, length), true);
        if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
      }
      return 1;
    },
  };
}
