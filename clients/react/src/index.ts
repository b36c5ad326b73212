/** React hooks for Jobcast. */
export { JobcastError, type JobcastErrorCode, type ServerErrorCode } from './errors.js';
export {
  WATCH_JOB,
  type JobEvent,
  type JobStatus,
  type WatchDocument,
  type WatchedEvent,
} from './events.js';
export type { Connection } from './follow.js';
export { JobcastProvider, useTransport } from './provider.js';
export type { Sink, Transport } from './transport.js';
export {
  useEnqueue,
  type Accepted,
  type EnqueueState,
  type Outcome,
  type Refused,
} from './useEnqueue.js';
export { useJob, type JobState, type UseJobOptions } from './useJob.js';
