import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, sep } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** Everything comes from this server, and nothing else may be asked. */
const POLICY =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export interface ServedSite {
  readonly address: string;
  readonly close: () => Promise<void>;
}

/** Serves the files of a folder on 127.0.0.1, and nothing outside of it. A port in use is an error. */
export async function serveSite(folder: string, port: number): Promise<ServedSite> {
  const files = new Map<string, Buffer>();
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of names) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(`/${path.slice(folder.length).split(sep).filter(Boolean).join('/')}`, await readFile(path));
  }
  const server = createServer((request, response) => {
    const asked = (request.url ?? '/').split('?')[0] ?? '/';
    const path = asked === '/' ? '/index.html' : asked;
    const file = files.get(path);
    if (file === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) {
      const type = { 'content-type': 'text/plain' };
      response.writeHead(file === undefined ? 404 : 405, file === undefined ? type : { ...type, allow: 'GET, HEAD' });
      response.end(file === undefined ? 'not found\n' : 'only GET\n');
      return;
    }
    response.writeHead(200, {
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
      'content-length': file.length,
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    });
    response.end(request.method === 'HEAD' ? undefined : file);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    address: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
