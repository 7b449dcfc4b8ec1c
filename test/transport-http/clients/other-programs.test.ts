import type { ChildProcess } from 'node:child_process';
import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../../src/cli/up/ports.ts';
import { createHttpServer, type HttpServer } from '../../../src/transport-http/clients/http-server.ts';
import { end, hasProgram, run, startListening } from '../../support/transport-http/programs.ts';
import { anyCaller } from '../../support/security/any-caller.ts';

// Other people's clients, proxies and caches, where this machine has them.

let server: HttpServer;
let port: number;
let folder: string;
let started: ChildProcess | undefined;
/** How many requests have been carried out. */
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-programs-'));
  // Started by root, some of them work as another user.
  await chmod(folder, 0o755);
  server = createHttpServer({
    onRequests: (requests) => {
      for (const { id, method, path, body } of requests) {
        // Not those of a proxy that looks whether the server is there.
        if (path !== '/check') count += 1;
        server.respond(id, { status: 200, headers: {}, body: `${count} ${method} ${path} ${body}\n` });
      }
    },
    onGone: () => {},
    operatorPaths: [],
    authorise: anyCaller,
    browsers: { hosts: ['shop.example'], origins: [] },
    onPeer: (socket) => socket.close(),
  });
  port = await server.listen(0, '127.0.0.1');
});

afterEach(async () => {
  if (started !== undefined) await end(started);
  started = undefined;
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

function hasHttp2(): boolean {
  return hasProgram('curl') && /\bHTTP2\b/.test(execFileSync('curl', ['--version']).toString());
}

describe('A client', () => {
  it.skipIf(!hasHttp2())('curl --http2 gets its answer', async () => {
    const out = await run('curl', ['-s', '--http2', '-w', '%{http_code}', `http://127.0.0.1:${port}/a`]);
    expect(out).toMatch(/^\d+ GET \/a \n200$/);
  });

  it.skipIf(!hasProgram('curl'))('curl -x asks with an absolute target and gets its answer', async () => {
    const out = await run('curl', ['-s', '-x', `http://127.0.0.1:${port}`, 'http://shop.example/a', '-d', 'x']);
    expect(out).toMatch(/^\d+ POST \/a x\n$/);
  });

  it.skipIf(!hasProgram('nc'))('nc that ends its side gets its answer', async () => {
    const out = await run('nc', ['-N', '127.0.0.1', String(port)], 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(out).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  it.skipIf(!hasProgram('javac'))('the one of Java gets its answers with its default settings', async () => {
    const file = join(folder, 'Ask.java');
    await writeFile(
      file,
      `import java.net.URI; import java.net.http.*; import java.net.http.HttpResponse.BodyHandlers;
       public class Ask { public static void main(String[] args) throws Exception {
         var client = HttpClient.newHttpClient();
         for (int i = 0; i < 3; i++) {
           var post = HttpRequest.newBuilder(URI.create(args[0])).POST(HttpRequest.BodyPublishers.ofString("java" + i));
           System.out.print(client.send(post.build(), BodyHandlers.ofString()).body());
         } } }`,
    );
    const out = await run('java', [file, `http://127.0.0.1:${port}/a`]);
    expect(out).toMatch(/^\d+ POST \/a java0\n\d+ POST \/a java1\n\d+ POST \/a java2\n$/);
  });
});

/** 200 writes by 20 clients through `proxy`, each carried out once and answered with its own body. */
async function writeThrough(proxy: number, host: string): Promise<void> {
  const before = count;
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, client) => {
      const bodies: string[] = [];
      for (let write = 0; write < 10; write += 1) {
        const body = `${client}-${write}`;
        const out = await fetch(`http://127.0.0.1:${proxy}/w`, { method: 'POST', body, headers: { 'x-host': host } });
        bodies.push(`${out.status} ${(await out.text()).replace(/^\d+ /, '')}`);
      }
      return bodies;
    }),
  );
  const expected = answers.map((_, client) =>
    Array.from({ length: 10 }, (__, write) => `200 POST /w ${client}-${write}\n`),
  );
  expect(answers).toEqual(expected);
  expect(count - before).toBe(200);
}

describe('Behind a proxy', () => {
  it.skipIf(!hasProgram('nginx'))(
    'nginx, writes are carried out once each, over connections that are kept',
    async () => {
      const [at = 0] = await freePorts(1);
      const file = join(folder, 'nginx.conf');
      const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (of) => `${of}_temp_path ${folder}/${of};`,
      );
      await writeFile(
        file,
        `worker_processes 1; daemon off; error_log ${folder}/error.log; pid ${folder}/nginx.pid; events {}
       http { access_log off; ${paths.join(' ')}
         upstream u { server 127.0.0.1:${port}; keepalive 32; }
         server { listen 127.0.0.1:${at}; location / { proxy_pass http://u; proxy_http_version 1.1;
           proxy_set_header Connection ""; proxy_set_header Host shop.example; } } }`,
      );
      started = await startListening('nginx', ['-p', folder, '-c', file, '-e', join(folder, 'error.log')], at);
      await writeThrough(at, 'shop.example');
    },
  );

  it.skipIf(!hasProgram('haproxy'))('HAProxy, writes are carried out once each', async () => {
    const [at = 0] = await freePorts(1);
    const file = join(folder, 'haproxy.cfg');
    await writeFile(
      file,
      `defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend f
  bind 127.0.0.1:${at}
  http-request set-header Host shop.example
  default_backend b
backend b
  option httpchk GET /check
  http-reuse always
  server s 127.0.0.1:${port} check
`,
    );
    started = await startListening('haproxy', ['-db', '-f', file], at);
    await writeThrough(at, 'shop.example');
  });

  it.skipIf(!hasProgram('varnishd'))('Varnish, nothing is kept, whatever was asked before', async () => {
    const [at = 0] = await freePorts(1);
    const file = join(folder, 'v.vcl');
    await writeFile(file, `vcl 4.1;\nbackend default { .host = "127.0.0.1"; .port = "${port}"; }\n`);
    const flags = ['-F', '-a', `127.0.0.1:${at}`, '-T', 'none', '-f', file, '-n', join(folder, 'v'), '-s', 'malloc,8m'];
    started = await startListening('varnishd', flags, at);
    const ask = async (): Promise<string> => (await fetch(`http://127.0.0.1:${at}/trade`)).text();
    expect(await ask()).not.toBe(await ask());
  });
});
