/** What a live process recorded of one life: its files in order. */
export interface LifeFiles<File> {
  /** `s1/life-1`, where the folders are known. */
  readonly name: string;
  readonly files: readonly File[];
}

const FILE = /^\d{5}\.jsonl(\.gz)?$/;

/** Whether a file is one of a record, as `--record` names them: `00001.jsonl`, `00001.jsonl.gz`. */
export function isOfRecord(path: string): boolean {
  return FILE.test(nameOf(path));
}

/** The lives that these files are of, by their folders; other files are left out. */
export function livesIn<File extends { readonly path: string }>(files: readonly File[]): readonly LifeFiles<File>[] {
  const lives = new Map<string, File[]>();
  for (const file of files) {
    if (!isOfRecord(file.path)) continue;
    const name = file.path.split('/').slice(0, -1).join('/');
    lives.set(name, [...(lives.get(name) ?? []), file]);
  }
  return [...lives].map(([name, found]) => ({ name: name.split('/').slice(-2).join('/'), files: wholeFiles(found) }));
}

/** In order. A process killed during a compression leaves both forms of a file; the plain one is whole. */
function wholeFiles<File extends { readonly path: string }>(files: readonly File[]): readonly File[] {
  const names = new Set(files.map(({ path }) => nameOf(path)));
  return files
    .filter(({ path }) => !(path.endsWith('.gz') && names.has(nameOf(path).slice(0, -'.gz'.length))))
    .sort((a, b) => (nameOf(a.path) < nameOf(b.path) ? -1 : 1));
}

function nameOf(path: string): string {
  return path.split('/').at(-1) ?? path;
}
