import { expect } from 'chai';

import { planOf, serviceNames, type PlannedReport } from '../../internal/agent/plan.ts';
import { isRunning } from '../../internal/database/embedded/postmaster-file.ts';
import { Sandbox } from '../../internal/database/embedded/testing/sandbox.ts';
import { modelAnswers } from '../../internal/testing/timeline-model.ts';
import { LogProcess, type LogLine } from '../../internal/program/log-process.ts';
import { expectAnswers } from './testing/report-client.ts';
import { chooseSteadyPort } from '../../internal/chaos/steady-port.ts';

const SHUTDOWN_TIMEOUT_MS = 10_000;
const SERVICES = 60;
// Long past: when the answers are asked for, every service is idle, whatever the clock says.
const plan = { seed: 42, startSecond: 1_700_000_000, endSecond: 1_700_000_480, loss: 0, duplicates: 0.2 };
const SPEED_UP = 120;

describe('a service that is killed while it is fed', () => {
  let sandbox: Sandbox;
  const processes: LogProcess[] = [];

  before(async () => {
    sandbox = await Sandbox.withCluster();
  });

  // Only what was started here, also when the test failed half way.
  after(async () => {
    for (const started of processes) await started.endBy('SIGKILL');
    await sandbox.clean();
  });

  function run(
    main: URL,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): LogProcess {
    const started = new LogProcess(main, args, environment);
    processes.push(started);
    return started;
  }

  async function startMinikom(port: number): Promise<LogProcess> {
    const minikom = run(new URL('main.js', import.meta.url), [], {
      DATA_DIR: sandbox.dataDir,
      PORT: String(port),
      SHUTDOWN_TIMEOUT_MS: String(SHUTDOWN_TIMEOUT_MS),
      LOG_LEVEL: 'debug', // tells of each flush
    });
    await minikom.untilReady();
    return minikom;
  }

  function startKomobox(url: string): LogProcess {
    const flags = {
      services: SERVICES,
      seed: plan.seed,
      'start-second': plan.startSecond,
      duration: plan.endSecond - plan.startSecond,
      duplicates: plan.duplicates,
      'speed-up': SPEED_UP,
    };
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
    return run(new URL('../komobox/main.js', import.meta.url), args, { ENDPOINT: url });
  }

  it('loses and invents nothing, and stops cleanly in the end', async () => {
    const planned = serviceNames(SERVICES).flatMap((name) => [...planOf(name, plan)]);
    const copies = planned.reduce((sum, report) => sum + report.copies, 0);
    const port = await chooseSteadyPort();
    const url = `http://127.0.0.1:${port}`;

    let minikom = await startMinikom(port);
    const komobox = startKomobox(url);
    for (let kills = 0; kills < 2; kills++) {
      await minikom.until((lines) => flushedEvents(lines) >= copies / 4);
      expect(komobox.isRunning, 'Komobox still reports').to.equal(true);
      expect(await minikom.endBy('SIGKILL')).to.equal('SIGKILL');
      minikom = await startMinikom(port);
    }

    expect(await komobox.end(), 'Komobox: all accepted').to.equal(0);
    const stats = komobox.lines.at(-1);
    expect(stats).to.include({ msg: 'final stats', accepted: copies, refused: 0, dropped: 0, waiting: 0 });
    expect(stats?.retried, 'reports that a kill left unanswered').to.be.greaterThan(0);

    const reports = planned.map(bodyOf);
    await expectAnswers(url, reports, modelAnswers(reports, Infinity));

    const postmaster = await sandbox.postmaster();
    const toldMs = performance.now();
    expect(await minikom.endBy('SIGTERM')).to.equal(0);
    expect(performance.now() - toldMs).to.be.below(SHUTDOWN_TIMEOUT_MS);
    expect(await isRunning(postmaster, sandbox.cluster), 'PostgreSQL still runs').to.equal(false);
  });
});

/** How many events the flushes so far committed. */
function flushedEvents(lines: readonly LogLine[]): number {
  return lines.reduce((sum, { msg, events }) => sum + (msg === 'flushed' ? Number(events) : 0), 0);
}

function bodyOf({ serviceName, state, timestamp }: PlannedReport) {
  return { service_name: serviceName, state, timestamp };
}
