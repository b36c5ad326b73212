// Runs graphql-http's audits against a server; prints one line of JSON each.
//
// usage: node audit.mjs URL
import { serverAudits } from 'graphql-http';

const [url] = process.argv.slice(2);
for (const audit of serverAudits({ url, fetchFn: fetch })) {
  const result = await audit.fn();
  console.log(
    JSON.stringify({ id: audit.id, name: audit.name, status: result.status, reason: result.reason }),
  );
}
