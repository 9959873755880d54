import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { LogProcess } from '../../internal/program/log-process.ts';
import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { until } from '../../internal/testing/until.ts';
import { getJson, post, postGood, serviceAt } from './testing/asking.ts';
import { NotifiedReceiver, type Received } from './testing/notified.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';

const NOW = 1_700_000_000;
const rules = [
  { name: 'issues', state: 'issue', again_seconds: 600 },
  { name: 'silent', state: 'silent', service: 'beat-*', for_seconds: 300, to: ['hook'] },
];

interface Told {
  readonly id: string;
  readonly kind: string;
  readonly rule: string;
  readonly service: string;
  readonly since: number;
  readonly ended_at: number | null;
}

const told = (received: readonly Received[]) => received.map(({ body }) => JSON.parse(body) as Told);

describe('notifications', () => {
  const receivers: NotifiedReceiver[] = [];
  let folder: string;
  let database: TestDatabase;
  let services: readonly [TestService, TestService];
  let nowSeconds = NOW;
  const [hook, slack, alertmanager, slow] = [0, 1, 2, 3].map((index) => () => {
    const receiver = receivers[index];
    if (receiver === undefined) throw new Error('not started');
    return receiver;
  }) as [() => NotifiedReceiver, () => NotifiedReceiver, () => NotifiedReceiver, () => NotifiedReceiver];

  before(async () => {
    for (let count = 0; count < 5; count++) receivers.push(await NotifiedReceiver.start());
    const dead = receivers.pop();
    const deadUrl = dead?.url ?? '';
    await dead?.stop();
    slow().status = undefined;
    folder = await mkdtemp(join(tmpdir(), 'rules-'));
    await writeFile(join(folder, 'rules.json'), JSON.stringify({ rules }));
    database = await createTestDatabase();
    const urls = [
      `hook=${hook().url}/a?token=x`,
      `s=slack+${slack().url}/s`,
      `alertmanager+${alertmanager().url}`,
    ];
    const environment = {
      NOTIFY_URLS: [...urls, `slow=${slow().url}`, `dead=${deadUrl}`].join(','),
      NOTIFY_SECRET: 'between us',
      NOTIFY_RULES_FILE: join(folder, 'rules.json'),
    };
    const start = () => startTestService({ environment, database, now: () => nowSeconds });
    services = [await start(), await start()];
  });

  after(async () => {
    for (const service of services) await service.stop();
    await database.drop();
    await rm(folder, { recursive: true });
    for (const receiver of receivers) await receiver.stop();
  });

  beforeEach(() => {
    for (const { received } of receivers) received.length = 0;
  });

  const report = (service_name: string, timestamp = nowSeconds, state = 'issue') =>
    postGood(services[1], '/event', { service_name, state, timestamp });
  const toldOf = (service: string) => told(hook().received).filter((each) => each.service === service);
  const listed = async (query = '') =>
    (await getJson(services[1], `/notifications${query}`)) as {
      receivers: { name: string }[];
      notifications: (Told & { receiver: string; status: string; outcome: string | null; tries: number })[];
      next_cursor: string | null;
    };

  it('tell what began and what ended, each once among replicas, whoever is dead or slow', async () => {
    await report('web');
    await until('it is told', () => toldOf('web').length === 1);
    nowSeconds += 60;
    await until('its end is told', () => toldOf('web').length === 2);
    const [begun, ended] = toldOf('web');
    expect(begun).to.include({ kind: 'begun', rule: 'issues', state: 'issue', since: NOW, ended_at: null });
    expect(ended).to.include({
      kind: 'ended',
      rule: 'issues',
      state: 'issue',
      since: NOW,
      ended_at: NOW + 1,
    });
    expect(begun?.id).to.not.equal(ended?.id);
    const [{ body, headers, path } = { body: '', headers: {}, path: '' }] = hook().received;
    expect(path).to.equal('/a?token=x');
    expect(headers).to.include({
      'content-type': 'application/json',
      'x-minikom-delivery': begun?.id,
      'x-minikom-signature': `sha256=${createHmac('sha256', 'between us').update(body).digest('hex')}`,
    });
    await until('all are told', () => slack().received.length === 2 && alertmanager().received.length === 2);
    expect(JSON.parse(slack().received[0]?.body ?? '')).to.deep.equal({ text: '▲ web is in issue, for 0 s' });
    expect(alertmanager().received[0]?.path).to.equal('/api/v2/alerts');
    const alerts = alertmanager().received.map((each) => JSON.parse(each.body) as unknown);
    const labels = { alertname: 'Minikom', rule: 'issues', service: 'web', state: 'issue' };
    expect(alerts[0]).to.have.nested.property('[0].labels').that.deep.equals(labels);
    expect(alerts[1]).to.have.nested.property('[0].endsAt', new Date((NOW + 1) * 1000).toISOString());
    expect(slow().received.length, 'only the first, again and again').to.be.at.most(1);
    // What a receiver took is known a moment later.
    await until('the hook is known to have taken both', async () => {
      const { notifications: sent } = await listed('?status=sent');
      return sent.filter(({ receiver }) => receiver === 'hook').length === 2;
    });
    const { notifications, receivers: known } = await listed();
    expect(known.map(({ name }) => name)).to.deep.equal([
      'hook',
      's',
      new URL(alertmanager().url).host,
      'slow',
      'dead',
    ]);
    expect(JSON.stringify(notifications)).to.not.include('token');
    const status = (receiver: string) =>
      notifications.filter((each) => each.receiver === receiver).map((each) => each.status);
    expect(status('hook')).to.deep.equal(['sent', 'sent']);
    expect(status('dead')).to.deep.equal(['waiting', 'waiting']);
    await until('the dead one is known to be so', async () => {
      const { notifications: waiting } = await listed('?status=waiting');
      return waiting.some(
        (each) => each.receiver === 'dead' && each.outcome === 'ECONNREFUSED' && each.tries > 0,
      );
    });
    const first = await listed('?limit=1');
    const second = await listed(`?limit=1&cursor=${first.next_cursor ?? ''}`);
    expect(second.notifications[0]?.id).to.equal(notifications[1]?.id);
  });

  it('tell nobody of what is muted, until the mute ends', async () => {
    const mute = await post(services[1], '/mutes', {
      service: 'qui*',
      by: 'Ana',
      note: '',
      until: nowSeconds + 900,
    });
    const { id } = JSON.parse(mute.text) as { id: string };
    await report('quiet');
    await report('loud');
    await until('the other one is told', () => toldOf('loud').length === 1);
    expect(toldOf('quiet')).to.deep.equal([]);
    await services[1].send({ method: 'DELETE', path: `/mutes/${id}` });
    await until('it is told', () => toldOf('quiet').length === 1);
    nowSeconds += 60;
    await until('both ended', () => toldOf('quiet').length === 2 && toldOf('loud').length === 2);
  });

  it('tell again of what goes on, and of services that fell silent, which are not idle', async () => {
    await report('beat-1', nowSeconds, 'deploy');
    const since = nowSeconds;
    for (let each = 0; each < 62; each++) {
      nowSeconds += 10;
      // In one body: where some of them are seen without the others, it ended and began anew in between.
      const seconds = Array.from({ length: 10 }, (_, second) => nowSeconds - second);
      const long = seconds.map((timestamp) => ({ service_name: 'long', state: 'issue', timestamp }));
      await postGood(services[1], '/events', long);
      if (each === 0) await until('it is told', () => toldOf('long').length === 1);
    }
    await until('it is told again', () => toldOf('long').some(({ kind }) => kind === 'again'));
    await until('silence is told', () => toldOf('beat-1').length === 1);
    expect(toldOf('beat-1')[0]).to.include({
      kind: 'begun',
      rule: 'silent',
      state: 'silent',
      since: since + 1,
    });
    await report('beat-1', nowSeconds, 'deploy');
    await until('its end is told', () => toldOf('beat-1').length === 2);
    expect(toldOf('beat-1')[1]).to.include({ kind: 'ended' });
  });

  it('follow no redirect, and do not come again to who refuses', async () => {
    hook().status = 302;
    await report('redirected');
    await until('it is given up', async () =>
      (await listed('?status=failed')).notifications.some(
        (each) => each.service === 'redirected' && each.receiver === 'hook' && each.outcome === '302',
      ),
    );
    expect(hook().received.map(({ path }) => path)).to.deep.equal(['/a?token=x']);
    hook().status = 200;
  });
});

