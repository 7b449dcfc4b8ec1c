import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { SERVICES } from '../../src/apps/index.ts';
import { registerNodes } from '../../src/cli/node/commands.ts';
import { variableOf } from '../../src/operate/config.ts';
import { PATHS } from '../../src/operate/operating.ts';

/*
 * What is in deploy/ is never run by the tests; here it is held against the command line it relies on: its commands and
 * options, its paths, and the ports that one file names in several places.
 */

const root = fileURLToPath(new URL('../../', import.meta.url));

function text(path: string): string {
  return readFileSync(join(root, 'deploy', path), 'utf8');
}

/** The command that these words would run; fails where the words do not fit it. */
function commandFor(words: readonly string[]): Command {
  const [name = '', ...rest] = words;
  const program = new Command();
  registerNodes(program);
  const command = program.commands.find((one) => one.name() === name);
  if (command === undefined) throw new Error(`there is no command ${name}`);
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  const { operands, unknown } = command.parseOptions(rest);
  expect(unknown, words.join(' ')).toEqual([]);
  expect(operands.length, words.join(' ')).toBeLessThanOrEqual(command.registeredArguments.length);
  for (const service of operands) expect(Object.keys(SERVICES)).toContain(service);
  // Either founds or joins, and says where the others reach it.
  const { join: contact, port, address } = command.opts<Record<string, string | undefined>>();
  expect(operands.length > 0 && contact !== undefined, words.join(' ')).toBe(false);
  if (address !== undefined) expect(address.endsWith(`:${port}`), words.join(' ')).toBe(true);
  return command;
}

/** Asserts that a file of options is one that the command takes, to the last value. */
async function expectOptions(command: 'server' | 'frontend', options: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-deploy-'));
  const file = join(folder, 'node.yaml');
  await writeFile(file, options);
  const chosen = commandFor([command]).action(() => undefined);
  await chosen.parseAsync(['--config', file], { from: 'user' });
  await rm(folder, { recursive: true });
}

const composeFile = z.object({
  services: z.record(
    z.string(),
    z.object({
      command: z.array(z.string()),
      environment: z.record(z.string(), z.string()),
      healthcheck: z.object({ test: z.array(z.string()) }),
      ports: z.array(z.string()).optional(),
      volumes: z.array(z.string()),
      secrets: z.array(z.string()),
      stop_grace_period: z.string(),
      user: z.literal('1000:1000'),
      read_only: z.literal(true),
      cap_drop: z.tuple([z.literal('ALL')]),
      security_opt: z.tuple([z.literal('no-new-privileges:true')]),
    }),
  ),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
  volumes: z.record(z.string(), z.null()),
});

/** Files of deploy/ that say how the secret is made: only its owner reads it. */
it.each(['compose/compose.yaml', 'systemd/understudy@.service', 'kubernetes/tickets.yaml'])(
  '%s lets only its owner read the secret',
  (path) => expect(text(path)).not.toMatch(/chmod [^\n]*(44|o\+r|a\+r)/),
);

