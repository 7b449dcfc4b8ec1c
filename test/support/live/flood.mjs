import { connect } from 'node:net';
import { workerData } from 'node:worker_threads';

/*
 * A worker that keeps `count` connections open to `port`, each with the same bytes, and never closes its side of one. A
 * worker, so that the probes of a test wait for the process probed alone. `opened` (an Int32Array in shared memory) counts them.
 */
const { port, count, bytes, opened } = workerData;

function open() {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => {
    socket.write(bytes);
    Atomics.add(opened, 0, 1);
  });
  socket.resume();
  socket.on('error', () => undefined);
  socket.on('close', () => setTimeout(open, 20));
}

for (let number = 0; number < count; number += 1) open();
