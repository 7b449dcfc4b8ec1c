import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { SERVICES } from '../../src/apps/index.ts';
import { registerNodes } from '../../src/cli/node/commands.ts';
import { variableOf } from '../../src/operate/config.ts';
import { PATHS } from '../../src/operate/operating.ts';
import { PROBED } from '../../src/transport-http/probe-listener.ts';

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
  for (const service of operands) expect(isServiceThere(service), service).toBe(true);
  // Either founds or joins, and says where the others reach it.
  const { join: contact, found, port, address } = command.opts<Record<string, string | boolean | undefined>>();
  expect(found === true && contact !== undefined, words.join(' ')).toBe(false);
  if (typeof address === 'string') expect(address.endsWith(`:${port}`), words.join(' ')).toBe(true);
  return command;
}

/** Whether a service comes along, or its file is in the image that service.Dockerfile makes of examples/seats. */
function isServiceThere(service: string): boolean {
  const [, file] = /^\/(?:app|opt\/understudy)\/service\/(.+)$/.exec(service) ?? [];
  return file === undefined ? Object.hasOwn(SERVICES, service) : existsSync(join(root, 'examples/seats', file));
}

/** The variables of a file such as seats.env. */
function variablesIn(file: string): Readonly<Record<string, string>> {
  const lines = file.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** What compose makes of `${NAME:-default}`. */
function interpolated(file: string, variables: Readonly<Record<string, string>>): string {
  return file.replaceAll(/\$\{(\w+):-([^}]*)\}/g, (_, name: string, fallback: string) => variables[name] ?? fallback);
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
      image: z.string(),
      // TypeScript is loaded by way of it.
      tmpfs: z.tuple([z.literal('/tmp')]),
      pids_limit: z.int().min(32),
      mem_limit: z.string(),
    }),
  ),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
  volumes: z.record(z.string(), z.null()),
});

/** Files of deploy/ that say how the secret is made: only its owner reads it. */
it.each(['compose/compose.yaml', 'systemd/understudy@.service', 'kubernetes/cluster.yaml'])(
  '%s lets only its owner read the secret',
  (path) => expect(text(path)).not.toMatch(/chmod [^\n]*(44|o\+r|a\+r)/),
);

