// A Bull worker that publishes each step of a job.
import Queue from 'bull';
import { createClient } from 'redis';
import { setTimeout as sleep } from 'node:timers/promises';

const REDIS_URL = process.env.REDIS_URL;
const queue = new Queue('jobs', REDIS_URL);
const redis = createClient({ url: REDIS_URL }).on('error', console.error);
await redis.connect();
const publish = (event) => redis.publish('jobStatus', JSON.stringify(event));

queue.process(Number(process.env.CONCURRENCY), async (job) => {
  const { file, userId, steps = 0, pauseMs = 0 } = job.data;
  const stamps = []; // for the benchmark alone: when each step was published
  for (let step = 1; step <= steps; step++) {
    await job.progress(step);
    stamps.push(Number(process.hrtime.bigint()));
    await publish({ userId, status: 'progress', progress: step, file });
    if (pauseMs) await sleep(pauseMs);
  }
  if (steps) await redis.set(`bench:stamps:${file}`, JSON.stringify(stamps));
  await publish({ userId, status: 'done', file });
  return { ok: true };
});
