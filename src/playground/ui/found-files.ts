import type { FoundFile } from './open-files.ts';
import { sayNotLoaded } from './lazy.tsx';

/** More files than any record or capsule has: the reader has dropped another folder. */
const FILES_AT_MOST = 2_000;

/** Opens what was chosen or dropped. */
export function openFound(found: readonly FoundFile[]): void {
  import('./open-files.ts').then((opener) => opener.openFound(found)).catch(sayNotLoaded);
}

/** Opens what was pasted. */
export function openPasted(text: string): void {
  import('./open-files.ts').then((opener) => opener.openText('What was pasted', text)).catch(sayNotLoaded);
}

/** The files of a choice: with their folders where one was chosen. */
export function chosenFiles(files: FileList | null): readonly FoundFile[] {
  return [...(files ?? [])]
    .slice(0, FILES_AT_MOST)
    .map((file) => ({ path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath, file }));
}

/** The files that were dropped, and those in the folders that were. */
export async function droppedFiles(transfer: DataTransfer | null): Promise<readonly FoundFile[]> {
  const entries = [...(transfer?.items ?? [])].flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (entries.length === 0) return chosenFiles(transfer?.files ?? null);
  const found: FoundFile[] = [];
  for (const entry of entries) await search(entry, found);
  return found;
}

async function search(entry: FileSystemEntry, found: FoundFile[]): Promise<void> {
  if (found.length >= FILES_AT_MOST) return;
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    found.push({ path: entry.fullPath.replace(/^\//, ''), file });
  } else if (isFolder(entry)) {
    const reader = entry.createReader();
    // A reader hands out a hundred at a time.
    for (let more = await next(reader); more.length > 0; more = await next(reader)) {
      for (const inner of more) await search(inner, found);
    }
  }
}

function next(reader: FileSystemDirectoryReader): Promise<readonly FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
