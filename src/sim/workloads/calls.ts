import type { App } from '../../protocol/model/app.ts';
import type { Json } from '../../protocol/model/json.ts';
import { isObject } from '../../protocol/wire/decode.ts';
import { queryString } from '../../service/schema-values/sample.ts';
import { kindsIn, schemasOf } from '../../service/schemas.ts';
import type { ClientCall } from '../base/history.ts';
import { get, post } from './workload.ts';

/** The request that passes `what` to an app on its default path (`defaultRoutes`). */
export function command(app: App, what: Json): ClientCall {
  const parts = partsOf(what, schemasOf(app)?.commands);
  return parts === undefined ? post(`/${app.name}`, what) : post(`/${app.name}/${parts.type}`, parts.fields);
}

/** The request that queries an app for `what` on its default path. */
export function query(app: App, what: Json): ClientCall {
  const parts = partsOf(what, schemasOf(app)?.queries);
  if (parts === undefined) return get(`/${app.name}/${encodeURIComponent(JSON.stringify(what))}`);
  return get(`/${app.name}/${parts.type}${queryString(parts.fields)}`);
}

function partsOf(
  what: Json,
  schema: Parameters<typeof kindsIn>[0] | undefined,
): { readonly type: string; readonly fields: Readonly<Record<string, Json>> } | undefined {
  if (schema === undefined || !isFields(what)) return undefined;
  const { type, ...fields } = what;
  return kindsIn(schema).some((kind) => kind.type === type) && typeof type === 'string' ? { type, fields } : undefined;
}

function isFields(what: Json): what is { readonly [name: string]: Json } {
  return isObject(what);
}
