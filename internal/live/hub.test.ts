import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';
import { WebSocketServer } from 'ws';

import type { ChangedKeys, Topic } from '../pipeline/topic.ts';
import { createLogger } from '../telemetry/logger.ts';
import { until } from '../testing/until.ts';
import { Hub, type Ear, type HubTiming } from './hub.ts';
import { LiveClient } from './testing/live-client.ts';
import { Watcher } from './watcher.ts';

const timing: HubTiming = { turnMs: 5, speakEachMs: 20, pingEachMs: 60_000, keepUnwatchedMs: 60_000 };
const limits = { maxWaitingBytes: 1_000_000, stuckMs: 60_000, snapshotEachMs: 0 };

/** Items that a test sets, a hub that watches them, and a real server in front of it. */
class WatchedWorld implements Topic, Ear {
  readonly name = 'things';
  readonly items = new Map<string, number>();
  readonly reads: ChangedKeys[] = [];
  fault: Error | undefined;
  now = 1000;
  isClosed = false;
  readonly hub: Hub;
  say: (keys: ChangedKeys) => void = () => undefined;
  readonly #server = createServer();

  constructor(more: Partial<HubTiming> = {}) {
    this.hub = new Hub({
      topics: [this],
      listen: ({ onAnnouncement, onGap }) => {
        this.say = (keys) => onAnnouncement({ topic: this.name, keys });
        this.isClosed = false;
        onGap();
        return this;
      },
      now: () => this.now,
      logger: createLogger('silent'),
      timing: { ...timing, ...more },
    });
    const sockets = new WebSocketServer({ server: this.#server });
    sockets.on('connection', (socket) => {
      const watcher = new Watcher(socket, limits);
      socket.on('close', () => this.hub.remove(watcher));
      this.hub.add(watcher);
    });
  }

  hear(): Promise<void> {
    return this.fault === undefined ? Promise.resolve() : Promise.reject(this.fault);
  }

  close(): void {
    this.isClosed = true;
  }

  read(keys: ChangedKeys): Promise<Map<string, string>> {
    this.reads.push(keys);
    const items = [...this.items].filter(([key]) => keys === 'all' || keys.has(key));
    return Promise.resolve(new Map(items.map(([key, item]) => [key, String(item)])));
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await this.hub.stop();
    this.hub.drop();
    this.#server.close();
  }
}

describe('a hub', () => {
  let world: WatchedWorld;
  let url: string;

  async function open(more?: Partial<HubTiming>): Promise<void> {
    world = new WatchedWorld(more);
    url = await world.listen();
  }

  async function watch(): Promise<LiveClient> {
    const client = new LiveClient(url);
    await client.until(({ messages }) => messages.length > 0);
    return client;
  }

  afterEach(() => world.stop());

  it('tells a watcher all there is, then what is different, and nothing of what is not', async () => {
    await open();
    world.items.set('a', 1).set('b', 2);
    const client = await watch();
    expect(client.messages[0]?.topics).to.deep.equal({ things: [['a', 1], ['b', 2]] }); // prettier-ignore
    world.items.set('a', 10);
    world.say(new Set(['a', 'b']));
    await client.until((told) => told.items('things').get('a') === 10);
    // Beats in which nothing changed may lie before and after.
    const changes = client.messages.slice(1).flatMap(({ topics }) => Object.entries(topics));
    expect(changes).to.deep.equal([['things', [['a', 10]]]]);
  });

  it('tells what is gone', async () => {
    await open();
    world.items.set('a', 1).set('b', 2);
    const client = await watch();
    world.items.clear();
    world.say(new Set(['a']));
    await client.until((told) => !told.items('things').has('a'));
    expect([...client.items('things').keys()]).to.deep.equal(['b']);
    world.say('all');
    await client.until((told) => told.items('things').size === 0);
  });

  it('reads only what was said to have changed, and nothing while nothing was', async () => {
    await open();
    world.items.set('a', 1).set('b', 2);
    const client = await watch();
    world.reads.length = 0;
    world.items.set('b', 3);
    world.say(new Set(['b']));
    await client.until((told) => told.items('things').get('b') === 3);
    const after = client.messages.length;
    await client.until(({ messages }) => messages.length > after + 3);
    expect(world.reads).to.deep.equal([new Set(['b'])]);
  });

  it('speaks also while nothing changes, and says as of when that is true', async () => {
    await open();
    const client = await watch();
    world.now = 1007;
    await client.until(({ messages }) => messages.at(-1)?.read_at === 1007);
    expect(client.messages.at(-1)).to.deep.include({ type: 'change', now: 1007, topics: {} });
  });

  it('while it cannot hear goes on speaking, but of old data, and then tells what it missed', async () => {
    await open();
    world.items.set('a', 1);
    const client = await watch();
    await client.until(({ messages }) => messages.at(-1)?.read_at === 1000);
    world.fault = new Error('away');
    world.items.set('a', 2);
    world.now = 1030;
    await client.until(({ messages }) => messages.at(-1)?.now === 1030);
    expect(client.messages.at(-1)).to.deep.include({ read_at: 1000, topics: {} });
    world.fault = undefined;
    world.say('all');
    await client.until((told) => told.items('things').get('a') === 2);
    await client.until(({ messages }) => messages.at(-1)?.read_at === 1030);
  });

  it('tells a watcher that asks for it a snapshot, from which the numbers go on', async () => {
    await open();
    world.items.set('a', 1);
    const client = await watch();
    client.socket.send('{"type":"snapshot"}');
    await client.until(({ messages }) => messages.filter(({ type }) => type === 'snapshot').length === 2);
    const told = client.messages.length;
    await client.until(({ messages }) => messages.length > told + 2);
  });

  it('closes the connection of a watcher that says anything else', async () => {
    await open();
    const client = await watch();
    client.socket.send('{"type":"drop table"}');
    expect(await client.closed()).to.equal(1008);
  });

  it('rests when nobody has watched for a while, and begins anew for the next', async () => {
    await open({ keepUnwatchedMs: 0 });
    world.items.set('a', 1);
    const client = await watch();
    await client.close();
    await until('the hub rests', () => world.isClosed);
    world.items.delete('a');
    world.items.set('b', 2);
    const next = await watch();
    expect([...next.items('things')]).to.deep.equal([['b', 2]]);
  });

  it('says goodbye when it stops', async () => {
    await open();
    const client = await watch();
    const closed = client.closed();
    await world.hub.stop();
    expect(await closed).to.equal(1001);
  });
});
