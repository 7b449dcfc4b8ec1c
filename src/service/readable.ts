import type { App } from '../protocol/model/app.ts';
import { BrokenInvariant } from '../protocol/model/assert.ts';
import type { Service } from './service.ts';

/**
 * The same service, whose replicas stop at a command that they cannot read. A primary decodes what it is asked; what it has
 * put into the log the others apply as it stands. If it runs a newer version of the file than they do, they would make of it
 * what nobody meant, and be another machine from then on. So each decodes it once more, and a replica that cannot is out of
 * the group until it is started with the version of the others.
 */
export function readable(service: Service): Service {
  return { ...service, apps: service.apps.map(checking) };
}

function checking(app: App): App {
  return {
    ...app,
    apply(state, command, context) {
      const decoded = app.decode(command);
      if (decoded.type === 'rejected') {
        throw new BrokenInvariant(
          `this version of ${app.name} cannot read its log (${decoded.reason}): entry ${context.index} says ${JSON.stringify(command)}`,
        );
      }
      return app.apply(state, command, context);
    },
  };
}
