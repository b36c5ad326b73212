// Bull alone, on jobs that do nothing. Arguments: concurrency, jobs.
import Queue from 'bull';
import { createClient } from 'redis';

const [concurrency, jobs] = process.argv.slice(2).map(Number);
const queue = new Queue('lone', process.env.REDIS_URL);
for (let first = 0; first < jobs; first += 1000) {
  const many = Math.min(1000, jobs - first);
  await queue.addBulk(Array.from({ length: many }, (_, k) => ({ data: { file: `j${first + k}` } })));
}

const warm = Math.floor(jobs / 10);
let done = 0;
let startedAt;
let cpuBefore;
queue.on('completed', async () => {
  done += 1;
  if (done === warm) {
    startedAt = performance.now();
    cpuBefore = process.cpuUsage();
  }
  if (done === jobs) {
    const seconds = (performance.now() - startedAt) / 1000;
    const { user, system } = process.cpuUsage(cpuBefore);
    const redis = createClient({ url: process.env.REDIS_URL });
    await redis.connect();
    await redis.set('bench:lone', JSON.stringify({ jobs: jobs - warm, seconds, cpu: (user + system) / 1e6 }));
    process.exit(0);
  }
});
queue.process(concurrency, async () => 1);
