import { randomBytes } from 'node:crypto';
import type { RoundOptions } from '../../chaos/round.ts';
import { audienceAt } from '../../security/call-process.ts';
import type { Secret } from '../../security/secret.ts';
import { SIGNATURE_HEADER, signCall } from '../../security/signed-call.ts';
import { destinationsIn } from '../../service/router.ts';
import type { Service } from '../../service/service.ts';
import { bodyOf } from '../../sim/base/request.ts';

/** Signs operators' calls. Undefined where the process there does not say for whom to sign: it is down. */
export function proverOf(
  service: Service,
  secret: Secret,
  addressOf: (node: string) => string,
): RoundOptions['stage']['prove'] {
  const destinationOf = destinationsIn(service.routes);
  return async (node, call) => {
    const key = secret.key('operator');
    if (key === undefined || destinationOf(call.method, call.path)?.signed !== true) return {};
    const to = await audienceAt(addressOf(node), { secret, tls: undefined }).catch(() => undefined);
    if (to === undefined) return undefined;
    const { method, path } = call;
    const nonce = randomBytes(16).toString('hex');
    const signed = signCall(key, 'operator', { method, path, body: bodyOf(call) }, to, { millis: Date.now(), nonce });
    return { [SIGNATURE_HEADER]: signed };
  };
}
