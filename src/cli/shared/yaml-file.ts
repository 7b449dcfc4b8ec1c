import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { UsageError } from './errors.ts';
import { readText } from './read-text.ts';

export interface YamlFile {
  readonly value: unknown;
  /** The line, counted from 1, of a path such as `plan.faults[0].at`; of its nearest parent if it is missing. */
  readonly lineOf: (path: string) => number;
}

/** Aliases that a file may have unfold: more is a bomb. */
function valueOf(file: string, document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new UsageError(`${file} cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Reads a YAML or JSON file. Throws a `UsageError` with the place of the error. */
export async function readYaml(file: string): Promise<YamlFile> {
  const text = await readText(file);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [wrong] = document.errors;
  if (wrong !== undefined) {
    const { line, col } = lines.linePos(wrong.pos[0]);
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
