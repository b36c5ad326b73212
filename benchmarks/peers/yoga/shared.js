// What the server and the worker both need.
import { createPubSub } from 'graphql-yoga';
import { createRedisEventTarget } from '@graphql-yoga/redis-event-target';
import Redis from 'ioredis';

export const connection = () => new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });
export const createJobPubSub = () =>
  createPubSub({ eventTarget: createRedisEventTarget({ publishClient: connection(), subscribeClient: connection() }) });
