import { useEffect, useState } from 'preact/hooks';
import { showSeconds } from '../../sim/diagram/show-time.ts';
import { type JudgeRule, judgeRules } from '../model/judge-rules.ts';
import { goToViolation } from './cursor.ts';
import { shown } from './state.ts';

/** On top of every tab, where a rule is broken. */
export function ViolationBox(): preact.JSX.Element | null {
  const violation = shown.value?.run.model.violation;
  if (violation === undefined) return null;
  return (
    <section class="box alarm" aria-label="A rule is broken">
      <p>
        <strong>
          <span aria-hidden="true">⚠ </span>
          {violation.judge}
        </strong>{' '}
        objects at {showSeconds(violation.event.at)}
      </p>
      <Plain key={`plain ${violation.judge}`} judge={violation.judge} />
      <p>{violation.reason.split('\n')[0]}</p>
      <button type="button" onClick={goToViolation}>
        Go there (v)
      </button>{' '}
      <Rule key={violation.judge} judge={violation.judge} />
    </section>
  );
}

/** What the judge's objection means; the words are loaded with the first one. */
function Plain({ judge }: { readonly judge: string }): preact.JSX.Element | null {
  const [plain, setPlain] = useState<string | undefined>(undefined);
  useEffect(() => {
    void import('../../sim/judges/judge-words.ts').then(
      ({ judgeInWords }) => setPlain(judgeInWords(judge)),
      () => undefined,
    );
  }, [judge]);
  return plain === undefined ? null : <p>{plain}</p>;
}

const TABLES = import.meta.glob<string>('../../../docs/internals/testing.md', { import: 'default', query: '?raw' });

/** What the judge's rule is, and its source; loaded when it is asked for. */
function Rule({ judge }: { readonly judge: string }): preact.JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const [rule, setRule] = useState<JudgeRule | 'none' | undefined>(undefined);
  useEffect(() => {
    if (isOpen) void ruleOf(judge).then((found) => setRule(found ?? 'none'));
  }, [isOpen]);
  return (
    <>
      <button type="button" aria-expanded={isOpen} aria-controls="rule" onClick={() => setOpen(!isOpen)}>
        What is this rule?
      </button>
      <div id="rule" role="status" hidden={!isOpen}>
        {rule === undefined ? <p>…</p> : null}
        {rule === 'none' ? <p>Its words cannot be loaded.</p> : null}
        {typeof rule === 'object' ? (
          <>
            <p>Must never be: {rule.never}.</p>
            {rule.source === '' ? null : <p class="soft">Source: {rule.source}</p>}
          </>
        ) : null}
      </div>
    </>
  );
}

async function ruleOf(judge: string): Promise<JudgeRule | undefined> {
  const [table] = await Promise.all(Object.values(TABLES).map((load) => load().catch(() => '')));
  return judgeRules(table ?? '').get(judge);
}
