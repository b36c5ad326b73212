/** Errors, told by a code; docs/protocol.md of Jobcast says what each means. */

/** What the server says: `extensions.code` of a GraphQL error. */
export type ServerErrorCode =
  | 'BAD_REQUEST'
  | 'CURSOR_INVALID'
  | 'FORBIDDEN'
  | 'INTERNAL_SERVER_ERROR'
  | 'JOB_GONE'
  | 'LIMIT_EXCEEDED'
  | 'NOT_FOUND'
  | 'SERVICE_UNAVAILABLE'
  | 'STORAGE_FULL'
  | 'TIMEOUT'
  | 'TOO_LARGE'
  | 'TOO_MANY_CONNECTIONS'
  | 'TOO_MANY_REQUESTS'
  | 'TOO_MANY_SUBSCRIPTIONS'
  | 'TOO_MANY_UPLOADS'
  | 'UNAUTHENTICATED'
  | 'UNREADABLE';

/**
 * - `DISCONNECTED`: the connection broke, or was not to be had.
 * - `PROTOCOL`: the server closed it, since this client did what it must not.
 */
export type JobcastErrorCode = ServerErrorCode | 'DISCONNECTED' | 'PROTOCOL';

// What the same question may get another answer to, some seconds later.
const PASSING: ReadonlySet<string> = new Set<JobcastErrorCode>([
  'DISCONNECTED',
  'SERVICE_UNAVAILABLE',
  'TIMEOUT',
  'TOO_MANY_CONNECTIONS',
  'TOO_MANY_REQUESTS',
  'TOO_MANY_SUBSCRIPTIONS',
]);

// Close codes of docs/protocol.md that are a fault of the client.
const FAULTS: ReadonlySet<number> = new Set([1002, 1007, 1009, 4400, 4401, 4406, 4409]);

/** What went wrong, with a code to decide by. */
export class JobcastError extends Error {
  override readonly name = 'JobcastError';

  constructor(
    readonly code: JobcastErrorCode,
    message: string,
    /** What it was made of: GraphQL errors, a close event, an exception. */
    override readonly cause?: unknown,
  ) {
    super(message);
  }

  /** Whether to ask again later makes sense; `useJob` does so by itself. */
  get passing(): boolean {
    return PASSING.has(this.code);
  }
}

/** A `JobcastError` of what a transport was told: GraphQL errors, a close event, an exception. */
export function toJobcastError(reason: unknown): JobcastError {
  if (reason instanceof JobcastError) return reason;
  if (Array.isArray(reason) && reason.length > 0) return ofGraphQL(reason);
  if (isObject(reason) && typeof reason['code'] === 'number') return ofClose(reason['code'], reason);
  const message = reason instanceof Error ? reason.message : 'The connection was lost.';
  return new JobcastError('DISCONNECTED', message, reason);
}

function ofGraphQL(errors: readonly unknown[]): JobcastError {
  const [first] = errors;
  const extensions = isObject(first) ? first['extensions'] : undefined;
  const code = isObject(extensions) ? extensions['code'] : undefined;
  return new JobcastError(
    typeof code === 'string' ? (code as ServerErrorCode) : 'INTERNAL_SERVER_ERROR',
    isObject(first) ? String(first['message']) : 'The server refused without a word.',
    errors,
  );
}

function ofClose(code: number, event: Readonly<Record<string, unknown>>): JobcastError {
  const words = `The server closed the connection (${code}): ${event['reason'] || 'no reason given'}`;
  if (code === 4403) return new JobcastError('UNAUTHENTICATED', words, event);
  return new JobcastError(FAULTS.has(code) ? 'PROTOCOL' : 'DISCONNECTED', words, event);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
