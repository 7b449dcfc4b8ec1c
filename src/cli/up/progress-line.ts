/** Output of a changing line. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const CLEAR_LINE = '\r\u001b[2K';

/** One line that is overwritten, and erased at the end. Empty without a terminal, or when `quiet`. */
export interface ProgressLine {
  show(text: string): void;
  clear(): void;
}

export function progressLine(terminal: Terminal, quiet = false): ProgressLine {
  if (terminal.isTTY !== true || quiet) return { show: () => undefined, clear: () => undefined };
  let shown = '';
  return {
    show(text) {
      // A wrapped line could not be erased.
      const line = text.slice(0, Math.max(0, (terminal.columns ?? 80) - 1));
      if (line === shown) return;
      shown = line;
      terminal.write(`${CLEAR_LINE}${line}`);
    },
    clear() {
      if (shown !== '') terminal.write(CLEAR_LINE);
      shown = '';
    },
  };
}
