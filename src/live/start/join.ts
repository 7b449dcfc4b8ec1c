import { callSigned, type Credentials, type ProcessAnswer } from '../../security/call-process.ts';
import { JOIN_PATH, type JoinAnswer, joinAnswer, joinRefusal, type JoinRequest } from '../admin/admission.ts';
import { bodyOf, errorIn } from '../admin/answer-body.ts';
import { nodeName } from '../admin/node-name.ts';
import { addressIn } from './place.ts';
import { StartError } from './start-error.ts';
import { errorCode } from '../../protocol/model/error-code.ts';

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

/** Addresses asked, those among them that others have referred to. */
const CONTACTS_AT_MOST = 16;

/**
 * Asks the processes at `contacts` in turn to join their cluster; the first that agrees counts. Rejects with a
 * `StartError` when it is refused, or when no answer comes within half a minute.
 */
export async function joinCluster(
  given: readonly string[],
  request: JoinRequest,
  credentials: Credentials,
  say: (line: string) => void,
): Promise<JoinAnswer> {
  const contacts = [...given];
  const malformed = contacts.find((contact) => !isContact(contact));
  if (malformed !== undefined) throw new StartError(`cannot join: “${malformed}” is no address of a node: host:port`);
  let since = 0;
  let last: number | 'silence' | undefined;
  let said = '';
  let nodeId = request.nodeId;
  for (;;) {
    const refusals: Refusal[] = [];
    for (const contact of contacts) {
      const came = await ask(contact, nodeId === undefined ? request : { ...request, nodeId }, credentials);
      if (came.type === 'answer' && came.answer.status === 200) return understood(contact, came.answer);
      refusals.push(refusalOf(contact, came));
    }
    // A contact that is to be asked again outweighs one whose refusal is final.
    const refusal = refusals.find(({ kind }) => PATIENCE.has(kind)) ?? refusals[0];
    if (refusal === undefined) throw new StartError('cannot join: no address of a node is given');
    const { kind, problem } = refusal;
    if (kind !== last) since = performance.now();
    last = kind;
    if (performance.now() - since >= (PATIENCE.get(kind) ?? 0)) throw new StartError(`cannot join: ${problem}`);
    if (problem !== said) say(`waits to join: ${problem}`);
    said = problem;
    // The name of a disk that its groups are dropping.
    nodeId ??= refusal.nodeId;
    const { contact } = refusal;
    if (contact !== undefined && !contacts.includes(contact) && contacts.length < CONTACTS_AT_MOST)
      contacts.unshift(contact);
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY));
  }
}

/** Whether a call can be sent there: `host:port`, or a URL. */
function isContact(contact: string): boolean {
  return contact.includes('://') ? URL.canParse(contact) : addressIn(contact) !== undefined;
}

interface Refusal {
  /** The status of the answer. */
  readonly kind: number | 'silence';
  readonly problem: string;
  /** The name to ask for. */
  readonly nodeId?: string | undefined;
  /** The address of a node to ask instead. */
  readonly contact?: string | undefined;
}

function refusalOf(contact: string, came: Came): Refusal {
  if (came.type === 'silence') return { kind: 'silence', problem: `${contact} does not answer: ${came.reason}` };
  const said = bodyOf(came.answer);
  const nodeId = nodeName.safeParse(said['nodeId']).data;
  const at = joinRefusal.shape.contact.safeParse(said['contact']).data;
  return { kind: came.answer.status, problem: errorIn(came.answer), nodeId, contact: at };
}

type Came =
  { readonly type: 'answer'; readonly answer: ProcessAnswer } | { readonly type: 'silence'; readonly reason: string };

async function ask(contact: string, request: JoinRequest, credentials: Credentials): Promise<Came> {
  try {
    const answer = await callSigned(
      contact,
      { method: 'POST', path: JOIN_PATH, body: request, as: request.kind },
      credentials,
    );
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
  const code = errorCode(error);
  if (code !== undefined) return /^E(?!RR_)[A-Z_]+$/.test(code);
  return error instanceof Error && error.message.startsWith('no answer');
}
