// Reports the state of a service once a second while it lasts, with Node.js and nothing else:
//   node agent.mjs web deploy 10
// MINIKOM is where the service is (http://localhost:8080), WRITE_TOKEN a token if it asks for one.
import { setTimeout as pause } from 'node:timers/promises';

const [, , serviceName = 'web', state = 'deploy', seconds = '10'] = process.argv;
const endpoint = `${process.env.MINIKOM ?? 'http://localhost:8080'}/event`;
const headers = { 'content-type': 'application/json' };
if (process.env.WRITE_TOKEN) headers.authorization = `Bearer ${process.env.WRITE_TOKEN}`;

/** Sends until it is acknowledged: only 200 means that the report is stored, and sending it twice changes nothing. */
async function report(timestamp) {
  const body = JSON.stringify({ service_name: serviceName, state, timestamp });
  for (let pauseMs = 250; ; pauseMs = Math.min(2 * pauseMs, 8000)) {
    const signal = AbortSignal.timeout(10_000);
    const answer = await fetch(endpoint, { method: 'POST', headers, body, signal }).catch(() => undefined);
    if (answer?.ok) return;
    // Anything else will be refused again as well.
    if (answer && answer.status !== 429 && answer.status < 500) throw new Error(await answer.text());
    const retryAfterSeconds = Number(answer?.headers.get('retry-after') ?? 0);
    await pause(Math.max(pauseMs, 1000 * retryAfterSeconds));
  }
}

const sending = [];
for (let second = 0; second < Number(seconds); second++) {
  // The next one does not wait for this one: reports may come late, and in any order.
  sending.push(report(Math.floor(Date.now() / 1000)));
  if (second + 1 < Number(seconds)) await pause(1000);
}
await Promise.all(sending);
