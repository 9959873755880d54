import { once } from 'node:events';

import { expect } from 'chai';
import { WebSocket } from 'ws';

import { LiveClient } from '../../internal/live/testing/live-client.ts';
import { getJson, postGood } from './testing/asking.ts';
import { postReports } from './testing/report-client.ts';
import { startTestService, type TestService, useTestService } from './testing/start-test-service.ts';
import { useServiceBehindProxy } from './testing/use-service-behind-proxy.ts';
import { NOW } from './testing/use-service.ts';

describe('GET /live of two services on one database', () => {
  const here = useServiceBehindProxy({ isShared: true });
  let there: TestService;
  const clients: LiveClient[] = [];

  before(async () => {
    there = await here.startAnother();
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
  });

  async function watch(...protocols: [string[]?]): Promise<LiveClient> {
    const client = new LiveClient(here.url, ...protocols);
    clients.push(client);
    await client.until(({ messages }) => messages.length > 0);
    return client;
  }

  function issue(service_name: string, timestamp = here.nowSeconds) {
    return { service_name, state: 'issue' as const, timestamp };
  }

  it('begins with a snapshot that says of services, shards and workers what their endpoints say', async () => {
    await postReports(here.url, [issue('snapshot')], 1);
    const client = await watch();
    const services = (await getJson(here, '/services')) as object;
    expect(client.messages[0]?.type).to.equal('snapshot');
    expect(Object.fromEntries(client.items('services'))).to.deep.equal(services);
    const { shards } = (await getJson(here, '/shards')) as { shards: { id: number }[] };
    expect([...client.items('shards').keys()]).to.deep.equal(shards.map(({ id }) => String(id)));
    const { workers } = (await getJson(here, '/workers')) as { workers: object[] };
    await client.until((told) => told.items('workers').size === workers.length);
  });

  it('tells what was committed here and what was committed there', async () => {
    const client = await watch();
    await postReports(here.url, [issue('reported here')], 1);
    await postReports(there.url, [issue('reported there')], 1);
    for (const name of ['reported here', 'reported there']) {
      await client.until((told) => told.items('services').has(name));
      expect(client.items('services').get(name)).to.deep.equal({ state: 'issue', since: here.nowSeconds });
    }
  });

  it('tells that a service is idle once no report can be on its way any more', async () => {
    const client = await watch();
    await postReports(there.url, [issue('falls silent')], 1);
    await client.until((told) => told.items('services').has('falls silent'));
    here.nowSeconds += 12;
    await client.until(
      (told) =>
        JSON.stringify(told.items('services').get('falls silent')) === `{"state":"idle","since":${NOW + 1}}`,
    );
  });

  it('ends at what GET /services says, after thousands of reports of thousands of services', async () => {
    const client = await watch();
    const events = Array.from({ length: 12_000 }, (_, index) => ({
      service_name: `of many ${index % 4000}`,
      state: index % 3 === 0 ? 'issue' : 'deploy',
      timestamp: here.nowSeconds - (index % 7),
    }));
    await Promise.all(
      [here, there].map((service, half) =>
        postGood(
          service,
          '/events',
          events.filter((_, index) => index % 2 === half),
        ),
      ),
    );
    const services = (await getJson(there, '/services')) as object;
    const expected = JSON.stringify(Object.entries(services).sort(byName));
    await client.until((told) => {
      return JSON.stringify([...told.items('services')].sort(byName)) === expected;
    });
  });

  it('says that its data is old while the database is away, and catches up when it is back', async () => {
    const client = await watch();
    await client.until(({ messages }) => messages.at(-1)?.read_at === here.nowSeconds);
    const readAt = here.nowSeconds;
    await here.proxy.refuse();
    here.nowSeconds += 60;
    await client.until(({ messages }) => messages.at(-1)?.now === here.nowSeconds);
    expect(client.messages.at(-1)?.read_at).to.equal(readAt);
    await postReports(there.url, [issue('while away')], 1);
    await here.proxy.listen();
    await client.until((told) => told.items('services').has('while away'));
    await client.until(({ messages }) => messages.at(-1)?.read_at === here.nowSeconds);
  });

  it('takes the protocol that it offers', async () => {
    const client = await watch(['minikom.live', 'another']);
    expect(client.socket.protocol).to.equal('minikom.live');
  });

  it('is refused to pages of other origins, and open to its own', async () => {
    const foreign = new LiveClient(here.url, [], { origin: 'https://elsewhere.example' });
    const refused = await foreign.until(() => false).catch((error: unknown) => String(error));
    expect(refused).to.include('403');
    const own = new LiveClient(here.url, [], { origin: here.url });
    clients.push(own);
    await own.until(({ messages }) => messages.length > 0);
  });

  it('says what it is to a request that asks for no WebSocket', async () => {
    const { status, headers } = await here.send({ path: '/live' });
    expect(status).to.equal(426);
    expect(headers.upgrade).to.equal('websocket');
  });

  it('is on no other path', async () => {
    const client = new LiveClient(`${here.url}/services`);
    expect(await client.until(() => false).catch((error: unknown) => String(error))).to.include('404');
  });
});

describe('GET /live of a service with a thousand clients', () => {
  let service: TestService;
  const sockets: WebSocket[] = [];

  before(async () => {
    service = await startTestService();
  });

  // Also where the test fails: what is left open keeps the process of all tests from its end.
  after(async () => {
    for (const socket of sockets) socket.terminate();
    await service.stop();
  });

  it('tells all of them what is, and refuses the next', async () => {
    for (let opened = 0; opened < 1000; opened += 50) {
      const some = Array.from(
        { length: 50 },
        () => new WebSocket(`${service.url.replace('http', 'ws')}/live`),
      );
      sockets.push(...some);
      await Promise.all(some.map((socket) => once(socket, 'message')));
    }
    const next = new LiveClient(service.url);
    expect(await next.until(() => false).catch((error: unknown) => String(error))).to.include('503');
    const [oneLess] = sockets;
    oneLess?.close();
    if (oneLess !== undefined) await once(oneLess, 'close');
    const inItsPlace = new LiveClient(service.url);
    await inItsPlace.until(({ messages }) => messages.length > 0);
    await inItsPlace.close();
  });
});

describe('GET /live of a service with read tokens', () => {
  const service = useTestService({ environment: { READ_TOKENS: 'geheim-genug-geheim' } });

  it('takes the token as a header or as a protocol, and nobody without one', async () => {
    const token = `minikom.token.${Buffer.from('geheim-genug-geheim').toString('base64url')}`;
    const welcome = [
      new LiveClient(service.url, ['minikom.live', token]),
      new LiveClient(service.url, [], { headers: { authorization: 'Bearer geheim-genug-geheim' } }),
    ];
    for (const client of welcome) {
      await client.until(({ messages }) => messages.length > 0);
      await client.close();
    }
    for (const protocols of [
      [],
      ['minikom.live', `minikom.token.${Buffer.from('falsch').toString('base64url')}`],
    ]) {
      const client = new LiveClient(service.url, protocols);
      expect(await client.until(() => false).catch((error: unknown) => String(error))).to.include('401');
    }
  });
});

describe('a service that stops while clients watch', () => {
  it('says goodbye and does not wait for those that do not answer', async () => {
    const service = await startTestService();
    const client = new LiveClient(service.url);
    const silent = new LiveClient(service.url);
    for (const each of [client, silent]) await each.until(({ messages }) => messages.length > 0);
    silent.socket.pause();
    const closed = once(client.socket, 'close') as Promise<[number]>;
    await service.stop();
    expect((await closed)[0]).to.equal(1001);
    silent.socket.terminate();
  });
});

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
