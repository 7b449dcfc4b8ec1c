import { cpus, release, totalmem, type } from 'node:os';

/** Processor and cores, memory, system, Node.js: a part each. */
export function describeMachine(): readonly string[] {
  const processors = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const model = processors[0]?.model.trim() ?? 'an unknown processor';
  return [
    `${model}, ${processors.length} ${processors.length === 1 ? 'core' : 'cores'}`,
    `${memory} GiB`,
    `${type()} ${release()}`,
    `Node.js ${process.versions.node}`,
  ];
}
