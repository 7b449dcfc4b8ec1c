import type { Json } from '../protocol/model/json.ts';
import type { ClientOutcome } from './outcome.ts';

/**
 * A refusal that another attempt would get as well. This request has changed nothing, unless `earlier` says that an
 * earlier attempt may have taken effect.
 */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly status: number;
  readonly reason: string;
  readonly body: Json | undefined;
  readonly uuid: string | undefined;
  readonly earlier: 'none' | 'perhaps';

  constructor(what: string, { status, reason, body, uuid, earlier }: Of<'refused'>) {
    const doubt = earlier === 'none' ? '' : ' (an earlier attempt may have taken effect)';
    super(`${what}: refused with ${status}${reason === '' ? '' : `: ${reason}`}${doubt}`);
    this.earlier = earlier;
    this.status = status;
    this.reason = reason;
    this.body = body;
    this.uuid = uuid;
  }
}

/** The uuid of a write is older than results are kept: whether it took effect is no longer known. */
export class ExpiredError extends Error {
  override readonly name = 'ExpiredError';
  readonly status = 410;
  readonly uuid: string | undefined;

  constructor(what: string, { uuid }: Of<'expired'>) {
    super(`${what}: the uuid has expired, and whether it took effect is no longer known`);
    this.uuid = uuid;
  }
}

/**
 * No answer in time. A write may have taken effect, or may still do so. Repeated under the same `uuid` it takes effect
 * at most once, and its outcome is told.
 */
export class UnknownOutcomeError extends Error {
  override readonly name = 'UnknownOutcomeError';
  readonly why: 'deadline' | 'aborted';
  /** The last attempt's failure; empty without an attempt. */
  readonly last: string;
  readonly uuid: string | undefined;

  constructor(what: string, { why, last, uuid }: Of<'unknown'>) {
    const when = why === 'deadline' ? 'no answer in time' : 'given up before an answer came';
    super(`${what}: ${when}${last === '' ? '' : ` (${last})`}`);
    this.why = why;
    this.last = last;
    this.uuid = uuid;
  }
}

/**
 * The body of an accepted request. Throws one of the three errors above for any other outcome; `what` names the
 * request.
 */
export function bodyOf(what: string, outcome: ClientOutcome): Json | undefined {
  switch (outcome.type) {
    case 'answered':
      return outcome.body;
    case 'refused':
      throw new RefusedError(what, outcome);
    case 'expired':
      throw new ExpiredError(what, outcome);
    case 'unknown':
      throw new UnknownOutcomeError(what, outcome);
    default:
      return outcome satisfies never;
  }
}

type Of<Type extends ClientOutcome['type']> = Extract<ClientOutcome, { readonly type: Type }>;
