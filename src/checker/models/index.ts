/** The sequential models that know no service. */
export { append } from './append.ts';
export { counter } from './counter.ts';
export { kv } from './kv.ts';
export { queue } from './queue.ts';
export { register } from './register.ts';
export { set } from './set.ts';
