import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { expect } from 'chai';

import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { until } from '../../internal/testing/until.ts';
import { getJson, post } from './testing/asking.ts';
import { NotifiedReceiver } from './testing/notified.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';

const SERVICES = 60;

/** A receiver that accepts, reads, and never answers. */
class DeadReceiver {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  /** Connections that are over: its caller did not wait any longer. */
  ended = 0;
  /** The most that were open at once. */
  mostOpen = 0;

  private constructor() {
    this.#server = createServer((socket) => {
      this.#open.add(socket);
      this.mostOpen = Math.max(this.mostOpen, this.#open.size);
      socket.resume();
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#open.delete(socket);
        this.ended++;
      });
    });
  }

  static async start(): Promise<DeadReceiver> {
    const receiver = new DeadReceiver();
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get open(): number {
    return this.#open.size;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    await closed;
  }
}

describe('a receiver of notifications that is dead', () => {
  let living: NotifiedReceiver;
  let dead: DeadReceiver;
  let database: TestDatabase;
  let service: TestService;

  before(async () => {
    [living, dead] = [await NotifiedReceiver.start(), await DeadReceiver.start()];
    const refusing = await NotifiedReceiver.start();
    const { url: refusingUrl } = refusing;
    await refusing.stop();
    database = await createTestDatabase();
    // The dead ones come first: who waited for them would be seen to.
    const receivers = [`dead=${dead.url}`, `refusing=${refusingUrl}`, `living=${living.url}`];
    service = await startTestService({ environment: { NOTIFY_URLS: receivers.join(',') }, database });
  });

  after(async () => {
    await service.stop();
    await database.drop();
    await living.stop();
    await dead.stop();
  });

  const waiting = async (receiver: string) => {
    const { notifications } = (await getJson(service, '/notifications?status=waiting&limit=1000')) as {
      notifications: { receiver: string; tries: number }[];
    };
    return notifications.filter((each) => each.receiver === receiver);
  };

  it('harms nobody: reports are taken and the living are told all, before it has let anybody go', async () => {
    const report = async (index: number) => {
      const body = { service_name: `web ${index}`, state: 'issue', timestamp: Date.now() / 1000 };
      return (await post(service, '/event', body)).status;
    };
    expect(await report(0)).to.equal(200);
    await until('the dead one is asked', () => dead.open === 1);
    const statuses = await Promise.all(Array.from({ length: SERVICES - 1 }, (_, index) => report(index + 1)));
    expect(new Set(statuses)).to.deep.equal(new Set([200]));
    expect(dead.ended, 'no report waited for it').to.equal(0);
    const begun = () =>
      living.received
        .map(({ body }) => JSON.parse(body) as { kind: string; service: string })
        .filter(({ kind }) => kind === 'begun');
    await until('the living one is told all', () => begun().length === SERVICES);
    expect(dead.ended, 'nobody who was told waited for it').to.equal(0);
    expect(new Set(begun().map((each) => each.service)).size).to.equal(SERVICES);
  });

  it('has one connection at a time, and what it was not told waits in the table, not in memory', async () => {
    expect((await waiting('dead')).length).to.be.at.least(SERVICES);
    await until('it was let go, and is asked anew', () => dead.ended > 0 && dead.open > 0);
    expect(dead.mostOpen).to.equal(1);
    await until('who refuses was tried again', async () =>
      (await waiting('refusing')).some(({ tries }) => tries > 1),
    );
    // Who waits longest is tried again first: the others were not asked once for each that failed.
    expect((await waiting('refusing')).filter(({ tries }) => tries > 0)).to.have.length(1);
    expect(await waiting('living')).to.deep.equal([]);
    const { receivers } = (await getJson(service, '/notifications?limit=1')) as {
      receivers: { name: string; waiting_since: number | null; outcome: string | null }[];
    };
    expect(receivers.map(({ name, outcome }) => [name, outcome])).to.deep.equal([
      ['dead', 'timeout'],
      ['refusing', 'ECONNREFUSED'],
      ['living', null],
    ]);
    expect(receivers.map(({ waiting_since }) => waiting_since !== null)).to.deep.equal([true, true, false]);
  });
});
