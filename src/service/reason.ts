import type * as z from 'zod';

/** The first fault of a value, for people: `seats: expected number, received string`. */
export function firstReason(error: z.ZodError, what: string): string {
  const issue = error.issues[0];
  if (issue === undefined) return `${what}: malformed`;
  const place = issue.path.length === 0 ? what : issue.path.map(String).join('.');
  const message = issue.message.replace(/^Invalid input: /, '').replace(', received undefined', ', and there is none');
  return `${place}: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}
