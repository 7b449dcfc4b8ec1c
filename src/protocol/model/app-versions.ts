import type { App } from './app.ts';
import type { Topology } from './topology.ts';

// The versions of a group's code that one build has: the newest, and those before it by `previous` (PROTOCOL §11).

/** What a build has of a group: the code of versions `oldest` to `newest`. */
export interface CodeRange {
  readonly oldest: number;
  readonly newest: number;
}

export function versionOf({ version = 1 }: App): number {
  return version;
}

/** The code of `version`; undefined where the build that `app` is the newest of has none. */
export function codeOf(app: App, version: number): App | undefined {
  let code: App | undefined = app;
  while (code !== undefined && versionOf(code) > version) code = code.previous;
  return code !== undefined && versionOf(code) === version ? code : undefined;
}

export function codeRange(app: App): CodeRange {
  let oldest = app;
  while (oldest.previous !== undefined) oldest = oldest.previous;
  return { oldest: versionOf(oldest), newest: versionOf(app) };
}

/** The versions in which the groups of a new cluster begin: those of the code that founds it. */
export function firstVersions(apps: readonly App[]): Pick<Topology, 'versions'> {
  const raised = apps.filter((app) => versionOf(app) > 1);
  return raised.length === 0 ? {} : { versions: Object.fromEntries(raised.map((app) => [app.name, versionOf(app)])) };
}
