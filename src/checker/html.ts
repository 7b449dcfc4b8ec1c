import { PALETTE } from '../drawing/palette.ts';
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
  const urgent = parts.filter((part) => part.verdict !== 'ok').sort((a, b) => urgency(a) - urgency(b));
  const [longest, ...held] = parts
    .filter((part) => part.verdict === 'ok')
    .sort((a, b) => b.operations.length - a.operations.length);
  const others = held.slice(0, DRAWN_AT_MOST).sort((a, b) => byName(a.name, b.name));
  const left = held.length - others.length;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeXml(title)}: ${VERDICTS[verdict]}</title>
<style>${STYLE}</style>
<h1>${escapeXml(title.split('/').at(-1) ?? title)}: <span class="${verdict}">${VERDICTS[verdict]}</span></h1>
<p>${history.operations.length} operations of ${processesOf(history.operations)} processes.
A bar is an operation from its call to its return: ✓ answered, ✗ failed, and a dashed one with ? never heard what came of it,
and may take effect at any later time. A dot is the moment at which it takes effect in the order that was found, numbered; operations without
a dot have no effect there. Point at a bar for all of it.</p>
${verdict === 'illegal' ? `<pre>${escapeXml(showIllegal(history, parts))}</pre>` : ''}
${urgent
  .slice(0, DRAWN_AT_MOST)
  .map((part) => sectionOf(part, true))
  .join('\n')}
${longest === undefined ? '' : sectionOf(longest, urgent.length === 0)}
${
  others.length === 0
    ? ''
    : `<details><summary>${held.length} more held</summary>
${others.map((part) => sectionOf(part, false)).join('\n')}
${left === 0 ? '' : `<p>${left} more are not drawn.</p>`}
</details>`
}
</html>
`;
}

const VERDICTS = { ok: 'linearizable', illegal: 'not linearizable', undecided: 'undecided' };

function urgency({ verdict }: PartResult): number {
  return verdict === 'illegal' ? 0 : verdict === 'undecided' ? 1 : 2;
}

/** `event 9` before `event 12`. */
function byName(a: string, b: string): number {
  const [left, right] = [a, b].map((name) => Number(/\d+$/.exec(name)?.[0]));
  const isNumbered = left !== undefined && right !== undefined && !Number.isNaN(left) && !Number.isNaN(right);
  return isNumbered && left !== right ? left - right : a < b ? -1 : 1;
}

function processesOf(operations: readonly Operation[]): number {
  return new Set(operations.map(({ process }) => process)).size;
}

function sectionOf(part: PartResult, isOpen: boolean): string {
  const { name, verdict, operations, order, illegal } = part;
  const shown = illegal?.orders[0] ?? order;
  const heading = `${name === '' ? 'the object' : escapeXml(name)}: <span class="${verdict}">${VERDICTS[verdict]}</span>`;
  const rows = shown.map(
    ({ operation, state }, number) =>
      `<tr><td>${number + 1}<td>${escapeXml(operation.process)}<td>${escapeXml(showOperation(operation))}<td>${escapeXml(state)}`,
  );
  return `<details${isOpen ? ' open' : ''}><summary>${heading}</summary>
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
:root{color-scheme:light dark;${variables(0)}}
@media(prefers-color-scheme:dark){:root{${variables(1)}}}
body{font:14px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:clamp(.7rem,3vw,2rem);max-width:none}
h1{overflow-wrap:anywhere;font-size:1.4rem}
p{max-width:70ch}pre{overflow-x:auto;border-left:3px solid var(--alarm);padding:.5rem 1rem}
.ok{color:var(--good)}.illegal,.undecided{color:var(--alarm)}
.chart{overflow-x:auto;border:1px solid var(--faint);margin:.5rem 0}.late{direction:rtl}.late svg{direction:ltr}summary{cursor:pointer;font-weight:600;padding:.25rem 0}
details details{overflow-x:auto}
table{border-collapse:collapse}td,th{text-align:left;padding:.1rem .75rem .1rem 0;border-bottom:1px solid var(--faint)}
svg text{font:11px system-ui,sans-serif;fill:var(--ink)}
.bar{fill-opacity:.16;fill:var(--good);stroke:var(--good)}.bar.fail{fill:var(--warn);stroke:var(--warn)}.bar.unknown{fill:var(--alarm);stroke:var(--alarm);stroke-dasharray:3 3}
.bar.none{fill:var(--soft);stroke:var(--soft)}
.after{opacity:.35}.culprit .bar{fill:var(--alarm);stroke:var(--alarm);stroke-width:2;fill-opacity:.25}
.lane{stroke:var(--faint)}.end{stroke:var(--alarm);stroke-dasharray:5 4}.path{fill:none;stroke:var(--log);opacity:.35}
.dot{fill:var(--log)}svg .number{font-size:10px;fill:var(--log)}
`;

/** The colours of all drawings, as custom properties. */
function variables(ground: 0 | 1): string {
  return Object.entries(PALETTE)
    .map(([name, pair]) => `--${name}:${pair[ground]};`)
    .join('');
}
