import * as z from 'zod';
import type { ProcessStatus } from '../live/admin/status.ts';
import type { Json } from '../protocol/model/json.ts';
import type { Route } from '../service/service.ts';
import type { OperatorPath } from '../transport-http/clients/operator-paths.ts';

/** The schema of `GET /`. */
export const indexSchema = z.object({
  service: z.string(),
  version: z.string(),
  node: z.string(),
  kind: z.enum(['server', 'frontend']),
  /** Paths of this process that answer a GET without parameters. */
  links: z.array(z.string()),
  /** Paths of the service: `POST /users/create`. */
  paths: z.array(z.string()),
});

interface Indexed {
  readonly title: string;
  readonly version: string;
  readonly routes: readonly Route[];
  readonly operatorPaths: readonly Omit<OperatorPath, 'answer'>[];
}

/** The body of `GET /`: what a process is, and where to go from there. */
export function indexOf({
  title,
  version,
  routes,
  operatorPaths,
}: Indexed): (status: Pick<ProcessStatus, 'node' | 'kind'>) => Json & object {
  const links = operatorPaths.filter(({ method, path, signed }) => method === 'GET' && !signed && path !== '/');
  const paths = routes.map(({ method, path }) => `${method} ${path.replaceAll(/:([^/]+)/g, '{$1}')}`);
  return ({ node, kind }) => ({ service: title, version, node, kind, links: links.map(({ path }) => path), paths });
}