describe.each([
  ['of tickets', {}, 'tickets', 'understudy'],
  ['with seats.env', variablesIn(text('compose/seats.env')), '/app/service/seats.ts', 'seats'],
])('The compose file %s', (_, given, ofService, image) => {
  const file: unknown = parse(interpolated(text('compose/compose.yaml'), given), { merge: true });
  const { services, secrets, volumes } = composeFile.parse(file);

  it('runs one service in all nodes, from one image, and leaves no variable unused', () => {
    for (const { command, image: used } of Object.values(services))
      expect([command[1], used]).toEqual([ofService, image]);
    for (const name of Object.keys(given)) expect(text('compose/compose.yaml')).toContain(`\${${name}:-`);
  });

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
    expect(placeIn(words.replace('tickets', ofService).split(' '))).toMatchObject({ port, address, node });
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
        automountServiceAccountToken: z.literal(false),
        securityContext: z.object({
          runAsNonRoot: z.literal(true),
          runAsUser: z.int().min(1),
          seccompProfile: z.object({ type: z.literal('RuntimeDefault') }),
        }),
        containers: z
          .array(
            z.object({
              image: z.string(),
              command: z.array(z.string()),
              securityContext: z.object({
                allowPrivilegeEscalation: z.literal(false),
                readOnlyRootFilesystem: z.literal(true),
                capabilities: z.object({ drop: z.tuple([z.literal('ALL')]) }),
                privileged: z.never().optional(),
              }),
              resources: z.object({
                requests: z.object({ cpu: z.string(), memory: z.string() }),
                limits: z.object({ memory: z.string(), 'ephemeral-storage': z.string() }),
              }),
              ports: z.array(z.object({ name: z.string(), containerPort: z.int() })).length(2),
              env: z.array(z.object({ name: z.string(), value: z.string().optional() })),
              startupProbe: probe,
              livenessProbe: probe,
              readinessProbe: probe,
              volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
            }),
          )
          .length(1),
        hostNetwork: z.never().optional(),
        hostPID: z.never().optional(),
        volumes: z.array(named.extend({ hostPath: z.never().optional() })),
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
  const documents = parseAllDocuments(text('kubernetes/cluster.yaml')).map((document) => {
    expect(document.errors).toEqual([]);
    return kubernetes.parse(document.toJS());
  });
  const sets = documents.filter((one) => one.kind === 'StatefulSet');
  const services = documents.filter((one) => one.kind === 'Service');
  const [config] = documents.filter((one) => one.kind === 'ConfigMap');

  it('hold servers and front ends, each with a budget and a service of its own by which even an unready pod is found', () => {
    expect(sets.map(({ metadata }) => metadata.name)).toEqual(['server', 'frontend']);
    for (const { spec } of sets) {
      const { matchLabels } = spec.selector;
      expect(spec.template.metadata.labels).toEqual(matchLabels);
      const own = services.find(({ metadata }) => metadata.name === spec.serviceName);
      expect(own?.spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true, selector: matchLabels });
      const budgets = documents.filter((one) => one.kind === 'PodDisruptionBudget');
      expect(budgets.filter((one) => sameLabels(one.spec.selector.matchLabels, matchLabels)).length).toBe(1);
    }
  });

  it('probe paths that there are, at the port for probes that the node listens on', () => {
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
      const probed = container?.ports[1];
      expect(container?.env.find(({ name }) => name === 'UNDERSTUDY_PROBE_PORT')?.value).toBe(
        String(probed?.containerPort),
      );
      for (const one of [startupProbe, livenessProbe, readinessProbe]) expect(one?.httpGet.port).toBe(probed?.name);
      expect(PROBED).toEqual(expect.arrayContaining(paths));
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
      // Beside a read-only root, what loads TypeScript needs a place.
      expect(mounts.map(({ mountPath }) => mountPath)).toContain('/tmp');
    }
    await expectOptions('server', config?.data['node.yaml'] ?? '');
    await expectOptions('frontend', config?.data['node.yaml'] ?? '');
  });

  it('start nodes by commands that there are, and join nodes that there are', () => {
    const script = config?.data['start.sh'] ?? '';
    const run = /run="exec node \S+ (.+)"/.exec(script)?.[1] ?? '';
    const at = /at="(.+)"/.exec(script)?.[1] ?? '';
    const lines = [...script.matchAll(/^ +\$run ?(.*)$/gm)].map(([, rest = '']) => `${run} ${rest.replace('$at', at)}`);
    expect(lines.length).toBe(4);
    for (const { metadata, spec } of sets) {
      const env = new Map(spec.template.spec.containers[0]?.env.map(({ name, value }) => [name, value ?? '']));
      env.set('POD_NAME', `${metadata.name}-1`).set('SERVICE', config?.data['service'] ?? '');
      for (const line of lines) {
        // Only a server founds.
        if (line.includes('--found') && metadata.name !== 'server') continue;
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

describe('The overlay of the seat map', () => {
  const overlay = z
    .object({
      namespace: z.string(),
      resources: z.tuple([z.string()]),
      images: z.array(z.object({ name: z.string(), newName: z.string(), newTag: z.string() })).length(1),
      patches: z.array(z.object({ patch: z.string() })).length(1),
    })
    .parse(parse(readFileSync(join(root, 'examples/seats/kubernetes/kustomization.yaml'), 'utf8')));

  it('changes what is there: the image of all pods, and the service that the manifests name', () => {
    const base = join(root, 'examples/seats/kubernetes', overlay.resources[0]);
    const { resources } = z
      .object({ resources: z.array(z.string()) })
      .parse(parse(readFileSync(join(base, 'kustomization.yaml'), 'utf8')));
    const documents = resources.flatMap((file) =>
      parseAllDocuments(readFileSync(join(base, file), 'utf8')).map((document) => kubernetes.parse(document.toJS())),
    );
    const sets = documents.filter((one) => one.kind === 'StatefulSet');
    const used = sets.flatMap(({ spec }) => spec.template.spec.containers.map(({ image }) => image));
    expect(new Set(used)).toEqual(new Set([overlay.images[0]?.name]));
    const patch = configMap.parse(parse(overlay.patches[0]?.patch ?? ''));
    const patched = documents.find((one) => one.kind === 'ConfigMap' && one.metadata.name === patch.metadata.name);
    expect(patched?.kind === 'ConfigMap' ? Object.keys(patched.data) : []).toEqual(
      expect.arrayContaining(Object.keys(patch.data)),
    );
    expect(isServiceThere(patch.data['service'] ?? '')).toBe(true);
  });
});

describe('The systemd unit', () => {
  const unit = text('systemd/understudy@.service');

  it('runs commands that there are, in each of its roles', () => {
    const [, words = ''] = /^ExecStart=\/usr\/bin\/node \S+ (.+)$/m.exec(unit) ?? [];
    const roles = [...unit.matchAll(/^# {3}ROLE=(\S+) {2,}/gm)].map(([, role = '']) => role);
    expect(roles).toEqual(['server', 'frontend']);
    const [, file = ''] = /^# {3}SERVICE=(.+)$/m.exec(unit) ?? [];
    for (const role of roles) {
      for (const own of [` ${file}`, '']) {
        const filled = words.replace('$ROLE', role).replace(' $SERVICE', own);
        commandFor(filled.replaceAll('%i', 's1').split(' '));
      }
    }
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

  it.each([
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    'ProtectHome=yes',
    'PrivateTmp=yes',
    'PrivateDevices=yes',
    'PrivateUsers=yes',
    'PrivateIPC=yes',
    'ProtectKernelTunables=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelLogs=yes',
    'ProtectControlGroups=yes',
    'ProtectClock=yes',
    'ProtectHostname=yes',
    'ProtectProc=invisible',
    'LockPersonality=yes',
    'RestrictNamespaces=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX',
    'SystemCallArchitectures=native',
    'SystemCallFilter=@system-service',
    'SystemCallFilter=~@privileged @resources',
    'CapabilityBoundingSet=',
    'AmbientCapabilities=',
    'UMask=0077',
    'StateDirectoryMode=0700',
    'LimitCORE=0',
  ])('confines the process: %s', (directive) => expect(unit.split('\n')).toContain(directive));

  it('runs as a user of its own, within bounds of memory and of threads', () => {
    expect(unit).toMatch(/^User=(?!root$)\w+$/m);
    const [, heap = ''] = /--max-old-space-size=(\d+)$/m.exec(unit) ?? [];
    const [, most = ''] = /^MemoryMax=(\d+)G$/m.exec(unit) ?? [];
    // What is not heap (sockets, a snapshot on its way) has as much again.
    expect(Number(most) * 1024).toBeGreaterThanOrEqual(2 * Number(heap));
    expect(unit).toMatch(/^TasksMax=\d+$/m);
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

  it('is what the image of a service is made of, which adds a folder and changes nothing else', () => {
    const added = text('service.Dockerfile')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(added).toEqual(['ARG UNDERSTUDY=understudy', 'FROM ${UNDERSTUDY}', 'COPY . /app/service/']);
    expect(final).toContain('WORKDIR /app');
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
