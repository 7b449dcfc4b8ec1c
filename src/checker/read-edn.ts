import { collector, eventOf, type LineOptions, type ReadHistory } from './event-of.ts';
import { ednForms, ednValue } from './edn.ts';

/** Reads a history in EDN, as Jepsen and Porcupine write it: maps one after the other, or in a vector or list. */
export function readEdn(text: string, options: LineOptions = {}): ReadHistory {
  const events = collector();
  for (const form of ednForms(text)) {
    const { line } = form;
    if (form.type === 'rejected') return { type: 'rejected', line, reason: `not EDN: ${form.reason}` };
    const reason = events.add(eventOf(form.value, options.key), line);
    if (reason !== undefined) return { type: 'rejected', line, reason };
  }
  return events.history();
}

/** A line of Jepsen's log with an event: process, type, function and value. */
const LOGGED = /\bjepsen\.util\s*[-:]\s*:?([\w.-]+)\s+:(invoke|ok|fail|info)\s+:([\w.-]+)\s+(.*)$/;

/** Whether a line is one of Jepsen's log. */
export function isLogged(line: string): boolean {
  return LOGGED.test(line);
}

/** Reads the events in a log of Jepsen, `INFO  jepsen.util - 0 :invoke :read nil`. Other lines are passed over. */
export function readJepsenLog(text: string, options: LineOptions = {}): ReadHistory {
  const events = collector();
  let line = 0;
  for (const written of text.split('\n')) {
    line += 1;
    const [, process, type, f, said = ''] = LOGGED.exec(written.trimEnd()) ?? [];
    if (process === undefined || type === undefined || f === undefined) continue;
    const value = ednValue(said);
    if (value.type === 'rejected') return { type: 'rejected', line, reason: `not EDN: ${value.reason}` };
    const reason = events.add(eventOf({ process, type, f, value: value.value }, options.key), line);
    if (reason !== undefined) return { type: 'rejected', line, reason };
  }
  return events.history();
}
