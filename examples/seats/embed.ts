// A data server and a front end of the seat map in one program: node embed.ts FOLDER PORT, the first time with --found
import { startNode } from 'understudy/node';
import { service } from './seats.ts';

const [, , data = 'data/embedded', port = '4560'] = process.argv;
const found = process.argv.includes('--found');
const server = await startNode({ service, data: `${data}/s1`, port: Number(port) + 1, found });
const frontEnd = await startNode({
  service,
  kind: 'frontend',
  data: `${data}/f1`,
  port: Number(port),
  join: server.address,
  secretFile: `${data}/s1/secret`,
});

const body = JSON.stringify({ seat: 'A1', name: 'ada' });
const answer = await fetch(`http://${frontEnd.address}/hall/hold`, { method: 'POST', body });
console.log(answer.status, await answer.text());
console.log(`${server.status().node} is ${server.status().groups['hall']?.role}`);

await frontEnd.stop();
await server.stop();
