import { useEffect, useState } from 'preact/hooks';
import { bugCalled } from '../model/bugs.ts';
import { Dialog } from './dialog.tsx';
import { linkNow } from './address.ts';
import { said, showsShare, version } from './state.ts';

interface Texts {
  readonly link: string;
  readonly scenario: string;
  readonly test: string;
  readonly command: string;
}

/** The run to take along: as a link, a scenario, a test and a command line. */
export function ShareView(): preact.JSX.Element {
  const [texts, setTexts] = useState<Texts | undefined>(undefined);
  useEffect(() => {
    void textsNow().then(setTexts);
  }, []);
  return (
    <Dialog title="Share this run" onClose={() => (showsShare.value = false)}>
      {texts === undefined ? (
        <p>…</p>
      ) : (
        <>
          <Copy name="Link" text={texts.link} />
          <Copy name="Scenario (save it as plan.yaml)" text={texts.scenario} />
          <Copy name="Command line" text={texts.command} />
          <Copy name="Test" text={texts.test} />
        </>
      )}
    </Dialog>
  );
}

function Copy({ name, text }: { readonly name: string; readonly text: string }): preact.JSX.Element {
  const [isCopied, setCopied] = useState(false);
  return (
    <section class="copy">
      <h3>
        {name}{' '}
        <button
          type="button"
          aria-label={`Copy ${name}`}
          onClick={() => {
            void navigator.clipboard.writeText(text).then(() => {
              setCopied(true);
              said.value = `${name} is copied`;
            });
          }}
        >
          {isCopied ? 'Copied' : 'Copy'}
        </button>
      </h3>
      <pre tabIndex={0} aria-label={name}>
        {text}
      </pre>
    </section>
  );
}

async function textsNow(): Promise<Texts> {
  const now = version.value;
  const link = await linkNow();
  if (now === undefined) return { link, scenario: '', test: '', command: '' };
  const { planFile } = await import('./plan-file.ts');
  const bug = bugCalled(now.bug);
  const scenario = planFile(now.plain);
  const plant = bug === undefined ? '' : ` --plant ${bug.number}`;
  const { digest } = now.run.model;
  return {
    link,
    scenario,
    command: `npx understudy sim run plan.yaml${plant}   # digest ${digest}`,
    test: testText(now.plain, bug?.name, now.run.model.violation?.judge),
  };
}

function testText(plan: Readonly<Record<string, unknown>>, bug: string | undefined, judge: string | undefined): string {
  const planted = bug === undefined ? '' : `, planted: new Set(['${bug}'])`;
  return `import { expect, test } from 'vitest';
import { simulate } from 'understudy/testing';

const plan = ${JSON.stringify(plan, undefined, 2)};

test('${judge === undefined ? 'every rule holds' : `the judge ${judge} objects`}', () => {
  const { violation } = simulate(plan${planted === '' ? '' : ', { planted }'});
  expect(violation${judge === undefined ? ').toBeUndefined()' : `?.judge).toBe('${judge}')`};
});
`;
}
