// Subscribes to one job with the official graphql-ws client and prints each event as a line of
// JSON. When its connection is cut, the stock client reconnects by itself; the only code of ours
// is `connectionParams`, which says where each operation had come to.
//
// usage: node resume.mjs WS_URL JOB_ID
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const [url, id] = process.argv.slice(2);
const cursors = {};
let operation = 0;

const client = createClient({
  url,
  webSocketImpl: WebSocket,
  retryAttempts: 20,
  retryWait: async () => new Promise((resolve) => setTimeout(resolve, 50)),
  shouldRetry: () => true,
  generateID: () => `op-${(operation += 1)}`,
  connectionParams: () => ({ viewer: 'ada', resume: cursors }),
});

const query = `subscription Watch($id: ID!) {
  job(id: $id) { __typename offset cursor ... on JobProgressed { merged } job { status progress { fraction } } }
}`;

client.subscribe(
  { query, variables: { id } },
  {
    next: ({ data, errors }) => {
      if (errors) {
        console.log(JSON.stringify({ errors }));
        return;
      }
      cursors['op-1'] = data.job.cursor;
      console.log(JSON.stringify(data.job));
    },
    error: (error) => {
      console.error(error);
      process.exit(1);
    },
    complete: () => {
      console.log(JSON.stringify({ complete: true }));
      client.dispose();
    },
  },
);
