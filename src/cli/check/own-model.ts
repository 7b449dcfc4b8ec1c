import type { Model, Meaning } from '../../checker/index.ts';
import type { Json } from '../../protocol/model/json.ts';
import { serviceHistory } from '../../sim/workloads/service-model.ts';
import { UsageError } from '../shared/errors.ts';
import { importModule, serviceIn, servicesOf } from '../shared/service-module.ts';

/**
 * The model that a file exports, as `model` or as its default export; of a file that exports a service, that service as
 * its own model. A file without one is a `UsageError`, and so is whatever its functions throw later.
 */
export async function modelOf(file: string): Promise<Model> {
  const exports = await importModule(file);
  const given = exports['model'] ?? exports['default'];
  if (isModelLike(given)) return guarded(given, file);
  if (Object.values(exports).some((value) => servicesOf(value).length > 0)) {
    return serviceHistory(serviceIn(exports, file)).model;
  }
  const missing = given === undefined ? 'no model' : `a model without ${missingIn(given)}`;
  throw new UsageError(`${file} exports ${missing}: export const model, as docs/reference/checker.md describes it`);
}

/** A `Model` as far as can be seen. */
interface ModelLike {
  readonly name: string;
  initial(part: string): unknown;
  decode(...operation: Parameters<Model['decode']>): unknown;
  apply(state: unknown, step: Json): unknown;
  ahead?(state: unknown, steps: readonly Json[], reads: readonly Json[]): unknown;
  keyOf(state: unknown): unknown;
  show?(state: unknown): unknown;
}

const FUNCTIONS = ['initial', 'decode', 'apply', 'keyOf'] as const;

function isModelLike(value: unknown): value is ModelLike {
  return missingIn(value) === undefined;
}

function missingIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return FUNCTIONS.join(', ');
  const fields = new Map<string, unknown>(Object.entries(value));
  if (typeof fields.get('name') !== 'string') return 'a name';
  return FUNCTIONS.find((name) => typeof fields.get(name) !== 'function');
}

/** The model with its mistakes told as such: what it throws, and what is not of the right form. */
function guarded(model: ModelLike, file: string): Model {
  const { name } = model;

  function asked<Value>(what: string, ask: () => Value): Value {
    try {
      const value = ask();
      if (value instanceof Promise) throw new Error('it returned a promise');
      return value;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new UsageError(`${file}: the model’s ${what} failed: ${reason.split('\n', 1)[0] ?? ''}`);
    }
  }

  function text(what: 'keyOf' | 'show', state: unknown): string {
    return asked(what, () => {
      const said = what === 'show' && model.show === undefined ? model.keyOf(state) : model[what]?.(state);
      if (typeof said !== 'string') throw new Error(`it returned ${typeof said}, and a text was expected`);
      return said;
    });
  }

  return {
    name,
    initial: (part) => asked('initial', () => model.initial(part)),
    decode: (operation) =>
      asked(`decode of ${JSON.stringify(operation.f)}`, () => {
        const decoded = model.decode(operation);
        if (isRejected(decoded)) return decoded;
        if (!isDecoded(decoded)) throw new Error('it returned neither means(…) nor meaningless(…)');
        return decoded;
      }),
    apply: (state, step) => asked('apply', () => model.apply(state, step)),
    ...(model.ahead === undefined
      ? {}
      : {
          ahead: (...given: Parameters<ModelLike['ahead'] & object>) => asked('ahead', () => model.ahead?.(...given)),
        }),
    keyOf: (state) => text('keyOf', state),
    show: (state) => text('show', state),
  };
}

function isRejected(value: unknown): value is { readonly type: 'rejected'; readonly reason: string } {
  return isTyped(value, 'rejected') && 'reason' in value && typeof value.reason === 'string';
}

function isDecoded(value: unknown): value is { readonly type: 'decoded'; readonly value: readonly Meaning<Json>[] } {
  return isTyped(value, 'decoded') && 'value' in value && Array.isArray(value.value) && value.value.every(isMeaning);
}

function isTyped(value: unknown, type: string): value is object {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === type;
}

function isMeaning(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return typeof fields.get('part') === 'string' && typeof fields.get('reads') === 'boolean' && fields.has('step');
}
