/** An error of node:http's parser, with the bytes that it was at. */
interface ParseError extends Error {
  readonly code?: string;
  readonly bytesParsed?: number;
  readonly rawPacket?: Buffer;
}

/** A request line with a method that the parser does not know. */
const REQUEST_LINE = /^[!#$%&'*+.^_`|~\w-]+ \S+ HTTP\/\d/;

/** How to refuse bytes that are no request, or one that is too long or too slow; undefined where the connection is. */
export function refusedBytes(error: ParseError): { readonly status: number; readonly reason: string } | undefined {
  const { code = '' } = error;
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, reason: 'the headers are too long' };
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { status: 413, reason: 'the chunk extensions are too long' };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, reason: 'the request took too long to arrive' };
    case 'HPE_INVALID_VERSION':
      // The parser says the same of a line that ends in a line feed alone.
      return / HTTP\/1\.[01]\s*$/.test(readUntil(error)) ? NO_REQUEST : OTHER_VERSION;
    case 'HPE_PAUSED_H2_UPGRADE':
      return OTHER_VERSION;
    case 'HPE_INVALID_METHOD':
      if (REQUEST_LINE.test(lineAt(error))) return { status: 501, reason: 'no path takes this method' };
      return NO_REQUEST;
    default:
      if (!code.startsWith('HPE_')) return undefined;
      return NO_REQUEST;
  }
}

const NO_REQUEST = { status: 400, reason: 'this is no HTTP request' };
const OTHER_VERSION = { status: 505, reason: 'this server speaks HTTP/1.1' };

function readUntil({ rawPacket, bytesParsed = 0 }: ParseError): string {
  return rawPacket?.toString('latin1', 0, bytesParsed) ?? '';
}

/** The line in which the error is. */
function lineAt({ rawPacket, bytesParsed = 0 }: ParseError): string {
  const text = rawPacket?.toString('latin1') ?? '';
  return text.slice(text.lastIndexOf('\n', Math.max(0, bytesParsed - 1)) + 1, bytesParsed + 1_000);
}
