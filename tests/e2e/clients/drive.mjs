// Does with an example of docs/clients.md what its readers will, and prints what comes of it as lines
// of JSON: watches a ride to its end, cancels another one, and asks for one that is not there.
//
// usage: JOBCAST_TOKEN=... node drive.mjs EXAMPLE URL
import { resolve } from 'node:path';
import { gql } from '@urql/core';
import WebSocket from 'ws';

globalThis.WebSocket ??= WebSocket; // Node 22 and browsers have one

const [example, url] = process.argv.slice(2);
const { jobcast } = await import(resolve(example));
const api = jobcast(url, () => process.env.JOBCAST_TOKEN);

const route = [
  { latitude: 52.52, longitude: 13.4 },
  { latitude: 52.5, longitude: 13.45 },
];

const say = (line) => console.log(JSON.stringify(line));

/** All events of a job; `seen` is told each. Rejects with what `error` is told. */
function watched(id, seen = () => {}, after = null, by = api) {
  const events = [];
  return new Promise((resolve, reject) => {
    const next = (event) => {
      events.push(structuredClone(event));
      seen(event);
    };
    by.watch(id, { next, error: reject, complete: () => resolve(events) }, after);
  });
}

/** What a query on the page would show of the job, without asking the server again. */
async function shown(id, policy) {
  if (api.environment) return api.environment.getStore().getSource().get(id)?.status;
  if (!api.client) return undefined;
  const query = gql('query Shown($id: ID!) { job(id: $id) { id status } }');
  const { data } = api.client.cache
    ? await api.client.query({ query, variables: { id }, fetchPolicy: policy })
    : await api.client.query(query, { id }, { requestPolicy: policy });
  return data?.job?.status;
}

const ride = await api.trackRide({ route, timeScale: 60, updatesPerSecond: 10 });
await shown(ride.id, 'network-only');
const events = await watched(ride.id, (event) => say({ event }));
say({ ended: events.length, shown: await shown(ride.id, 'cache-only') });

const long = await api.trackRide({ route, timeScale: 1 });
let cancelled;
const rest = await watched(
  long.id,
  () => {
    cancelled ??= api.cancel(long.id);
  },
  long.cursor,
);
await cancelled;
say({ rest });

try {
  await watched('rides.00000000-0000-7000-8000-000000000000');
} catch (error) {
  say({ refused: JSON.stringify(error.graphQLErrors ?? error.errors ?? error.source?.errors ?? error) });
}

const stranger = jobcast(url, () => 'expired');
await watched(long.id, () => {}, null, stranger).catch((error) => {
  say({ stranger: `${error.code} ${error.message} ${error.networkError?.code}` });
});
process.exit(0);
