import { createHost, type HostPlan } from '../host/host.ts';
import type { Store } from '../storage/store.ts';
import { recorderOf } from './engine/recorder.ts';
import type { ProcessOptions, RunningProcess } from './options.ts';
import { closeDisk, serve } from './serve.ts';
import { DiskLivesError, refuseSecondLife } from './start/refuse-second-life.ts';
import type { Unit } from '../protocol/model/address.ts';

/**
 * Starts a process. Rejects when a store of the folder cannot be used (a `StorageError`), another process of its disk
 * lives (a `DiskLivesError`), or the port is taken; nothing is left open then.
 */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const { folder, service, secret, tls, settings } = options;
  const { topology, window } = folder.node;
  const stores = new Map<Unit, Store>();
  try {
    const services = [...folder.services.services, ...(options.services ?? [])];
    const { node, incarnation, lives } = folder;
    await refuseSecondLife({ node, incarnation, lives, services, credentials: { secret, tls }, settings });
    if (folder.isCopy) options.log(copyWarning(folder), 'warning');
    const plan: HostPlan = { topology, self: folder.node, service, settings: { ...settings, ...window } };
    const host = createHost(plan);
    for (const unit of Object.keys(host.slots)) {
      const store = await folder.openStore(unit);
      stores.set(unit, options.disk?.behind(store) ?? store);
    }
    const recorder = options.record === undefined ? undefined : await recorderOf(options.record, plan, options);
    return await serve(options, host, stores, recorder);
  } catch (error) {
    // Else a folder that was put back would count itself past the run that it does not know.
    if (error instanceof DiskLivesError) await folder.unraise().catch(() => undefined);
    await closeDisk(folder, stores);
    throw error;
  }
}

function copyWarning({ node, path }: ProcessOptions['folder']): string {
  return (
    `${path} is another folder than the one in which ${node.nodeId} was last started: a copy, or a backup put back. ` +
    'No process of the other one may run, on any machine; and a backup may lack writes (docs/operating/running.md)'
  );
}
