import { markdownCacheTable, markdownTable } from './table.ts';
import { type Evaluation, noticed, type Outage, sameEverywhere } from './evaluation.ts';

/** The name of the plot that the document shows. */
export const PLOT_FILE = 'evaluation.svg';

/** The name of the document. */
export const DOCUMENT_FILE = 'EVALUATION.md';

/** An evaluation as a document. `command` makes it again. */
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
    `- when: ${date}, understudy ${version}, ${Math.round(seconds)} s in all`,
    `- where: ${machine.join('; ')}. Clients and cluster share it`,
    `- what: ${servers} data servers and ${frontEnds} front ends on one machine, each a process with a disk of its own, talking over loopback; ${stocks.length} stocks; caches of ${cacheSize} items`,
    `- who: ${clients} clients in one process, each with a session of its own; ${iterations} queries each with each probability; seed ${seed}`,
    '',
    'A client asks for a stock by chance and then, with probability p, buys or sells from 1 to 10 shares of it. In the end it asks for every order that',
    'it has placed and compares. With a cache and without, the clients choose the same, and before each probability an operator fills up all stocks: nobody',
    'trades in what is sold out, so later parts would trade less (what sells out within one still differs a little). *Query* are all queries; *query hit* and *query miss*',
    'are those that the front end answered from its cache and those that it did not; *order* is an order that is read back. Times are in',
    'milliseconds, as the client sees them; each percentile is a time that was measured (nearest rank). What came first after the start was not counted.',
    '',
    `![Times by probability, the cache, and the outages](${PLOT_FILE})`,
    '',
    '## How long requests take',
    '',
    ...markdownTable(evaluation),
    '',
    '## How the cache fares',
    '',
    'At both front ends together, by their own counters. A trade invalidates its stock at every front end that has it, before it is',
    'acknowledged; so the more is traded, the less there is to be found.',
    '',
    ...markdownCacheTable(evaluation),
    '',
    '## A primary killed and brought back',
    '',
    'In a run of its own, and not while the times above were measured: they are those of a cluster that is whole. The primary of `orders` is',
    'killed with `kill -9` while all clients query and trade and every data server has a vote, and started again once another one leads. It has',
    'caught up when it has applied what was committed when it started, and has its vote again.',
    '',
    ...outages.flatMap(describeOutage),
    '',
    `Did the clients notice? ${sentence(noticed(outages))}`,
    '',
    '## What the data servers have in the end',
    '',
    'Each was asked itself, on its own paths, for all orders and all books, past all front ends; and for a hash over everything that its replicas',
    'have made of their logs.',
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
    `Is it the same? ${sentence(sameEverywhere(evaluation))} Of ${compared} orders that clients remembered, ${resultOf(evaluation)}`,
    ...(findings.length === 0 ? [] : ['', ...findings]),
  ].join('\n')}\n`;
}

function resultOf({ problems, unknown }: Evaluation): string {
  if (problems.length > 0) return 'some are not as they were placed, or something else was wrong:';
  if (unknown.length > 0) return 'none was found to be otherwise than it was placed, but not all could be found out:';
  return 'each is as its client placed it: order info match with local.';
}

function describeOutage({ cache, percent, requests, failed, unknown, longestWait, marks }: Outage): readonly string[] {
  const told = marks.map(({ at, what }) => `${at.toFixed(1)} s ${what}`).join('; ');
  return [
    `- cache ${cache}, p = ${percent} %: ${told}. ${requests} requests, ${failed} failed, ${unknown} unknown; the longest wait was ${Math.round(longestWait)} ms`,
  ];
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
