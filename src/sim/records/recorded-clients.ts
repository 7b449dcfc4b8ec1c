import type { HttpRequest, HttpResponse } from '../../frontend/front-end-io.ts';
import { FRONT_END } from '../../protocol/model/address.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Recorder } from '../recording/recording.ts';

/** The clients of front ends, as the records of those show them. */
export interface RecordedClients {
  readonly names: readonly string[];
  asked(recorder: Recorder | undefined, node: NodeId, request: HttpRequest): void;
  answered(recorder: Recorder | undefined, node: NodeId, id: number, response: Omit<HttpResponse, 'headers'>): void;
  /** The client has gone, its connection was cut, or its front end has ended. */
  lost(recorder: Recorder | undefined, node: NodeId, id: number): void;
  /** No request is open at that node any more. */
  lostAll(recorder: Recorder | undefined, node: NodeId): void;
}

interface Open {
  readonly client: string;
  readonly operation: number;
}

/** What is in a lane of its own asks one thing after the other: a request takes the first client that is free. */
export function recordedClients(): RecordedClients {
  const open = new Map<string, Open>();
  const names: string[] = [];
  let operations = 0;

  const end = (key: string): Open | undefined => {
    const known = open.get(key);
    open.delete(key);
    return known;
  };

  const lose = (recorder: Recorder | undefined, key: string): void => {
    const known = end(key);
    if (known !== undefined) recorder?.put({ type: 'ended', ...known, outcome: 'unknown', text: 'no answer' });
  };

  return {
    names,
    asked(recorder, node, { id, method, path, body }) {
      const busy = new Set([...open.values()].map(({ client }) => client));
      let client = names.find((name) => !busy.has(name));
      if (client === undefined) {
        client = `c${names.length + 1}`;
        names.push(client);
      }
      operations += 1;
      open.set(`${node} ${id}`, { client, operation: operations });
      const text = `${method} ${path}${body === '' ? '' : ` ${body.slice(0, BODY_SHOWN)}`}`;
      recorder?.put({ type: 'called', client, operation: operations, text });
      const carrier = {};
      const way = { from: client, to: node, fromUnit: '', unit: FRONT_END } as const;
      recorder?.sent(carrier, { ...way, kind: 'request', text, fate: 'once' });
      recorder?.arrived(carrier, 'taken');
    },
    answered(recorder, node, id, { status, body }) {
      const known = end(`${node} ${id}`);
      if (known === undefined) return;
      const text = `${status} ${body.slice(0, BODY_SHOWN)}`;
      const carrier = {};
      const way = { from: node, to: known.client, fromUnit: FRONT_END, unit: '' } as const;
      recorder?.sent(carrier, { ...way, kind: 'response', text, fate: 'once' });
      recorder?.arrived(carrier, 'taken');
      recorder?.put({ type: 'ended', ...known, outcome: status < 400 ? 'ok' : 'refused', text });
    },
    lost: (recorder, node, id) => lose(recorder, `${node} ${id}`),
    lostAll(recorder, node) {
      for (const key of open.keys()) if (key.startsWith(`${node} `)) lose(recorder, key);
    },
  };
}

/** So many characters of a body are shown. */
const BODY_SHOWN = 400;