describe('The compose file', () => {
  const { services, secrets, volumes } = composeFile.parse(parse(text('compose/compose.yaml'), { merge: true }));

  it('gives every node a command, variables and a folder that the command line knows', () => {
    for (const [name, service] of Object.entries(services)) {
      const command = commandFor(service.command);
      const variables = command.options.map(({ long }) => variableOf(long ?? ''));
      for (const variable of Object.keys(service.environment)) expect(variables, name).toContain(variable);
      const [volume = '', folder = ''] = service.volumes[0]?.split(':') ?? [];
      expect(Object.keys(volumes)).toContain(volume);
      expect(service.environment['UNDERSTUDY_DATA']?.startsWith(`${folder}/`)).toBe(true);
      expect(service.secrets).toEqual(Object.keys(secrets));
      expect(service.environment['UNDERSTUDY_SECRET_FILE']).toBe(`/run/secrets/${Object.keys(secrets)[0]}`);
    }
    expect(new Set(Object.values(services).map((service) => service.volumes[0])).size).toBe(5);
  });

  it('asks each node for its readiness where it listens, and joins nodes that are there', () => {
    for (const [name, { command, healthcheck, ports = [] }] of Object.entries(services)) {
      const flags = commandFor(command).opts<{ port: number; address: string; join?: string; node: string }>();
      expect(flags.address).toBe(`${name}:${flags.port}`);
      expect(flags.node).toBe(name);
      expect(healthcheck.test.join(' ')).toContain(`http://127.0.0.1:${flags.port}/readyz`);
      for (const published of ports) expect(published.split(':').at(-1)).toBe(String(flags.port));
      if (flags.join === undefined) continue;
      for (const joined of flags.join.split(',')) {
        const [contact = '', port] = joined.split(':');
        expect(contact).not.toBe(name);
        expect(commandFor(services[contact]?.command ?? []).opts<{ port: number }>().port).toBe(Number(port));
      }
    }
  });

  it('founds nothing when it starts, and says how one of its nodes founds the cluster', () => {
    expect(Object.values(services).every(({ command }) => command.includes('--join'))).toBe(true);
    const [, name = '', words = ''] = / run --rm (\w+) (init .+)$/m.exec(text('compose/compose.yaml')) ?? [];
    const { port, address, node } = placeIn(services[name]?.command ?? []);
    expect(placeIn(words.split(' '))).toMatchObject({ port, address, node });
  });
});

const named = z.object({ name: z.string() });
const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) });
const labels = z.record(z.string(), z.string());

const statefulSet = z.object({
  kind: z.literal('StatefulSet'),
  metadata: named,
  spec: z.object({
    serviceName: z.string(),
    replicas: z.int().min(1),
    podManagementPolicy: z.literal('Parallel'),
    selector: z.object({ matchLabels: labels }),
    template: z.object({
      metadata: z.object({ labels, annotations: z.record(z.string(), z.string()) }),
      spec: z.object({
        enableServiceLinks: z.literal(false),
        terminationGracePeriodSeconds: z.int().min(20),
        securityContext: z.object({ runAsNonRoot: z.literal(true), runAsUser: z.int().min(1) }),
        containers: z
          .array(
            z.object({
              command: z.array(z.string()),
              ports: z.array(z.object({ name: z.string(), containerPort: z.int() })).length(1),
              env: z.array(z.object({ name: z.string(), value: z.string().optional() })),
              startupProbe: probe,
              livenessProbe: probe,
              readinessProbe: probe,
              volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
            }),
          )
          .length(1),
        volumes: z.array(named),
      }),
    }),
    volumeClaimTemplates: z.array(z.object({ metadata: named })),
  }),
});

const service = z.object({
  kind: z.literal('Service'),
  metadata: named,
  spec: z.object({
    clusterIP: z.string().optional(),
    publishNotReadyAddresses: z.boolean().optional(),
    selector: labels,
    ports: z.array(z.object({ port: z.int(), targetPort: z.string() })).length(1),
  }),
});

const budget = z.object({
  kind: z.literal('PodDisruptionBudget'),
  metadata: named,
  spec: z.object({ maxUnavailable: z.literal(1), selector: z.object({ matchLabels: labels }) }),
});

const configMap = z.object({ kind: z.literal('ConfigMap'), metadata: named, data: z.record(z.string(), z.string()) });

const kubernetes = z.discriminatedUnion('kind', [statefulSet, service, budget, configMap]);

