import { type Evaluation, noticed, type Outage, sameEverywhere } from './evaluation.ts';
import { markdownCacheTable, markdownTable, wrapped } from './table.ts';

/** The file of the document's plot. */
export const PLOT_FILE = 'evaluation.svg';

/** The file of the document. */
export const DOCUMENT_FILE = 'EVALUATION.md';

/** Width of prose in columns. */
const COLUMNS = 120;

/** An evaluation as a document. `command` repeats it. */
export function evaluationDocument(evaluation: Evaluation, command: string): string {
  const { date, machine, version, seed, clients, iterations, servers, frontEnds, stocks, cacheSize, seconds } =
    evaluation;
  const { outages, replicas, problems, unknown, compared } = evaluation;
  const findings = [...problems.map((line) => `- WRONG: ${line}`), ...unknown.map((line) => `- UNKNOWN: ${line}`)];
  return `${[
    '# The bazaar, evaluated',
    '',
    `Written by \`${command}\`. Do not edit: run it again.`,
    '',
    ...item(`when: ${date}, understudy ${version}, ${Math.round(seconds)} s in all`),
    ...item(`where: ${machine.join('; ')}. Clients and cluster share it`),
    ...item(
      `what: ${servers} data servers and ${frontEnds} front ends on one machine, each a process with a data folder of its own, over loopback; ${stocks.length} stocks; caches of ${cacheSize} items`,
    ),
    ...item(
      `load: ${clients} clients in one process, each with a session of its own; ${iterations} queries each with each probability; seed ${seed}`,
    ),
    '',
    'A client asks for a random stock and then, with probability p, buys or sells 1 to 10 shares of it. At the end it asks',
    'for each order that it has placed and compares.',
    '',
    '- With a cache and without, clients choose the same. Before each probability an operator fills up all stocks, since a',
    '  stock that is sold out is not traded and later parts would trade less. What sells out within a part still differs.',
    '- *query* are all queries. *query hit* and *query miss* are those that the front end answered from its cache and those',
    '  that it did not. *order* is an order that is read back.',
    '- Times are in milliseconds, as the client sees them. Each percentile is a time that was measured (nearest rank). The',
    '  first requests after the start were not counted.',
    '',
    `[![Times by probability, the cache, and the outages](${PLOT_FILE})](${PLOT_FILE})`,
    '',
    '## Latency',
    '',
    ...markdownTable(evaluation),
    '',
    '## The cache',
    '',
    'Counters of both front ends, added up. A trade invalidates its stock at every front end that has it, before it is',
    'acknowledged; so hits fall as trades rise.',
    '',
    ...markdownCacheTable(evaluation),
    '',
    '## A primary killed and brought back',
    '',
    'This is a run of its own; the times above are those of a whole cluster. The primary of `orders` is killed with `kill -9`',
    'while all clients query and trade and every data server has a vote. It is started again once there is another. It has',
    'caught up when it has applied what was committed when it started, and has its vote again.',
    '',
    ...outages.flatMap(describeOutage),
    '',
    ...wrapped(sentence(noticed(outages)), COLUMNS),
    '',
    '## The data servers at the end',
    '',
    'Each data server was asked on its own paths, past all front ends, for all orders and all books, and for a hash over all',
    'that its replicas have made of their logs.',
    '',
    '| server | orders | stocks | shares | hashes |',
    '| --- | --: | --: | --: | --- |',
    ...replicas.map(
      ({ node, orders, stocks: listed, shares, hashes }) =>
        `| ${node} | ${orders} | ${listed} | ${shares} | ${Object.entries(hashes)
          .map(([group, hash]) => `${group} \`${hash.toString(16).padStart(8, '0')}\``)
          .join(', ')} |`,
    ),
    '',
    ...item(sentence(sameEverywhere(evaluation))),
    ...item(`The ${compared} orders that clients remembered: ${resultOf(evaluation)}`),
    ...(findings.length === 0 ? [] : ['', ...findings]),
  ].join('\n')}\n`;
}

function resultOf({ problems, unknown }: Evaluation): string {
  if (problems.length > 0) return 'some are not as they were placed, or something else is wrong, see below.';
  if (unknown.length > 0) return 'none is otherwise than it was placed, as far as could be found out; see below.';
  return 'order info match with local.';
}

function describeOutage({ cache, percent, requests, failed, unknown, longestWait, marks }: Outage): readonly string[] {
  const told = marks.map(({ at, what }) => `${at.toFixed(1)} s ${what}`).join('; ');
  return item(
    `cache ${cache}, p = ${percent} %: ${told}. ${requests} requests, ${failed} failed, ${unknown} unknown; the longest wait was ${Math.round(longestWait)} ms`,
  );
}

/** An item of a list, wrapped. */
function item(text: string): readonly string[] {
  return wrapped(text, COLUMNS - 2).map((line, place) => `${place === 0 ? '- ' : '  '}${line}`);
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
