import { EventEmitter, once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

import { expect } from 'chai';

import { Sandbox, until } from '../../internal/database/embedded/testing/sandbox.ts';
import type { Asked } from '../../internal/testing/wire.ts';
import { pagesOf } from './testing/asking.ts';
import { eventsCounted, getEvents, postEvents } from './testing/bulk-client.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';

const ITEMS = 1200;
const SENDERS = 6;
const BACK_OFF_MS = 50;
const PAST = 1_700_000_000;

/** Every third item is a report, every third both, every third a payload event: 800 payload events in all. */
function goodBody(request: number): object[] {
  return Array.from({ length: ITEMS }, (_, index) => ({
    timestamp: PAST + (index % 500),
    ...(index % 3 !== 0 && { data: `${request}/${index}` }),
    ...(index % 3 !== 2 && { service_name: `service ${request % 40}`, state: 'issue' }),
  }));
}

/** Sends ever new requests, each third of them bad; what is told 503 is sent again with its key until it is taken. */
class Storm {
  readonly statuses = new Map<number, number>();
  acknowledged = 0;
  #sent = 0;
  #stopped = false;
  readonly #news = new EventEmitter();
  readonly #service: Asked;
  readonly #senders: Promise<void>[];

  constructor(service: Asked) {
    this.#service = service;
    this.#senders = Array.from({ length: SENDERS }, () => this.#sendMany());
  }

  async untilMore(status: number, count: number): Promise<void> {
    const enough = (this.statuses.get(status) ?? 0) + count;
    while ((this.statuses.get(status) ?? 0) < enough) await once(this.#news, 'told');
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#senders);
  }

  async #sendMany(): Promise<void> {
    while (!this.#stopped) {
      const request = this.#sent++;
      const isBad = request % 3 === 2;
      const body = isBad ? [...goodBody(request), { timestamp: 'bad' }] : goodBody(request);
      const options = {
        headers: { 'idempotency-key': `request ${request}`.replace(' ', '-') },
        query: request % 2 === 0 ? '?single_shard=true' : '',
      };
      while ((await this.#tell(body, options)) === 503) await pause(BACK_OFF_MS);
    }
  }

  async #tell(...[body, options]: [object[], Parameters<typeof postEvents>[2]]): Promise<number> {
    const { status } = await postEvents(this.#service, body, options);
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    if (status === 200) this.acknowledged++;
    this.#news.emit('told');
    return status;
  }
}

describe('a storm of bulk requests over crashes of PostgreSQL', () => {
  let sandbox: Sandbox;
  let service: TestService;

  before(async () => {
    sandbox = await Sandbox.withCluster();
    const { connectionString } = await sandbox.start();
    service = await startTestService({
      database: { connectionString, drop: () => Promise.resolve() },
      environment: { DATABASE_URL: connectionString, SHARDS: '3', FLUSH_TIMEOUT_MS: '2000' },
    });
  });

  after(async () => {
    await service.stop();
    await sandbox.clean();
  });

  it('counts and stores exactly what it acknowledged', async () => {
    const storm = new Storm(service);
    // Now and then it is back so soon that nobody has to be told 503.
    for (let crash = 1; crash <= 2 || !storm.statuses.has(503); crash++) {
      await storm.untilMore(200, 30);
      process.kill((await sandbox.postmaster()).pid, 'SIGKILL');
      const isBack = () =>
        sandbox.messages().filter((m) => m === 'embedded PostgreSQL is back').length === crash;
      await until(isBack, 60_000);
    }
    await storm.untilMore(200, 30);
    await storm.stop();

    const refused = storm.statuses.get(400) ?? 0;
    expect([...storm.statuses.keys()]).to.have.members([200, 400, 503]);
    // Every third was bad, and whoever had begun a request told its end.
    expect(refused).to.equal(Math.floor((storm.acknowledged + refused) / 3));
    expect(await eventsCounted(service)).to.equal(storm.acknowledged * ITEMS);
    let stored = 0;
    for await (const { events } of pagesOf((cursor) => getEvents(service, `?limit=1000${cursor}`))) {
      stored += new Set(events.map(({ data }) => data)).size;
    }
    expect(stored).to.equal((storm.acknowledged * ITEMS * 2) / 3);
  });
});
