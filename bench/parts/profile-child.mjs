// Loaded into a node's process before all else (`node --import`): profiles its main thread from when the parent says so until
// the parent asks for the profile. In benches only.
import { rename, writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';

/** The sampling interval, in microseconds. */
const INTERVAL = 400;

const session = new Session();

process.on('message', (message) => void obey(message));

async function obey(message) {
  if (message?.type === 'profile') {
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: INTERVAL });
    await session.post('Profiler.start');
  } else if (message?.type === 'profiled') {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    await writeFile(`${message.file}.tmp`, JSON.stringify(profile));
    await rename(`${message.file}.tmp`, message.file);
  }
}
