// graphql-yoga + graphql-ws (over ws) + BullMQ, put together as Yoga's pages on subscriptions do it.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { useServer } from 'graphql-ws/use/ws';
import { createSchema, createYoga } from 'graphql-yoga';
import { Queue } from 'bullmq';
import { connection, createJobPubSub } from './shared.js';

const queue = new Queue('jobs', { connection: connection() });
const pubSub = createJobPubSub();

const schema = createSchema({
  typeDefs: /* GraphQL */ `
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
      job: { subscribe: (_, { id }) => pubSub.subscribe('job', id), resolve: (event) => event },
    },
  },
});

const yoga = createYoga({ schema, logging: false });
const http = createServer(yoga);
const sockets = new WebSocketServer({ server: http, path: yoga.graphqlEndpoint });
useServer(
  {
    execute: (args) => args.rootValue.execute(args),
    subscribe: (args) => args.rootValue.subscribe(args),
    onSubscribe: async (context, _id, params) => {
      const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
        ...context, req: context.extra.request, socket: context.extra.socket, params,
      });
      const args = {
        schema,
        operationName: params.operationName,
        document: parse(params.query),
        variableValues: params.variables,
        contextValue: await contextFactory(),
        rootValue: { execute, subscribe },
      };
      const errors = validate(args.schema, args.document);
      return errors.length ? errors : args;
    },
  },
  sockets,
);
http.listen(Number(process.env.PORT), '127.0.0.1');
