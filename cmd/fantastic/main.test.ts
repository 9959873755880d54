import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

type Program = ChildProcessByStdio<null, Readable, Readable>;

describe('fantastic', () => {
  /** All that a test started: one that goes on would keep the tests' own process from ending. */
  const programs: Program[] = [];

  afterEach(async () => {
    for (const program of programs.splice(0)) {
      if (program.exitCode !== null || program.signalCode !== null) continue;
      program.kill('SIGKILL');
      await once(program, 'exit');
    }
  });

  function run(...args: string[]): Program {
    const main = fileURLToPath(new URL('./main.js', import.meta.url));
    const program = spawn(process.execPath, [main, ...args], { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
    programs.push(program);
    return program;
  }

  /** Starts it on a free port. */
  async function serve(...args: string[]): Promise<{ program: Program; url: string }> {
    const started = run('--port', '0', ...args);
    const [line] = (await once(createInterface(started.stdout), 'line')) as [string];
    return { program: started, url: line.replace('fantastic at ', '') };
  }

  async function end(started: Program): Promise<{ code: unknown; output: string; errors: string }> {
    const closed = once(started, 'close');
    const [output, errors] = await Promise.all([text(started.stdout), text(started.stderr)]);
    return { code: (await closed)[0] as unknown, output, errors };
  }

  it('is fantastic, or has an excuse', async () => {
    const { url } = await serve('--seed', '1');
    const statuses = new Set<number>();
    for (let request = 0; request < 50; request++) {
      const answer = await fetch(url);
      statuses.add(answer.status);
      const body = await answer.text();
      if (answer.status === 200) expect(body).to.equal('fantastic!\n');
      else expect(body.length).to.be.greaterThan(60);
    }
    expect(statuses).to.deep.equal(new Set([200, 500]));
  });

  it('cuts connections if it is told to', async () => {
    const { url } = await serve('--failure-percent', '0', '--reset-percent', '100');
    const error: unknown = await fetch(url).catch((reason: unknown) => reason);
    expect(error).to.have.nested.property('cause.code', 'ECONNRESET');
  });

  it('ends by SIGTERM, also while somebody waits for an answer', async () => {
    const { program: started, url } = await serve('--failure-percent', '0', '--hang-percent', '100');
    const waiting = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
    waiting.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(waiting, 'connect');
    const closed = once(started, 'close');
    started.kill('SIGTERM');
    expect((await closed)[0]).to.equal(0);
    waiting.destroy();
  });

  it('names each flag that is wrong, and exits with 2', async () => {
    const flags = [
      '--port',
      'x',
      '--failure-percent',
      '80',
      '--hang-percent',
      '30',
      '--odd',
      '--latency-ms=-1',
      'a',
    ];
    const { code, output, errors } = await end(run(...flags));
    expect({ code, output }).to.deep.equal({ code: 2, output: '' });
    expect(errors.trimEnd().split('; ')).to.have.length(5);
    for (const named of ['--port', '--hang-percent', '--odd', '--latency-ms', '"a"'])
      expect(errors).to.include(named);
  });

  it('explains itself', async () => {
    const { code, output } = await end(run('--help'));
    expect(code).to.equal(0);
    expect(output).to.include('--failure-percent');
  });

  it('tells if it cannot listen', async () => {
    const { url } = await serve();
    const { code, errors } = await end(run('--port', new URL(url).port));
    expect(code).to.equal(1);
    expect(errors).to.include('EADDRINUSE');
  });
});
