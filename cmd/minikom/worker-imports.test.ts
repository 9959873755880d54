import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { expect } from 'chai';

/** The scripts that a thread with such an entry loads, as V8 tells of each. */
async function scriptsOf(entry: string): Promise<string[]> {
  const setup = { applicationName: 'a', connectionString: 'postgres://nobody@127.0.0.1:1/none' };
  const thread = new Worker(tellScripts, {
    eval: true,
    workerData: { ...setup, entry: new URL(entry, import.meta.url).href },
  });
  const [urls] = (await once(thread, 'message')) as [string[]];
  await thread.terminate();
  expect(urls.some((url) => url.endsWith(entry.slice(1)))).to.equal(true);
  return urls;
}

/** The packages that they are of. */
function packagesOf(urls: readonly string[]): string[] {
  return [...new Set(urls.flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []))];
}

describe('a thread that commits batches', () => {
  it('loads nothing that reads configurations or serves requests: there are many of them, and each would take longer to start', async () => {
    const packages = packagesOf(await scriptsOf('./worker.js'));
    expect(packages).to.include('pg');
    expect(packages).not.to.include.oneOf(['zod', 'koa', 'piscina', 'pino', 'node-pg-migrate']);
  });

  for (const entry of ['./worker.js', './settler.js']) {
    it(`does not load fetch, which pg asks for where it does not know what it runs on: ${entry}`, async () => {
      const urls = await scriptsOf(entry);
      expect(packagesOf(urls)).to.include('pg');
      expect(urls.filter((url) => url.includes('undici'))).to.deep.equal([]);
    });
  }
});

const tellScripts = `
  const { Session } = require('node:inspector');
  const { parentPort, workerData } = require('node:worker_threads');
  const session = new Session();
  session.connect();
  const urls = [];
  session.on('Debugger.scriptParsed', ({ params }) => urls.push(params.url));
  session.post('Debugger.enable');
  import(workerData.entry).then(() => parentPort.postMessage(urls));
`;
