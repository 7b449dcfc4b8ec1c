import { counted } from '../model/counted.ts';
import type { Plain } from '../../sim/base/plain.ts';

interface TreeProps {
  readonly name: string;
  readonly value: Plain;
  /** The value one step earlier; what differs is marked. */
  readonly before?: Plain | undefined;
  readonly isOpen?: boolean;
}

/** Plain data as a tree that opens and shuts, with what this step changed marked by a sign and bold text. */
export function Tree({ name, value, before, isOpen = false }: TreeProps): preact.JSX.Element {
  const isChanged = before !== undefined && JSON.stringify(before) !== JSON.stringify(value);
  const mark = isChanged ? 'leaf changed' : 'leaf';
  if (typeof value !== 'object' || value === null) {
    return (
      <div class={mark}>
        {name}: <span class="mono">{JSON.stringify(value)}</span>
        {isChanged && typeof before !== 'object' ? <span class="was">{` was ${JSON.stringify(before)}`}</span> : null}
      </div>
    );
  }
  const fields: readonly (readonly [string, Plain])[] = isList(value)
    ? value.map((item, place) => [String(place), item] as const)
    : Object.entries(value);
  if (fields.length === 0) {
    return (
      <div class={mark}>
        {name}: {isList(value) ? '[ ]' : '{ }'}
      </div>
    );
  }
  return (
    <details class={isChanged ? 'tree changed' : 'tree'} open={isOpen || isChanged}>
      <summary>
        {name} <span class="soft">{counted(fields.length, isList(value) ? 'item' : 'field')}</span>
      </summary>
      {fields.map(([field, item]) => (
        <Tree
          key={field}
          name={field}
          value={item}
          before={fieldOf(before, field)}
          isOpen={isOpen && fields.length <= 4}
        />
      ))}
    </details>
  );
}

function fieldOf(value: Plain | undefined, field: string): Plain | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (isList(value)) return value[Number(field)] ?? null;
  return value[field] ?? null;
}

function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value);
}
