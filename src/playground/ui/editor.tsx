import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, setDiagnostics } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { effect, untracked } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { changeRun } from './runs.ts';
import { draft, NO_PLAN, problem, version } from './state.ts';
import { planFile, readText, type TextProblem } from './plan-file.ts';
import { completionAt } from './plan-completion.ts';

/** In the colours of the page, in either light. */
const STYLE = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--log)', fontWeight: '600' },
  { tag: [tags.string, tags.content], color: 'var(--ink)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--election)' },
  { tag: [tags.punctuation, tags.separator, tags.bracket, tags.comment, tags.meta], color: 'var(--soft)' },
]);

/** Waits so long after the last key before it runs the plan. */
const PAUSE = 500;

/** The plan as text. What is typed is run; what is no plan is marked and told, and the last good run stays. */
export function Editor(): preact.JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const parent = host.current;
    if (parent === null) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    // The plan whose text this is, and that text.
    let own: unknown;
    let taken = '';
    const editor = new EditorView({
      parent,
      state: EditorState.create({
        extensions: [
          lineNumbers(),
          history(),
          keymap.of([...defaultKeymap, ...historyKeymap]),
          yaml(),
          autocompletion({ override: [complete], icons: false }),
          syntaxHighlighting(STYLE),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': 'The plan as YAML', tabindex: '0' }),
          EditorView.updateListener.of((update) => {
            if (!update.docChanged || update.transactions.some((one) => one.isUserEvent('set'))) return;
            draft.value = { text: update.state.doc.toString(), why: draft.value?.why };
            clearTimeout(timer);
            timer = setTimeout(() => void take(), PAUSE);
          }),
        ],
      }),
    });
    const refuse = (problems: readonly TextProblem[], why: string): void => {
      if (draft.value !== undefined) draft.value = { ...draft.value, why };
      mark(editor, problems);
    };
    const take = async (): Promise<void> => {
      clearTimeout(timer);
      timer = undefined;
      const text = editor.state.doc.toString();
      const read = readText(text);
      const [wrong] = read.problems;
      if (wrong !== undefined) {
        const line = editor.state.doc.lineAt(Math.min(wrong.from, text.length)).number;
        const why = `line ${line}: ${wrong.message}`;
        problem.value = { title: NO_PLAN, text: why };
        return refuse(read.problems, why);
      }
      if (await changeRun(read.value, 'The plan is changed')) {
        own = version.value?.plan;
        taken = text;
        mark(editor, []);
        if (draft.value?.text === text) draft.value = undefined;
      } else if (problem.value !== undefined) refuse(read.problemsOf(problem.value.text), problem.value.text);
    };
    const set = (text: string): void => {
      clearTimeout(timer);
      timer = undefined;
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text }, userEvent: 'set' });
      mark(editor, []);
    };
    // What was typed and is no plan (yet) stays, whatever else changes, until it is one or another run is chosen.
    const dispose = effect(() => {
      const [now, typed] = [version.value, draft.value];
      const text = editor.state.doc.toString();
      if (now === undefined || text === typed?.text) return;
      if (typed !== undefined) {
        set(typed.text);
        void untracked(take);
      } else if (now.plan !== own || text !== taken) {
        own = now.plan;
        taken = planFile(now.plain);
        set(taken);
      }
    });
    return () => {
      dispose();
      if (timer !== undefined) void take();
      editor.destroy();
    };
  }, []);
  return <div class="editor" ref={host} />;
}

const SCHEMA = import.meta.glob<object>('../../../scenarios/plan.schema.json', { eager: true, import: 'default' });

/** Fields and values by the JSON Schema of plans, and the nodes of the run. */
function complete({ state, pos, explicit }: CompletionContext): CompletionResult | null {
  const [schema] = Object.values(SCHEMA);
  const recording = version.value?.run.model.recording;
  if (schema === undefined || recording === undefined) return null;
  const { servers, frontEnds, clients, groups } = recording;
  const found = completionAt(schema, state.doc.toString(), pos, {
    nodes: [...servers, ...frontEnds, ...clients],
    groups,
  });
  if (found === undefined || (!explicit && found.from === pos && found.isField)) return null;
  const options = found.choices.map(({ label, detail, isRequired }): Completion => {
    const text = found.isField ? `${label}: ` : label;
    return { label, detail, apply: text, boost: isRequired ? 1 : 0, type: found.isField ? 'property' : 'enum' };
  });
  return { from: found.from, options, validFor: /^[\w -]*$/ };
}

function mark(editor: EditorView, problems: readonly TextProblem[]): void {
  const end = editor.state.doc.length;
  const diagnostics: Diagnostic[] = problems.map(({ from, to, message }) => ({
    from: Math.min(from, end),
    to: Math.min(Math.max(to, from), end),
    severity: 'error',
    message,
  }));
  editor.dispatch(setDiagnostics(editor.state, diagnostics));
}