describe('The Kubernetes manifests', () => {
  const documents = parseAllDocuments(text('kubernetes/tickets.yaml')).map((document) => {
    expect(document.errors).toEqual([]);
    return kubernetes.parse(document.toJS());
  });
  const sets = documents.filter((one) => one.kind === 'StatefulSet');
  const services = documents.filter((one) => one.kind === 'Service');
  const [config] = documents.filter((one) => one.kind === 'ConfigMap');

  it('hold servers and front ends, each with a budget and a service of its own by which even an unready pod is found', () => {
    expect(sets.map(({ metadata }) => metadata.name)).toEqual(['tickets-server', 'tickets-frontend']);
    for (const { spec } of sets) {
      const { matchLabels } = spec.selector;
      expect(spec.template.metadata.labels).toEqual(matchLabels);
      const own = services.find(({ metadata }) => metadata.name === spec.serviceName);
      expect(own?.spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true, selector: matchLabels });
      const budgets = documents.filter((one) => one.kind === 'PodDisruptionBudget');
      expect(budgets.filter((one) => sameLabels(one.spec.selector.matchLabels, matchLabels)).length).toBe(1);
    }
  });

  it('probe paths that there are, at the port that the node listens on', () => {
    for (const { spec } of sets) {
      const { metadata, spec: pod } = spec.template;
      const [container] = pod.containers;
      const port = container?.ports[0]?.containerPort;
      expect(container?.env.find(({ name }) => name === 'PORT')?.value).toBe(String(port));
      const own = services.find((one) => one.metadata.name === spec.serviceName);
      expect(own?.spec.ports[0]?.port).toBe(port);
      expect(metadata.annotations['prometheus.io/port']).toBe(String(port));
      const { startupProbe, livenessProbe, readinessProbe } = container ?? {};
      const paths = [startupProbe, livenessProbe, readinessProbe].map((one) => one?.httpGet.path);
      expect(paths).toEqual(['/healthz', '/healthz', '/readyz']);
      for (const path of [...paths, metadata.annotations['prometheus.io/path']]) expect(PATHS).toContain(path);
      for (const one of [startupProbe, livenessProbe, readinessProbe]) {
        expect(one?.httpGet.port).toBe(container?.ports[0]?.name);
      }
    }
  });

  it('mount what they name: a volume for the data, the options, and the secret', async () => {
    const options = z
      .object({ data: z.string(), 'secret-file': z.string() })
      .parse(parse(config?.data['node.yaml'] ?? ''));
    for (const { spec } of sets) {
      const { volumes, containers } = spec.template.spec;
      const there = [...volumes, ...spec.volumeClaimTemplates.map(({ metadata }) => metadata)].map(({ name }) => name);
      const mounts = containers[0]?.volumeMounts ?? [];
      for (const { name } of mounts) expect(there).toContain(name);
      const isMounted = (path: string): boolean => mounts.some(({ mountPath }) => path.startsWith(`${mountPath}/`));
      expect([options.data, options['secret-file'], containers[0]?.command[1] ?? ''].every(isMounted)).toBe(true);
    }
    await expectOptions('server', config?.data['node.yaml'] ?? '');
    await expectOptions('frontend', config?.data['node.yaml'] ?? '');
  });

  it('start nodes by commands that there are, and join nodes that there are', () => {
    const script = config?.data['start.sh'] ?? '';
    const run = /run="exec node \S+ (.+)"/.exec(script)?.[1] ?? '';
    const written = script.matchAll(/^ +(?:exec node \S+|(\$run)) ?(.*)$/gm);
    const lines = [...written].map(([, again, rest]) => `${again === undefined ? '' : run} ${rest}`);
    expect(lines.length).toBe(4);
    for (const { metadata, spec } of sets) {
      const env = new Map(spec.template.spec.containers[0]?.env.map(({ name, value }) => [name, value ?? '']));
      env.set('POD_NAME', `${metadata.name}-1`);
      for (const line of lines) {
        const words = line.replaceAll('"', '').trim().split(/\s+/);
        const expanded = words.map((word) =>
          word.replaceAll(/\$([A-Z_]+)/g, (_, name: string) => env.get(name) ?? '?'),
        );
        const { join: contact } = commandFor(expanded).opts<{ join?: string }>();
        if (contact === undefined) continue;
        const [, set = '', ordinal = '', peers = '', port = ''] = /^(.+)-(\d+)\.(.+):(\d+)$/.exec(contact) ?? [];
        const found = sets.find((one) => one.metadata.name === set);
        expect(found?.spec.serviceName).toBe(peers);
        expect(Number(ordinal)).toBeLessThan(found?.spec.replicas ?? 0);
        expect(found?.spec.template.spec.containers[0]?.ports[0]?.containerPort).toBe(Number(port));
      }
    }
  });
});

