import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { until } from '../../internal/testing/until.ts';
import { startTestService, type TestService } from '../minikom/testing/start-test-service.ts';
import { startReportServer, type Fate, type ReportServer } from './testing/report-server.ts';

type Process = ChildProcessByStdio<null, Readable, Readable>;

interface Ended {
  readonly code: unknown;
  readonly output: string;
  readonly errors: string;
}

function start(args: string): Process {
  const main = fileURLToPath(new URL('./main.js', import.meta.url));
  const given = args.split(' ').filter((part) => part !== '');
  return spawn(process.execPath, [main, ...given], { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function endOf(process: Process): Promise<Ended> {
  const [closed, output, errors] = await Promise.all([
    once(process, 'close'),
    text(process.stdout),
    text(process.stderr),
  ]);
  return { code: closed[0], output, errors };
}

const run = (args: string) => endOf(start(args));

/** What it complained of: where the machine is slow, it tells every few seconds how far it is. */
const complaints = ({ errors }: Ended) =>
  errors.replaceAll(/^([\d.]+ s {2}requests .*|verifying: \d+ of \d+ services)\n/gm, '');

describe('loadtest against the service', () => {
  let service: TestService;

  before(async () => {
    service = await startTestService();
  });

  after(() => service.stop());

  const shape = '--connections 8 --shuffle --duplicates 0.2 --seed 3';
  const verified = /verified +50 services compared: 0 differences\n$/;

  it('finds every single report, and every one of a bulk', async () => {
    const single = await run(
      `--url ${service.url} --mode single --services 50 --events 2000 ${shape} --verify`,
    );
    expect(single.output).to.match(/requests +2,000 /);
    expect(single.output).to.match(verified);
    expect(single.code).to.equal(0);
    expect(complaints(single)).to.equal('');

    const bulk = await run(
      `--url ${service.url} --mode bulk --batch 500 --services 50 --events 5001 ${shape} --gzip --verify`,
    );
    expect(bulk.output)
      .to.match(/requests +11 /)
      .and.to.match(/events +5,001 /);
    expect(bulk.output).to.match(verified);
    expect(bulk.code).to.equal(0);
    expect(complaints(bulk)).to.equal('');
  });

  it('finds the same again if the same load is sent again', async () => {
    const args = `--url ${service.url} --mode bulk --batch 100 --services 50 --events 3000 ${shape} --verify --json`;
    const counts = { compared: 50, notComparable: 0, different: 0, first: [] };
    for (const round of [1, 2]) {
      const { output, code } = await run(args);
      expect(code, `round ${round}`).to.equal(0);
      const result = JSON.parse(output) as Record<string, unknown>;
      expect(result).to.include({ requests: 30, events: 3000, seed: 3, interrupted: false });
      expect(result.verification).to.deep.equal(counts);
    }
  });

  it('stores payload events', async () => {
    const { code, output } = await run(
      `--url ${service.url} --mode payload --batch 100 --events 2000 ${shape} --retry`,
    );
    expect(output)
      .to.match(/requests +20 /)
      .and.to.match(/errors +0\n/);
    expect(code).to.equal(0);
    const answer = await fetch(`${service.url}/events?limit=1`);
    expect(await answer.text()).to.include('trace_id');
  });

  it('deploys components', async () => {
    const { code, output } = await run(
      `--url ${service.url} --mode records --events 3000 --services 20 ${shape} --retry`,
    );
    expect(output)
      .to.match(/requests +30 /)
      .and.to.match(/errors +0\n/);
    expect(code).to.equal(0);
    const { Records } = (await (await fetch(`${service.url}/current`)).json()) as { Records: unknown[] };
    expect(Records.length).to.be.within(20, 60);
  });

  it('runs Spark applications', async () => {
    const { code, output } = await run(
      `--url ${service.url} --mode spark --events 3000 --services 4 ${shape} --retry`,
    );
    expect(output).to.match(/errors +0\n/);
    expect(code).to.equal(0);
    const { jobs } = (await (await fetch(`${service.url}/job`)).json()) as { jobs: string[] };
    expect(jobs).to.have.length(4);
    const runs = (await (await fetch(`${service.url}/job/${jobs[0] ?? ''}/runs`)).json()) as {
      state: string;
    }[];
    expect(runs.map(({ state }) => state)).to.include('finished');
  });

  it('keeps to a rate and a duration', async () => {
    const { code, output } = await run(
      `--url ${service.url} --rate 200 --duration 0.5 --connections 8 --json`,
    );
    expect(code).to.equal(0);
    const { requests, notSent } = JSON.parse(output) as { requests: number; notSent: number };
    expect(requests + notSent).to.equal(100);
  });
});

describe('loadtest', () => {
  let server: ReportServer | undefined;

  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  async function serve(fateOf?: (write: number) => Fate): Promise<string> {
    server = await startReportServer(fateOf);
    return `--url ${server.url} --connections 4 --services 10 --seed 3`;
  }

  it('finds out a service that loses a report', async () => {
    const common = await serve((write) => (write === 7 ? 'lose' : 'keep'));
    const { code, output } = await run(`${common} --events 10 --verify`);
    expect(output).to.match(
      /verified +10 services compared: 1 differences\n {2}differs +"load-3-.*got not there\n$/,
    );
    expect(code).to.equal(1);
  });

  it('sends again what was not acknowledged', async () => {
    const common = await serve((write) => (write % 3 === 0 ? 503 : 'keep'));
    const { code, output } = await run(`${common} --mode bulk --batch 20 --events 200 --verify`);
    expect(output)
      .to.match(/status 503 \d+ {2}Not now\./)
      .and.to.match(/sent again/);
    expect(output).to.match(/10 services compared: 0 differences\n$/);
    expect(code).to.equal(0);
  });

  it('sends the same load for the same seed', async () => {
    const loads = [];
    for (let round = 0; round < 2; round++) {
      const common = await serve();
      await run(`${common} --mode bulk --batch 20 --events 200 --shuffle --connections 1`);
      loads.push(server?.reports);
      await server?.close();
    }
    expect(loads[0]).to.have.length(200);
    expect(loads[1]).to.deep.equal(loads[0]);
  });

  it('says what was done so far when it is interrupted', async () => {
    const common = await serve();
    const process = start(`${common} --duration 600 --rate 100`);
    const ended = endOf(process);
    await until('some requests', () => (server?.reports.length ?? 0) > 10);
    process.kill('SIGINT');
    const { code, output } = await ended;
    expect(output)
      .to.match(/, interrupted\n/)
      .and.to.match(/requests +[\d,]+ /);
    expect(code).to.equal(0);
  });

  it('exits with 1 if nothing was acknowledged, or nobody is there to verify', async () => {
    const common = await serve(() => 500);
    const { code, output } = await run(`${common} --events 20`);
    expect(output).to.match(/given up +20\n/);
    expect(code).to.equal(1);
    await server?.close();
    const away = await run(`${common} --events 20 --verify`);
    expect(away.errors).to.match(/^loadtest: GET \/services before the load: no answer: refused\n$/);
    expect(away.code).to.equal(1);
  });

  it('exits with 2 and one message if its arguments are wrong', async () => {
    const { code, output, errors } = await run('--url http://example.com --services 0');
    expect({ code, output }).to.deep.equal({ code: 2, output: '' });
    expect(errors).to.match(/^loadtest: --services must be.*--url must be.*\n$/);
  });

  it('explains itself', async () => {
    const { code, output } = await run('--help');
    expect(code).to.equal(0);
    expect(output).to.include('--allow-remote').and.include('payload');
  });
});
