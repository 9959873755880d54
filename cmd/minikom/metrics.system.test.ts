import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

import { expect } from 'chai';

import { until } from '../../internal/testing/until.ts';
import { send } from '../../internal/testing/wire.ts';
import { post, postGood } from './testing/asking.ts';
import { CheckedTarget } from './testing/checked-target.ts';
import { sumOf } from './testing/metrics-text.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';

const NOW = 1_700_000_000;
const AWFUL = 'a "b" \\ \u2028 ☂';

describe('GET /metrics', () => {
  let target: CheckedTarget;
  let service: TestService;

  before(async () => {
    target = await CheckedTarget.start();
    service = await startTestService({
      now: () => NOW,
      environment: {
        ADMIN_PORT: '0',
        METRICS_SERVICES: '1',
        CHECK_TARGETS: `shop=${target.url}`,
        CHECK_INTERVAL_SECONDS: '1',
      },
    });
    const reported = { idle: NOW - 100, deploy: NOW - 1, [AWFUL]: NOW - 2 };
    for (const [name, timestamp] of Object.entries(reported)) {
      // Twice the same: one of them is a duplicate.
      for (const state of ['deploy', name === AWFUL ? 'issue' : 'deploy']) {
        await postGood(service, '/event', { service_name: name, state, timestamp });
      }
    }
    expect((await post(service, '/event', [])).status).to.equal(400);
    expect((await service.send({ path: '/nothing' })).status).to.equal(404);
    await until('all is settled', async () => sumOf(await scrape(), 'minikom_pending_bytes') === 0);
    await until('the target was checked', async () => sumOf(await scrape(), 'minikom_checks_total') > 0);
  });

  after(async () => {
    await service.stop();
    await target.stop();
  });

  const scrape = async () => (await service.send({ path: '/metrics' })).text;

  it('is text of Prometheus, on the ADMIN_PORT too', async () => {
    for (const url of [service.url, service.adminUrl ?? '']) {
      const answer = await send(url, { path: '/metrics' });
      expect(answer.status).to.equal(200);
      expect(answer.headers['content-type']).to.equal('text/plain; version=0.0.4; charset=utf-8');
      expect(answer.text).to.match(/^minikom_ready 1$/m);
    }
  });

  it('passes the check of Prometheus itself', async function () {
    // scripts/test.sh installs it if it may.
    if (spawnSync('promtool', ['--version']).error !== undefined) this.skip();
    const promtool = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
    promtool.stdin.end(await scrape());
    const [ended, said] = await Promise.all([once(promtool, 'exit'), text(promtool.stderr)]);
    expect(said).to.equal('');
    expect(ended[0]).to.equal(0);
  });

  it('tells what was accepted, refused and flushed', async () => {
    const told = await scrape();
    expect(sumOf(told, 'minikom_events_accepted_total')).to.be.at.least(6);
    const reports = { sink: 'reports' };
    expect(sumOf(told, 'minikom_events_committed_total', reports)).to.be.at.least(6);
    expect(sumOf(told, 'minikom_batch_events_sum', reports)).to.equal(
      sumOf(told, 'minikom_events_committed_total', reports),
    );
    const flushes = sumOf(told, 'minikom_flush_duration_seconds_count', reports);
    expect(flushes).to.be.at.least(1);
    expect(sumOf(told, 'minikom_flush_duration_seconds_bucket', { ...reports, le: '+Inf' })).to.equal(
      flushes,
    );
    expect(
      sumOf(told, 'minikom_requests_refused_total', { status: '400', reason: 'invalid-request' }),
    ).to.equal(1);
    expect(sumOf(told, 'minikom_requests_refused_total', { status: '404', reason: 'not-found' })).to.equal(1);
    expect(sumOf(told, 'minikom_worker_starts_total')).to.be.at.least(1);
    expect(sumOf(told, 'minikom_queued_events')).to.equal(0);
    expect(sumOf(told, 'minikom_event_loop_lag_seconds', { figure: 'max' })).to.be.at.least(0);
    expect(sumOf(told, 'minikom_database_connections')).to.be.at.least(1);
  });

  it('tells what was settled, each second once, and what of it came late', async () => {
    let told = '';
    // Of the name that was reported in both states in one second, both are kept. Whoever settled tells later what it was.
    await until('all that was settled is told', async () => {
      told = await scrape();
      return sumOf(told, 'minikom_observations_settled_total') >= 4;
    });
    expect(sumOf(told, 'minikom_observations_settled_total')).to.be.at.most(8);
    expect(sumOf(told, 'minikom_settling_lag_seconds')).to.equal(0);
    expect(sumOf(told, 'minikom_set_aside_batches')).to.equal(0);
  });

  it('tells in which state services are, and what the checks came to', async () => {
    const told = await scrape();
    expect(sumOf(told, 'minikom_services', { state: 'idle' })).to.equal(1);
    expect(sumOf(told, 'minikom_services', { state: 'deploy' })).to.equal(1);
    expect(sumOf(told, 'minikom_services', { state: 'issue' })).to.equal(1);
    expect(sumOf(told, 'minikom_service_state', { service: 'deploy' })).to.equal(1);
    expect(told).to.include('minikom_service_state{service="a \\"b\\" \\\\ \u2028 ☂"} 2');
    const checked = { target: 'shop', outcome: '200', failed: 'false' };
    expect(sumOf(told, 'minikom_checks_total', checked)).to.be.at.least(1);
  });

  it('has no label of which there may be any number unless that is wanted', async () => {
    const plain = await startTestService({ now: () => NOW });
    await postGood(plain, '/event', { service_name: 'named', state: 'issue', timestamp: NOW });
    const { text: told } = await plain.send({ path: '/metrics' });
    expect(sumOf(told, 'minikom_services', { state: 'issue' })).to.equal(1);
    expect(told).to.not.include('named');
    await plain.stop();
  });
});
