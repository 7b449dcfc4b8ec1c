/** `understudy/node`: one node of a cluster as a live process in this program, with real disk and network. */
export type { NodeEnding } from './start/lifetime.ts';
export { type LiveNode, type NodeOptions, startNode } from './start/start-node.ts';
export { StartError } from './start/start-error.ts';
export type { ProcessStatus } from './admin/status.ts';
export type { Dismissal } from '../gossip/gossip-io.ts';
export type { Level } from '../host/note-line.ts';
export type { Settings } from '../protocol/model/settings.ts';
export type { ClientCerts, TlsFiles } from '../security/tls.ts';
export type { Service } from '../service/service.ts';
export { StorageError } from '../storage/storage-error.ts';
export type { Tunable } from './start/tunable-settings.ts';
