import type { List, Map as PersistentMap } from 'immutable';
import type { Json } from '../protocol/model/json.ts';

/**
 * `State`, where plain JSON and immutable's List and Map can hold it. A part that they cannot hold is a text that says
 * so: the compiler shows it beside that part.
 */
export type Storable<State> = unknown extends State
  ? State
  : [State] extends [Json]
    ? State
    : State extends Json
      ? State
      : State extends undefined
        ? 'a state cannot hold undefined: leave the field out (field?: …), or use null'
        : State extends List<infer Item>
          ? List<Storable<Item>>
          : State extends PersistentMap<infer Key, infer Value>
            ? [Key] extends [string | number]
              ? PersistentMap<Key, Storable<Value>>
              : 'the keys of a Map are texts or numbers'
            : State extends Unstorable
              ? 'a state holds plain JSON, List and Map of immutable: no Set, Map or Date of JavaScript, function, symbol or bigint'
              : State extends readonly (infer Item)[]
                ? readonly Storable<Item>[]
                : { readonly [Key in keyof State]: StorableField<State, Key> };

type StorableField<State, Key extends keyof State> =
  Partial<Pick<State, Key>> extends Pick<State, Key>
    ? Storable<Exclude<State[Key], undefined>> | undefined
    : Storable<State[Key]>;

type Unstorable =
  | bigint
  | symbol
  | Date
  | RegExp
  | Promise<unknown>
  | ReadonlySet<unknown>
  | ReadonlyMap<unknown, unknown>
  | WeakSet<object>
  | WeakMap<object, unknown>
  | ArrayBuffer
  | ArrayBufferView
  | ((...given: never[]) => unknown);
