import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import { parse } from 'yaml';
import { z } from 'zod';

import { messagesOfRun } from '../../internal/loadtest/spark-application.ts';
import { randomOf } from '../../internal/program/random.ts';
import { until } from '../../internal/testing/until.ts';
import { useTestService } from './testing/start-test-service.ts';

const examples = fileURLToPath(new URL('../../../examples/', import.meta.url));
const WRITE_TOKEN = 'write-token-of-the-examples';

const eventsOf = z.object({ events: z.array(z.object({ content: z.string() })) });

describe('the examples', () => {
  const service = useTestService({ environment: { WRITE_TOKENS: WRITE_TOKEN, SHARDS: '1' } });

  /** Runs a program as a reader would, and resolves to what it says. */
  async function run(
    program: string,
    args: readonly string[],
    more: Record<string, string> = {},
  ): Promise<string> {
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin', MINIKOM: service.url, WRITE_TOKEN, ...more };
    const child = spawn(program, args, { cwd: examples, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const [ended, out, errors] = await Promise.all([
      once(child, 'exit'),
      text(child.stdout),
      text(child.stderr),
    ]);
    expect(ended[0], out + errors).to.equal(0);
    return out;
  }

  const stateOf = async (name: string) => {
    const { text: answer } = await service.send({ path: `/services/${name}` });
    return z.looseObject({ state: z.string() }).parse(JSON.parse(answer)).state;
  };

  it('report with curl', async () => {
    await run('./report.sh', ['by-curl', 'issue']);
    expect(await stateOf('by-curl')).to.equal('issue');
  });

  it('report with Node.js', async () => {
    await run(process.execPath, ['agent.mjs', 'by-node', 'deploy', '1']);
    expect(await stateOf('by-node')).to.equal('deploy');
  });

  it('report with Python', async function () {
    if (spawnSync('python3', ['--version']).error !== undefined) this.skip();
    await run('python3', ['agent.py', 'by-python', 'issue', '1']);
    expect(await stateOf('by-python')).to.equal('issue');
  });

  it('say so where they are refused', async function () {
    const refused = (program: string, args: readonly string[]) =>
      run(program, args, { WRITE_TOKEN: 'another-token-than-that' }).then(
        () => 'taken',
        (error: unknown) => String(error),
      );
    expect(await refused('./report.sh', ['by-curl', 'issue'])).to.include('urn:minikom:problem:unauthorized');
    expect(await refused(process.execPath, ['agent.mjs', 'a', 'issue', '1'])).to.include('unauthorized');
    if (spawnSync('python3', ['--version']).error !== undefined) this.skip();
    expect(await refused('python3', ['agent.py', 'a', 'issue', '1'])).to.include('unauthorized');
  });

  it('send the event logs of Spark while they grow, and nothing twice when they begin anew', async function () {
    if (spawnSync('python3', ['--version']).error !== undefined) this.skip();
    const folder = mkdtempSync(join(tmpdir(), 'minikom-event-log-'));
    const log = join(folder, 'app-1.inprogress');
    // Spark says of its version when nothing else was yet; letters beyond ASCII may be cut by where the file ends so far.
    const lines = [
      '{"Event":"SparkListenerLogStart","Spark Version":"3.5.1"}',
      ...Array.from(
        messagesOfRun('etl é', 'app-1', 1_700_000_000_000, randomOf(1)),
        ({ content }) => content,
      ),
    ].filter((line) => line !== '{}');
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    const cut = bytes.indexOf('é') + 1;
    const parts = [
      bytes.subarray(0, cut),
      bytes.subarray(cut, bytes.length / 2),
      bytes.subarray(bytes.length / 2),
    ];
    const job = `/job/${encodeURIComponent('etl é')}`;
    const follow = () => {
      const env = { PATH: '/usr/local/bin:/usr/bin:/bin', MINIKOM: service.url, WRITE_TOKEN };
      return spawn('python3', ['spark_events.py', folder], { cwd: examples, env, stdio: 'inherit' });
    };
    const readEvents = async () => {
      const { text: answer } = await service.send({ path: `${job}/app-1/events` });
      return eventsOf.parse(JSON.parse(answer)).events;
    };

    writeFileSync(log, parts[0] ?? '');
    let follower = follow();
    try {
      appendFileSync(log, parts[1] ?? '');
      await until('what there is so far was sent', async () => {
        const { status } = await service.send({ path: `${job}/app-1/events` });
        return status === 200;
      });
      const exited = once(follower, 'exit');
      follower.kill();
      await exited;
      follower = follow();
      appendFileSync(log, parts[2] ?? '');
      renameSync(log, join(folder, 'app-1'));
      await until('the run has ended', async () => {
        const { text: answer } = await service.send({ path: `${job}/runs` });
        return answer.includes('"state":"finished"');
      });
      expect((await readEvents()).map(({ content }) => content)).to.deep.equal(lines);
    } finally {
      follower.kill();
      rmSync(folder, { recursive: true });
    }
  });

  it('tell of a deployment from a step of GitHub Actions', async () => {
    const steps = z.tuple([z.looseObject({ run: z.string() })]);
    const [{ run: script }] = steps.parse(parse(readFileSync(`${examples}github-deployment.yml`, 'utf8')));
    const environment = { COMPONENT: 'shop', ENVIRONMENT: 'prod', STATE: 'succeeded' };
    expect(await run('bash', ['-euo', 'pipefail', '-c', script], environment)).to.equal('Ok');
    const { text: current } = await service.send({ path: '/current' });
    expect(current).to.include('"Component":"shop","Environment":"prod","State":"succeeded"');
  });
});
