import { escapeXml } from '../drawing/xml.ts';
import type { CheckResult, PartResult } from './check.ts';
import { chart } from './html-chart.ts';
import type { Illegal } from './illegal.ts';
import type { History, Operation } from './operation.ts';
import { showIllegal, showOperation } from './show.ts';

/** Parts drawn, at most: illegal and undecided ones first, then the longest. */
const DRAWN_AT_MOST = 40;

/**
 * A page, self-contained and without scripts, of a history and its result: every operation as an interval of its
 * process, the point at which it takes effect, and the operation that cannot be placed. Light and dark.
 */
export function htmlReport(
  title: string,
  history: History,
  result: Extract<CheckResult, { readonly type: 'checked' }>,
): string {
  const { verdict, parts } = result;
  const drawn = [...parts].sort((a, b) => urgency(a) - urgency(b) || b.operations.length - a.operations.length);
  const left = parts.length - Math.min(parts.length, DRAWN_AT_MOST);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeXml(title)}: ${VERDICTS[verdict]}</title>
<style>${STYLE}</style>
<h1>${escapeXml(title)}: <span class="${verdict}">${VERDICTS[verdict]}</span></h1>
<p>${history.operations.length} operations of ${processesOf(history.operations)} processes.
A bar is an operation from its call to its return; a dashed one never heard what came of it, and may take effect
at any later time. A dot is the moment at which it takes effect in the order that was found, numbered; operations without
a dot have no effect there. Point at a bar for all of it.</p>
${verdict === 'illegal' ? `<pre>${escapeXml(showIllegal(history, parts))}</pre>` : ''}
${drawn.slice(0, DRAWN_AT_MOST).map(sectionOf).join('\n')}
${left === 0 ? '' : `<p>${left} more parts are not drawn.</p>`}
</html>
`;
}

const VERDICTS = { ok: 'linearizable', illegal: 'not linearizable', undecided: 'undecided' };

function urgency({ verdict }: PartResult): number {
  return verdict === 'illegal' ? 0 : verdict === 'undecided' ? 1 : 2;
}

function processesOf(operations: readonly Operation[]): number {
  return new Set(operations.map(({ process }) => process)).size;
}

function sectionOf(part: PartResult, place: number): string {
  const { name, verdict, operations, order, illegal } = part;
  const shown = illegal?.orders[0] ?? order;
  const heading = `${name === '' ? 'the object' : escapeXml(name)}: <span class="${verdict}">${VERDICTS[verdict]}</span>`;
  const rows = shown.map(
    ({ operation, state }, number) =>
      `<tr><td>${number + 1}<td>${escapeXml(operation.process)}<td>${escapeXml(showOperation(operation))}<td>${escapeXml(state)}`,
  );
  return `<details${verdict === 'ok' && place > 0 ? '' : ' open'}><summary>${heading}</summary>
${illegal === undefined ? '' : `<div class="chart late">${chart(around(illegal, operations), shown, illegal)}</div>`}
<details${illegal === undefined ? ' open' : ''}><summary>From the beginning</summary>
<div class="chart">${chart(operations, shown, illegal)}</div></details>
<details><summary>${illegal === undefined ? 'The order' : 'An order of what returned before'}</summary>
<table><tr><th>#<th>process<th>operation<th>state after it
${rows.join('\n')}
</table></details></details>`;
}

/** The operations near the end of an illegal prefix, and all that were concurrent. */
function around({ at, concurrent, operation }: Illegal, operations: readonly Operation[]): readonly Operation[] {
  const meant = new Set([operation, ...concurrent.slice(-NEAR)].map(({ number }) => number));
  return operations.filter(({ number, calledAt, returnedAt = calledAt }) => {
    return meant.has(number) || (returnedAt > at - NEAR && calledAt < at + NEAR / 4);
  });
}

/** Events before the end of an illegal prefix that count as near. */
const NEAR = 40;

// The operation that cannot be placed is at the end of its chart, which is scrolled to the right (`late`).
const STYLE = `
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--faint:#d0d7de;--bar:#cfe3ff;--edge:#5b8dd6;--none:#eceff2;--dot:#0a3069;--bad:#cf222e;--badbar:#ffd7d5;--good:#1a7f37}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--faint:#30363d;--bar:#12345f;--edge:#4d83d1;--none:#21262d;--dot:#a5d0ff;--bad:#ff7b72;--badbar:#5a1e1b;--good:#3fb950}}
body{font:14px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:2rem;max-width:none}
p{max-width:70ch}pre{overflow-x:auto;border-left:3px solid var(--bad);padding:.5rem 1rem}
.ok{color:var(--good)}.illegal,.undecided{color:var(--bad)}
.chart{overflow-x:auto;border:1px solid var(--faint);margin:.5rem 0}.late{direction:rtl}.late svg{direction:ltr}summary{cursor:pointer;font-weight:600;padding:.25rem 0}
table{border-collapse:collapse}td,th{text-align:left;padding:.1rem .75rem .1rem 0;border-bottom:1px solid var(--faint)}
svg text{font:11px ui-monospace,monospace;fill:var(--ink)}
.bar{fill:var(--bar);stroke:var(--edge)}.none{fill:var(--none);stroke:var(--faint)}.open{stroke-dasharray:3 3}
.after{opacity:.35}.culprit .bar,.culprit .none{fill:var(--badbar);stroke:var(--bad);stroke-width:2}
.lane{stroke:var(--faint)}.end{stroke:var(--bad);stroke-dasharray:5 4}.path{fill:none;stroke:var(--dot);opacity:.35}
.dot{fill:var(--dot)}svg .number{font-size:9px;fill:var(--dot)}
`;
