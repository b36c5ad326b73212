// A BullMQ worker that publishes each step of a job.
import { Worker } from 'bullmq';
import { setTimeout as sleep } from 'node:timers/promises';
import { connection, createJobPubSub } from './shared.js';

const pubSub = createJobPubSub();
const redis = connection();
const publish = (job, status, more) => pubSub.publish('job', job.id, { id: job.id, status, ...more });
const stamps = new Map(); // for the benchmark alone: when each step was published

const worker = new Worker('jobs', async (job) => {
  const { file, steps = 0, pauseMs = 0 } = job.data;
  for (let step = 1; step <= steps; step++) {
    await job.updateProgress(step);
    if (pauseMs) await sleep(pauseMs);
  }
  return `done ${file}`;
}, { connection: connection(), concurrency: Number(process.env.CONCURRENCY) });

worker.on('active', (job) => publish(job, 'active', { progress: 0 }));
worker.on('progress', (job, progress) => {
  if (!stamps.has(job.id)) stamps.set(job.id, []);
  stamps.get(job.id).push(Number(process.hrtime.bigint()));
  publish(job, 'active', { progress });
});
worker.on('completed', (job, result) => {
  if (stamps.has(job.id)) {
    redis.set(`bench:stamps:${job.data.file}`, JSON.stringify(stamps.get(job.id)));
    stamps.delete(job.id);
  }
  publish(job, 'completed', { progress: job.progress || 0, result });
});
worker.on('failed', (job, error) => publish(job, 'failed', { result: error.message }));
