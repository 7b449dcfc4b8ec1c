import { callSigned, type Credentials, type ProcessAnswer } from '../../security/call-process.ts';
import { JOIN_PATH, type JoinAnswer, joinAnswer, type JoinRequest } from '../admin/admission.ts';
import { bodyOf, errorIn } from '../admin/answer-body.ts';
import { nodeName } from '../admin/node-name.ts';
import { addressIn } from './place.ts';
import { StartError } from './start-error.ts';

/**
 * How long the same kind of answer is asked for again, in milliseconds. Both nodes may be starting at once; gossip needs
 * a while to find the node's own dead predecessor unreachable, and the groups to drop its disk (409); an election takes
 * less (503). Any other refusal is final.
 */
const PATIENCE: ReadonlyMap<number | 'silence', number> = new Map<number | 'silence', number>([
  ['silence', 30_000],
  [409, 15_000],
  [503, 3_000],
]);

const ASK_EVERY = 500;

/**
 * Asks the process at `contact` to join its cluster. Rejects with a `StartError` when it is refused, or when no answer
 * comes within half a minute.
 */
export async function joinCluster(
  contact: string,
  request: JoinRequest,
  credentials: Credentials,
  say: (line: string) => void,
): Promise<JoinAnswer> {
  if (!isContact(contact)) throw new StartError(`cannot join: “${contact}” is no address of a node: host:port`);
  let since = 0;
  let last: number | 'silence' | undefined;
  let said = '';
  let nodeId = request.nodeId;
  for (;;) {
    const came = await ask(contact, nodeId === undefined ? request : { ...request, nodeId }, credentials);
    const kind = came.type === 'answer' ? came.answer.status : 'silence';
    if (kind !== last) since = performance.now();
    last = kind;
    if (came.type === 'answer' && came.answer.status === 200) return understood(contact, came.answer);
    const problem = came.type === 'answer' ? errorIn(came.answer) : `${contact} does not answer: ${came.reason}`;
    if (performance.now() - since >= (PATIENCE.get(kind) ?? 0)) throw new StartError(`cannot join: ${problem}`);
    if (problem !== said) say(`waits to join: ${problem}`);
    said = problem;
    // The name of a disk that its groups are dropping.
    nodeId ??= came.type === 'answer' ? nodeName.safeParse(bodyOf(came.answer)['nodeId']).data : undefined;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY));
  }
}

/** Whether a call can be sent there: `host:port`, or a URL. */
function isContact(contact: string): boolean {
  return contact.includes('://') ? URL.canParse(contact) : addressIn(contact) !== undefined;
}

type Came =
  { readonly type: 'answer'; readonly answer: ProcessAnswer } | { readonly type: 'silence'; readonly reason: string };

async function ask(contact: string, request: JoinRequest, credentials: Credentials): Promise<Came> {
  try {
    const answer = await callSigned(contact, { method: 'POST', path: JOIN_PATH, body: request }, credentials);
    return { type: 'answer', answer };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (isOfNetwork(error)) return { type: 'silence', reason };
    throw new StartError(`cannot join: ${reason}`);
  }
}

function understood(contact: string, { body }: ProcessAnswer): JoinAnswer {
  try {
    return joinAnswer.parse(JSON.parse(body));
  } catch {
    throw new StartError(`cannot join: ${contact} sends an answer that this version does not understand`);
  }
}

/** Whether another attempt may succeed: an error of the network may pass, a certificate that does not fit stays. */
function isOfNetwork(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string') return /^E(?!RR_)[A-Z_]+$/.test(error.code);
  return error.message.startsWith('no answer');
}
