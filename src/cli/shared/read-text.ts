import { createReadStream } from 'node:fs';
import { UsageError } from './errors.ts';
import { errorCode } from '../../protocol/model/error-code.ts';

/**
 * The text of a file, or of the standard input for `-`, of at most `sizeAtMost` bytes. Throws a `UsageError` that says
 * why it cannot be read.
 */
export async function readText(file: string, sizeAtMost = Number.POSITIVE_INFINITY): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    const input: AsyncIterable<Buffer> = file === '-' ? process.stdin : createReadStream(file);
    for await (const chunk of input) {
      size += chunk.length;
      if (size > sizeAtMost) throw new UsageError(`${file} has more than ${sizeAtMost} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${file} cannot be read: ${reasonOf(error)}`);
  }
  return Buffer.concat(chunks).toString();
}

function reasonOf(error: unknown): string {
  const code = errorCode(error);
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a folder';
  return error instanceof Error ? error.message : String(error);
}
