import type { Decoded, GroupName } from '../protocol/model/app.ts';
import type { Token } from '../protocol/model/messages.ts';
import { WORD_AT_MOST } from '../protocol/wire/bounds.ts';

/** A token per group. Keys are names of the service's groups, nothing else. */
export type TokenVector = Readonly<Record<GroupName, Token>>;

export const NOTHING_SEEN: TokenVector = Object.freeze({});

/**
 * Parses the `understudy-token` header, or says why not: `events=HISTORY:12,users=HISTORY:30`, each of `groups` at most
 * once, whole indexes, a history of at most `WORD_AT_MOST` characters: a message with a longer one is malformed, and closes the
 * link to its replica. An empty text is the empty vector.
 */
export function parseTokens(text: string, groups: readonly GroupName[]): Decoded<TokenVector> {
  const vector: Record<GroupName, Token> = {};
  if (text.trim() === '') return { type: 'decoded', value: vector };
  for (const part of text.split(',')) {
    const [, group, history, digits] = /^\s*([^=]+)=([^:]+):(\d{1,16})\s*$/.exec(part) ?? [];
    const historyId = history === undefined ? undefined : unescapeText(history);
    const index = Number(digits);
    const isToken = historyId !== undefined && historyId.length <= WORD_AT_MOST && Number.isSafeInteger(index);
    if (group === undefined || !isToken) {
      return { type: 'rejected', reason: 'understudy-token: expected GROUP=HISTORY:INDEX, separated by commas' };
    }
    if (!groups.includes(group)) return { type: 'rejected', reason: 'understudy-token: names an unknown group' };
    if (Object.hasOwn(vector, group)) return { type: 'rejected', reason: `understudy-token: names ${group} twice` };
    vector[group] = { historyId, index };
  }
  return { type: 'decoded', value: vector };
}

/** The vector as a header, groups in the order of `groups`. */
export function showTokens(vector: TokenVector, groups: readonly GroupName[]): string {
  let shown = '';
  for (const group of groups) {
    const token = vector[group];
    if (token !== undefined)
      shown += `${shown === '' ? '' : ','}${group}=${escapeText(token.historyId)}:${token.index}`;
  }
  return shown;
}

/** `vector` raised by `token`. A token of a new history replaces the old one. */
export function withToken(vector: TokenVector, group: GroupName, token: Token): TokenVector {
  const known = vector[group];
  if (known !== undefined && known.historyId === token.historyId && known.index >= token.index) return vector;
  return { ...vector, [group]: token };
}

/** The token that a session read needs: the higher of the client's and this front end's own. */
export function atLeast(client: Token | undefined, own: Token | undefined): Token | undefined {
  if (client === undefined || own === undefined) return client ?? own;
  // Only the replica knows which of two histories is current, and refuses the client's if it is not.
  return client.historyId === own.historyId && own.index > client.index ? own : client;
}

/** Escapes commas, colons and equals signs, which separate parts of a token; slashes stay readable. */
function escapeText(text: string): string {
  if (/^[\w./-]*$/.test(text)) return text;
  // Half a surrogate pair, which a peer may send, is no text that can be encoded.
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\uFFFD')).replaceAll('%2F', '/');
}

function unescapeText(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
