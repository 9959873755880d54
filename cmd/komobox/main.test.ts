import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { plannedBodies } from '../../internal/agent/testing/planned-bodies.ts';
import { startReceiver, type Behaviour, type Receiver } from '../../internal/agent/testing/receiver.ts';

type Komobox = ChildProcessByStdio<null, Readable, Readable>;

function spawnKomobox(args: string[], environment: Record<string, string>): Komobox {
  const main = fileURLToPath(new URL('./main.js', import.meta.url));
  return spawn(process.execPath, [main, ...args], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Waits for the end; with `onText`, is told all that was written to standard output so far. */
async function endOf(
  komobox: Komobox,
  onText: (text: string) => void = () => undefined,
): Promise<{ code: unknown; output: string; errors: string }> {
  let output = '';
  komobox.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    onText(output);
  });
  const [closed, errors] = await Promise.all([once(komobox, 'close'), text(komobox.stderr)]);
  return { code: closed[0], output, errors };
}

describe('komobox', () => {
  let receiver: Receiver | undefined;

  afterEach(async () => {
    await receiver?.close();
    receiver = undefined;
  });

  async function startServer(behaviour?: Behaviour): Promise<Receiver> {
    receiver = await startReceiver(behaviour);
    return receiver;
  }

  const plan = { seed: 5, startSecond: 1_700_000_000, loss: 0.1, duplicates: 0.1 };
  const args = '--seed 5 --start-second 1700000000 --loss 0.1 --duplicates 0.1 --services 20'.split(' ');
  const shortRun = [...args, '--duration', '120', '--speed-up', '400'];
  const planned = plannedBodies(20, { ...plan, endSecond: plan.startSecond + 120 });

  it('reports as planned and exits with 0', async () => {
    const { endpoint, accepted } = await startServer();
    const { code, output, errors } = await endOf(spawnKomobox(shortRun, { ENDPOINT: endpoint.origin }));
    expect({ code, errors }).to.deep.equal({ code: 0, errors: '' });
    expect(accepted.sort()).to.deep.equal(planned);
    expect(output).to.match(/"accepted":\d+,.*"waiting":0,"msg":"final stats"}\n$/);
  });

  it('exits with 1 if a report was refused', async () => {
    const { endpoint } = await startServer((index, response) => {
      response.statusCode = index === 7 ? 422 : 200;
      response.end();
    });
    const { code, output } = await endOf(spawnKomobox(shortRun, { ENDPOINT: endpoint.href }));
    expect(code).to.equal(1);
    expect(output).to.match(/"refused":1,.*"msg":"final stats"}\n$/);
  });

  it('exits with 2 and one message if it is not told where to report to or a flag is wrong', async () => {
    const { code, output, errors } = await endOf(spawnKomobox(['--loss', '2'], {}));
    expect({ code, output }).to.deep.equal({ code: 2, output: '' });
    expect(errors).to.match(/^komobox: ENDPOINT is missing.*--loss must be.*\n$/);
  });

  it('explains itself', async () => {
    const { code, output } = await endOf(spawnKomobox(['--help'], {}));
    expect(code).to.equal(0);
    expect(output).to.include('--speed-up').and.include('ENDPOINT');
  });

  it('delivers and exits with 0 on SIGTERM', async () => {
    const server = await startServer();
    const komobox = spawnKomobox(args, { ENDPOINT: server.endpoint.href });
    const ended = endOf(komobox);
    await server.untilRequests(1);
    komobox.kill('SIGTERM');
    const { code, output } = await ended;
    expect(code).to.equal(0);
    expect(output)
      .to.include(`"accepted":${server.accepted.length},`)
      .and.include('"waiting":0,"msg":"final stats"');
  });

  it('exits at once on a second signal', async () => {
    const server = await startServer(() => undefined);
    const komobox = spawnKomobox(args, { ENDPOINT: server.endpoint.href });
    const ended = endOf(komobox, (output) => {
      if (output.includes('stopping')) komobox.kill('SIGINT');
    });
    await server.untilRequests(1);
    komobox.kill('SIGINT');
    const { code, output } = await ended;
    expect(code).to.equal(1);
    expect(output).to.not.include('final stats');
  });
});
