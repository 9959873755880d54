import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

import { modelAnswers } from '../../../internal/testing/timeline-model.ts';
import type { ReportBody } from '../../../internal/testing/vectors.ts';

/** A service that keeps reports in memory, and answers about them as the model of the timeline says. */
export interface ReportServer {
  readonly url: string;
  readonly requests: IncomingMessage[];
  readonly reports: ReportBody[];
  close(): Promise<void>;
}

/** What it does with a write: 'keep' and 'lose' are acknowledged, else it answers with that status. */
export type Fate = 'keep' | 'lose' | number;

/** Listens on a free port. `fateOf` is asked for each write, from 0. */
export async function startReportServer(
  fateOf: (write: number) => Fate = () => 'keep',
): Promise<ReportServer> {
  const reports: ReportBody[] = [];
  const requests: IncomingMessage[] = [];
  let writes = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests.push(request);
    if (request.method === 'POST') {
      const body = JSON.parse(await text(request)) as ReportBody | ReportBody[];
      const fate = fateOf(writes++);
      if (typeof fate === 'number') {
        response.writeHead(fate, { 'retry-after': '0' }).end('{"detail":"Not now."}');
        return;
      }
      if (fate === 'keep') reports.push(...[body].flat());
      response.end();
      return;
    }
    const { services, latestEvents } = modelAnswers(reports, Date.now() / 1000);
    const name = /^\/services\/([^/]+)\/latest-events$/.exec(request.url ?? '')?.[1];
    if (name === undefined) {
      response.end(JSON.stringify(Object.fromEntries(services)));
      return;
    }
    const intervals = latestEvents.get(decodeURIComponent(name));
    response.writeHead(intervals === undefined ? 404 : 200).end(JSON.stringify(intervals ?? {}));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    reports,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
