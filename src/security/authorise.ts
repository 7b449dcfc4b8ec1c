/** Who calls a signed path, as far as the server can tell. */
export interface OperatorCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether it comes from this machine. */
  readonly isLocal: boolean;
}

/** Why the call of a signed path is refused, or what proves to the caller that the answer is this process's own. */
export type Authorised =
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'granted'; sign(answer: PlainAnswer): Readonly<Record<string, string>> };

/** Judges each call of a signed path, once. */
export type Authorise = (call: OperatorCall) => Authorised;

/** An answer as it goes out. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Where there is no secret: whoever is on this machine, but no page that a browser shows there. */
export function onlyLocal({ isLocal, headers }: OperatorCall): Authorised {
  if (!isLocal)
    return { type: 'refused', reason: 'this cluster has no secret, so it takes this call from its own machine only' };
  // A page of anybody's makes a browser on this machine call any port of it. What is no browser sends neither of these.
  if (headers['origin'] !== undefined || headers['sec-fetch-site'] !== undefined)
    return { type: 'refused', reason: 'this call is not taken from a browser' };
  return { type: 'granted', sign: () => ({}) };
}
