import type { Decoded } from '../protocol/model/app.ts';
import type { Json } from '../protocol/model/json.ts';
import { canonical } from './canonical.ts';
import { isAbout, type Meaning, type Model } from './model.ts';
import type { Operation } from './operation.ts';
import type { Effective } from './problem.ts';

/** A unit of checking: a part of the object with a key. */
export interface Part {
  /** Canonical; empty where the history has no keys. */
  readonly key: string;
  readonly part: string;
  /** Key and part for people; empty if there is only one. */
  readonly name: string;
}

/** A history as decoded by its model. */
export interface Understood<Step> {
  /** In the order of their first occurrence. */
  readonly parts: readonly Part[];
  /** The steps on a part, in the order of their calls. */
  effective(part: Part): readonly Effective<Step>[];
}

/** Decodes every operation; a reason for the first one that the model does not know. */
export function understand<State, Step extends Json>(
  model: Model<State, Step>,
  operations: readonly Operation[],
): Decoded<Understood<Step>> & { readonly operation?: Operation } {
  const parts = new Map<string, Part>();
  const members = new Map<string, Effective<Step>[]>();
  const wide: { readonly key: string; readonly one: Effective<Step> }[] = [];
  for (const operation of operations) {
    const decoded = model.decode(operation);
    if (decoded.type === 'rejected') return { ...decoded, operation };
    const key = operation.key === undefined ? '' : canonical(operation.key);
    for (const meaning of decoded.value) {
      const says = isSaying(operation, meaning);
      if (meaning.part.endsWith('*')) {
        if (says) wide.push({ key, one: { operation, meaning } });
        continue;
      }
      const name = nameOf(key, meaning.part);
      if (!parts.has(name)) parts.set(name, { key, part: meaning.part, name });
      const same = members.get(name) ?? [];
      members.set(name, same);
      if (says) same.push({ operation, meaning });
    }
  }
  function effective({ key, part, name }: Part): readonly Effective<Step>[] {
    const own = members.get(name) ?? [];
    const other = wide.filter(({ key: of, one }) => of === key && isAbout(one.meaning, part)).map(({ one }) => one);
    return other.length === 0 ? own : [...own, ...other].sort((a, b) => a.operation.number - b.operation.number);
  }
  return { type: 'decoded', value: { parts: [...parts.values()], effective } };
}

/** Whether the operation has information: a read without an answer has none. */
function isSaying({ returnedAt }: Operation, { reads }: Meaning<unknown>): boolean {
  return !reads || returnedAt !== undefined;
}

function nameOf(key: string, part: string): string {
  return key === '' || part === '' ? key + part : `${key} ${part}`;
}
