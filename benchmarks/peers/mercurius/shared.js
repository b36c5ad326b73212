// What the server and the worker both need.
import Redis from 'ioredis';
import mqRedis from 'mqemitter-redis';

export const connection = () => new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });
export const createEmitter = () => mqRedis({ connectionString: process.env.REDIS_URL });
export const topic = (id) => `job/${id}`;
