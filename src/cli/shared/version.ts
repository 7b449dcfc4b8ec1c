import { readFileSync } from 'node:fs';

/** The version of this package, as its package.json has it. */
export function versionOfPackage(): string {
  const json: unknown = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  return typeof json === 'object' && json !== null && 'version' in json ? String(json.version) : 'unknown';
}
