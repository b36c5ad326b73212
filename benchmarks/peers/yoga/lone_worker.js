// BullMQ alone, on jobs that do nothing. Arguments: concurrency, jobs.
import { Queue, Worker } from 'bullmq';
import { connection } from './shared.js';

const [concurrency, jobs] = process.argv.slice(2).map(Number);
const queue = new Queue('lone', { connection: connection() });
for (let first = 0; first < jobs; first += 1000) {
  const many = Math.min(1000, jobs - first);
  await queue.addBulk(Array.from({ length: many }, (_, k) => ({ name: 'process', data: { file: `j${first + k}` } })));
}

const warm = Math.floor(jobs / 10);
let done = 0;
let startedAt;
let cpuBefore;
const worker = new Worker('lone', async () => 1, { connection: connection(), concurrency });
worker.on('completed', async () => {
  done += 1;
  if (done === warm) {
    startedAt = performance.now();
    cpuBefore = process.cpuUsage();
  }
  if (done === jobs) {
    const seconds = (performance.now() - startedAt) / 1000;
    const { user, system } = process.cpuUsage(cpuBefore);
    await connection().set('bench:lone', JSON.stringify({ jobs: jobs - warm, seconds, cpu: (user + system) / 1e6 }));
    process.exit(0);
  }
});
