import { deflateRawSync } from 'node:zlib';
import { serviceNamed, SERVICES } from '../../apps/index.ts';
import { UsageError } from '../shared/errors.ts';
import { asWritten } from '../shared/services.ts';
import { readKnown } from '../sim/files.ts';

/** Behind the last event of any run: the page stops at the last one, which is the violation where there is one. */
const END = Number.MAX_SAFE_INTEGER;

/**
 * The part of a link behind the page's address that opens the run of a plan, or of a failure's folder with its planted
 * bugs, at its end (docs/guides/playground.md). Throws a `UsageError` where the page has no such service.
 */
export async function hashOf(path: string): Promise<string> {
  const { plan, planted } = await readKnown(path);
  const { service } = plan;
  if (serviceNamed(service) === undefined)
    throw new UsageError(`${path} is of ${service}: the page has ${Object.keys(SERVICES).join(' and ')} alone`);
  const bug = planted.length === 0 ? undefined : planted.join(',');
  const shared = { v: 1, plan: asWritten(plan), bug, at: 0, place: END };
  return `#${deflateRawSync(JSON.stringify(shared)).toString('base64url')}`;
}
