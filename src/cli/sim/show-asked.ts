import { match, routerOf } from '../../service/router.ts';
import type { Service } from '../../service/service.ts';
import type { ClientOperation } from '../../sim/base/history.ts';

interface Counts {
  accepted: number;
  refused: number;
  unknown: number;
}

/**
 * How often each path was asked, and with what result: one that was never accepted, or never refused, has hardly been
 * tried. A line for each path, in the order of their first request.
 */
export function showAsked(service: Service, operations: readonly ClientOperation[]): string {
  const router = routerOf(service.routes);
  const counts = new Map<string, Counts>();
  for (const { call, result } of operations) {
    const matched = match(router, call.method, call.path);
    const path = `${call.method} ${matched.type === 'route' ? matched.route.path : 'elsewhere'}`;
    const known = counts.get(path) ?? { accepted: 0, refused: 0, unknown: 0 };
    counts.set(path, known);
    if (result?.type !== 'answered') known.unknown += 1;
    else if (result.status < 300) known.accepted += 1;
    else known.refused += 1;
  }
  if (counts.size === 0) return '  asked: nothing';
  const width = Math.max(...[...counts.keys()].map(({ length }) => length));
  const rows = [...counts].map(([path, { accepted, refused, unknown }]) => {
    const numbers = [accepted, refused, unknown].map((number) => String(number).padStart(9));
    return `    ${path.padEnd(width)}${numbers.join('')}`;
  });
  const heading = ['accepted', 'refused', 'unknown'].map((name) => name.padStart(9)).join('');
  return [`  ${'asked'.padEnd(width + 2)}${heading}`, ...rows].join('\n');
}
