import { directoryOf, type History, SERVICES_PATH } from '../../../src/live/peers/directory.ts';
import type { GroupView, ServiceEntry } from '../../../src/protocol/model/directory.ts';
import type { Json } from '../../../src/protocol/model/json.ts';
import { createHttpServer, type HttpServer } from '../../../src/transport-http/clients/http-server.ts';
import { anyCaller } from '../security/any-caller.ts';

/** What a node says. Both are called for each call that it answers. */
interface Answers {
  readonly status: () => Readonly<Record<string, Json>>;
  readonly directory: () => { readonly services: readonly ServiceEntry[]; readonly groups: readonly GroupView[] };
}

/** The port of a node of `history`, not yet open, that says which node it is and whom it knows, and nothing else. */
export function knownNode(history: History, { status, directory }: Answers): HttpServer {
  return createHttpServer({
    onRequests: undefined,
    onGone: () => undefined,
    operatorPaths: [
      { method: 'GET', path: '/status', signed: false, answer: () => ({ status: 200, body: status() }) },
      {
        method: 'GET',
        path: SERVICES_PATH,
        signed: true,
        answer: () => ({ status: 200, body: directoryOf(history, directory()) }),
      },
    ],
    authorise: anyCaller,
    onPeer: (socket) => socket.close(),
  });
}
