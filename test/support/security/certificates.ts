import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Certificates of one cluster, made by `openssl` for this run alone: files in PEM. */
export interface Certificates {
  readonly ca: string;
  /** Of nodes s1, s2, s3, f1 and f2 at 127.0.0.1, signed by `ca`. */
  readonly cert: string;
  readonly key: string;
  /** Of node s3 alone, signed by `ca`; it also has a URI that reads like a DNS name of s2. */
  readonly otherNodeCert: string;
  readonly otherNodeKey: string;
  /** Of no node of the cluster: signed by itself. */
  readonly strangerCert: string;
  readonly strangerKey: string;
  remove(): void;
}

export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-tls-'));
  const file = (name: string): string => join(folder, name);
  const request = ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  openssl(...request, '-x509', '-subj', '/CN=understudy tests', '-keyout', file('ca.key'), '-out', file('ca.pem'));
  openssl(...request, '-subj', '/CN=node', '-keyout', file('node.key'), '-out', file('node.csr'));
  writeFileSync(
    file('node.ext'),
    'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:s1,DNS:s2,DNS:s3,DNS:f1,DNS:f2\nextendedKeyUsage=serverAuth,clientAuth\n',
  );
  const sign = ['x509', '-req', '-days', '2', '-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial'];
  openssl(...sign, '-in', file('node.csr'), '-extfile', file('node.ext'), '-out', file('node.pem'));
  openssl(...request, '-subj', '/CN=s3', '-keyout', file('s3.key'), '-out', file('s3.csr'));
  writeFileSync(
    file('s3.ext'),
    'subjectAltName=@names\nextendedKeyUsage=serverAuth,clientAuth\n[names]\nIP.1=127.0.0.1\nDNS.1=s3.example\nURI.1=http://x/, DNS:s2.example\n',
  );
  openssl(...sign, '-in', file('s3.csr'), '-extfile', file('s3.ext'), '-out', file('s3.pem'));
  openssl(...request, '-x509', '-subj', '/CN=stranger', '-keyout', file('other.key'), '-out', file('other.pem'));
  return {
    ca: file('ca.pem'),
    cert: file('node.pem'),
    key: file('node.key'),
    otherNodeCert: file('s3.pem'),
    otherNodeKey: file('s3.key'),
    strangerCert: file('other.pem'),
    strangerKey: file('other.key'),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

function openssl(...words: string[]): void {
  execFileSync('openssl', words, { stdio: 'pipe' });
}
