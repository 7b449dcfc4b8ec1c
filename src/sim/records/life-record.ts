import { decodeHeader, decodeStep, type RecordedStep, type RecordHeader } from '../../host/record.ts';
import type { Decoded } from '../../protocol/model/app.ts';

/** What `--record` wrote of one life of a process. */
export interface LifeRecord {
  readonly header: RecordHeader;
  /** In order. */
  readonly steps: readonly RecordedStep[];
}

/** The record in its text, or why it is none. An incomplete last line is left out: a killed process may have written half of it. */
export function readLife(text: string): Decoded<LifeRecord> {
  const [first = '', ...lines] = text.split('\n').slice(0, -1);
  const header = decodeHeader(first);
  if (header.type === 'rejected') return { type: 'rejected', reason: `line 1: ${header.reason}` };
  const steps: RecordedStep[] = [];
  for (const [place, line] of lines.entries()) {
    const step = decodeStep(line);
    if (step.type === 'rejected') return { type: 'rejected', reason: `line ${place + 2}: ${step.reason}` };
    steps.push(step.value);
  }
  return { type: 'decoded', value: { header: header.value, steps } };
}
