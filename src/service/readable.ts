import type { App } from '../protocol/model/app.ts';
import { EndsNode } from '../protocol/model/assert.ts';
import type { Service } from './service.ts';

/**
 * The same service, with replicas that stop at a command in their own log that they cannot decode: an earlier start
 * with a newer version took it. Misread, it would make their states diverge. A stopped replica needs the version of the
 * others.
 */
export function readable(service: Service): Service {
  return { ...service, apps: service.apps.map(checking) };
}

function checking(app: App): App {
  return {
    ...app,
    ...(app.previous === undefined ? {} : { previous: checking(app.previous) }),
    apply(state, command, context) {
      const decoded = app.decode(command);
      if (decoded.type === 'rejected') {
        throw new EndsNode(
          `this version of ${app.name} cannot read its log (${decoded.reason}): entry ${context.index} says ${JSON.stringify(command)}`,
        );
      }
      return app.apply(state, command, context);
    },
  };
}