describe('The systemd unit', () => {
  const unit = text('systemd/understudy@.service');

  it('runs commands that there are, in each of its roles', () => {
    const [, words = ''] = /^ExecStart=\/usr\/bin\/node \S+ (.+)$/m.exec(unit) ?? [];
    const roles = [...unit.matchAll(/^# {3}ROLE=(\S+) {2,}/gm)].map(([, role = '']) => role);
    expect(roles).toEqual(['server', 'frontend']);
    for (const role of roles) commandFor(words.replace('$ROLE', role).replaceAll('%i', 's1').split(' '));
    const [, init = ''] = /^#.* \S+understudy.mjs (init .+)$/m.exec(unit) ?? [];
    commandFor(init.split(' '));
  });

  it('comes with options that the command takes, in the folder that it may write to', async () => {
    const options = z.object({ data: z.string() }).parse(parse(text('systemd/s1.yaml')));
    const [, state = ''] = /^StateDirectory=(.+)$/m.exec(unit) ?? [];
    expect(options.data.startsWith(`/var/lib/${state}/`)).toBe(true);
    await expectOptions('server', text('systemd/s1.yaml'));
    await expectOptions('server', text('systemd/s1.yaml').replace(/^# join:/m, 'join:'));
  });

  it('does not start again what starting again does not help', () => {
    expect(unit).toMatch(/^RestartPreventExitStatus=2 3$/m);
  });
});

describe('The image', () => {
  const lines = text('Dockerfile').split('\n');
  const final = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));

  it('runs the built command, not as root, and is asked to stop in a way that the node obeys', () => {
    expect(final).toContain('ENTRYPOINT ["node", "/app/bin/understudy.mjs"]');
    expect(final).toContain('STOPSIGNAL SIGTERM');
    const user = final.findIndex((line) => line === 'USER node');
    expect(user).toBeGreaterThan(final.findLastIndex((line) => line.startsWith('RUN ')));
    expect(final.some((line) => /^COPY .*\bsrc\b/.test(line))).toBe(false);
  });

  it('copies what there is, and leaves the rest of the checkout out', () => {
    const copied = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect(copied.length).toBeGreaterThan(5);
    const [everything, ...kept] = text('Dockerfile.dockerignore').trim().split('\n');
    expect(everything).toBe('*');
    for (const path of copied) {
      expect(existsSync(join(root, path)), path).toBe(true);
      expect(kept).toContain(`!${path}`);
    }
  });

  it('copies the options of the compiler with all that they extend', () => {
    const copied = lines.filter((line) => line.startsWith('COPY ')).flatMap((line) => line.split(' '));
    let file: string | undefined = 'tsconfig.build.json';
    const extended: string[] = [];
    while (file !== undefined) {
      expect(copied).toContain(file);
      extended.push(file);
      file = /"extends": "\.\/([^"]+)"/.exec(readFileSync(join(root, file), 'utf8'))?.[1];
    }
    expect(extended.length).toBeGreaterThan(1);
  });

  it('opens the ports that the manifests use', () => {
    expect(final).toContain('EXPOSE 4560 4599');
  });
});

/** The place that these words give a node. */
function placeIn(words: readonly string[]): { readonly port: number; readonly address: string; readonly node: string } {
  return commandFor(words).opts();
}

function sameLabels(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
