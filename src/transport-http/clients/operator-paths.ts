import type { Authorise, OperatorCall, PlainAnswer } from '../../security/authorise.ts';
import type { KeyRole } from '../../security/secret.ts';

export type { OperatorCall } from '../../security/authorise.ts';

/**
 * A path that the process answers by itself, whatever the state of the cluster: `/status`, `/metrics`,
 * `/understudy/leave`.
 */
export interface OperatorPath {
  /** A HEAD is answered as a GET without its body; any other method is 405. */
  readonly method: 'GET' | 'POST';
  /** The whole path, without parameters: `/understudy/leave`. */
  readonly path: string;
  /** Whether a call must prove the cluster's secret (docs/operating/security.md). */
  readonly signed: boolean;
  /** The roles that may make a signed call. Default: operators. */
  readonly roles?: readonly KeyRole[] | undefined;
  /** May reject: the answer is then 500 with the message. */
  answer(request: OperatorRequest): OperatorAnswer | Promise<OperatorAnswer>;
}

export interface OperatorRequest {
  /** At most 65,536 bytes; empty without a body. */
  readonly body: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The caller's address as a host of `host:port`; undefined where it is unknown. */
  readonly from?: string | undefined;
  /** Who made a signed call; undefined on other paths. */
  readonly by?: KeyRole | undefined;
}

export interface OperatorAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object goes out as JSON. */
  readonly body: string | object;
}

/** What became of a call that needs a proof: who made it, as far as proven, and the status of its answer. */
export interface Audited {
  readonly by: KeyRole | undefined;
  readonly status: number;
  /** Why it was refused unanswered. */
  readonly reason?: string;
}

export type Audit = (call: OperatorCall, outcome: Audited) => void;

/** The operator paths that `path` (with its query) leads to, one for each method. */
export function matchOperator(paths: readonly OperatorPath[], path: string): readonly OperatorPath[] {
  const bare = path.split('?', 1)[0];
  return paths.filter((candidate) => candidate.path === bare);
}

/** Answers with the path among `fitting` that has the method of `call`. Never rejects. */
export async function answerOperator(
  fitting: readonly OperatorPath[],
  authorise: Authorise,
  call: OperatorCall,
  audit: Audit,
): Promise<PlainAnswer> {
  const found = fitting.find(({ method }) => method === call.method);
  if (found === undefined) {
    const methods = fitting.map(({ method }) => method);
    const headers = { allow: methods.join(', ').replace('GET', 'GET, HEAD') };
    return plain({ status: 405, headers, body: { error: `this path takes ${methods.join(', ')} only` } });
  }
  const query = new URLSearchParams(call.path.slice(call.path.indexOf('?') + 1 || call.path.length));
  const request = { body: call.body, headers: call.headers, query, from: call.from };
  if (!found.signed) return ask(found, request);
  const authorised = authorise(call, found.roles);
  if (authorised.type === 'refused') {
    audit(call, { by: undefined, status: 401, reason: authorised.reason });
    return plain({ status: 401, body: { error: authorised.reason } });
  }
  const { by } = authorised;
  const answer = await ask(found, { ...request, by });
  audit(call, { by, status: answer.status });
  return { ...answer, headers: { ...answer.headers, ...authorised.sign(answer) } };
}

/** A page that fails, or whose answer cannot be a text, must not stop a replica. */
async function ask(path: OperatorPath, request: OperatorRequest): Promise<PlainAnswer> {
  try {
    return plain(await path.answer(request));
  } catch (error) {
    return plain({ status: 500, body: { error: error instanceof Error ? error.message : String(error) } });
  }
}

function plain({ status, headers = {}, body }: OperatorAnswer): PlainAnswer {
  if (body === '') return { status, headers, body };
  if (typeof body === 'string') return { status, headers: { 'content-type': 'text/plain', ...headers }, body };
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}