describe('a service that is killed while it notifies', () => {
  it('tells each change at least once, each time with its id', async () => {
    const database = await createTestDatabase();
    const receiver = await NotifiedReceiver.start();
    const environment = { DATABASE_URL: database.connectionString, PORT: '0', NOTIFY_URLS: receiver.url };
    const kills = Number(process.env.MINIKOM_TEST_KILLS ?? 1);
    const names = new Set<string>();
    let minikom: LogProcess | undefined;
    try {
      for (let kill = 0; kill <= kills; kill++) {
        minikom = new LogProcess(new URL('main.js', import.meta.url), [], environment);
        const url = await minikom.untilReady();
        const before = receiver.received.length;
        const events = Array.from({ length: 40 }, (_, index) => {
          names.add(`service ${kill} ${index}`);
          return { service_name: `service ${kill} ${index}`, state: 'issue', timestamp: Date.now() / 1000 };
        });
        await postGood(serviceAt(url), '/events', events);
        if (kill === kills) break;
        await until('some are told', () => receiver.received.length > before + (kill % 30));
        await minikom.endBy('SIGKILL');
      }
      const begun = () => told(receiver.received).filter(({ kind }) => kind === 'begun');
      await until('all are told', () => new Set(begun().map(({ service }) => service)).size === names.size);
      expect(new Set(begun().map(({ service, id }) => `${service} ${id}`)).size, 'one id each').to.equal(
        names.size,
      );
      for (const { headers, body } of receiver.received) {
        expect((JSON.parse(body) as Told).id).to.equal(headers['x-minikom-delivery']);
      }
    } finally {
      await minikom?.endBy('SIGKILL');
      await receiver.stop();
      await database.drop();
    }
  });
});
