/** What is wrong with the input of an operation, in the words of every other error. */

import type * as z from 'zod';
import { AgentFSError } from '../index.ts';

const MOST_ISSUES = 10;

/** The error for input that does not fit; its details name each field that is wrong. */
export function invalidInput(error: z.ZodError, input: unknown): AgentFSError {
  const problems = error.issues
    .slice(0, MOST_ISSUES)
    .map((issue) => ({ field: fieldOf(issue), problem: problemOf(issue, input) }));
  const [first = { field: '', problem: 'is not what it should be' }] = problems;
  const subject = first.field === '' ? 'The input' : first.field;
  return new AgentFSError('INVALID_ARGUMENT', `${subject} ${first.problem}.`, {
    hint: 'See docs/OPERATIONS.md for the fields of each operation.',
    details: { problems },
  });
}

function fieldOf(issue: z.core.$ZodIssue): string {
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  return [...issue.path, ...unknown].map(String).join('.');
}

function problemOf(issue: z.core.$ZodIssue, input: unknown): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return 'is not a field of this operation';
    case 'invalid_type':
      return isMissing(issue.path, input) ? 'is missing' : `must be of type ${issue.expected}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map((each) => JSON.stringify(each)).join(', ')}`;
    case 'too_small':
      return `must be at least ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    default:
      return `is wrong: ${issue.message}`;
  }
}

function isMissing(path: readonly PropertyKey[], input: unknown): boolean {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return true;
    value = Reflect.get(value, key);
  }
  return value === undefined && path.length > 0;
}
