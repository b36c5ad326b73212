// fastify + mercurius with its JIT + BullMQ; events come by mqemitter-redis.
import Fastify from 'fastify';
import mercurius from 'mercurius';
import { Queue } from 'bullmq';
import { connection, createEmitter, topic } from './shared.js';

const queue = new Queue('jobs', { connection: connection() });
const app = Fastify();
app.register(mercurius, {
  schema: /* GraphQL */ `
    input EnqueueInput { id: ID, file: String!, userId: String!, steps: Int, pauseMs: Int }
    type Job { id: ID!, status: String!, progress: Int, result: String }
    type Query { job(id: ID!): Job }
    type Mutation { enqueue(input: EnqueueInput!): Job! }
    type Subscription { job(id: ID!): Job! }
  `,
  resolvers: {
    Query: {
      job: async (_, { id }) => {
        const job = await queue.getJob(id);
        return job && { id: job.id, status: await job.getState(), progress: job.progress, result: job.returnvalue };
      },
    },
    Mutation: {
      enqueue: async (_, { input: { id, ...data } }) => {
        const job = await queue.add('process', data, id ? { jobId: id } : {});
        return { id: job.id, status: 'queued', progress: 0 };
      },
    },
    Subscription: {
      job: { subscribe: (_, { id }, { pubsub }) => pubsub.subscribe(topic(id)) },
    },
  },
  jit: 1,
  subscription: { emitter: createEmitter() },
});
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
