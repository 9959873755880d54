import { expect } from 'chai';

import { runAgent, type AgentContext, type AgentOptions } from './agent.ts';
import type { DeliveryStats } from './delivery.ts';
import { logLines, type LogLines } from './testing/log-lines.ts';
import { plannedBodies } from './testing/planned-bodies.ts';
import { accept, startReceiver, type Behaviour, type Receiver } from './testing/receiver.ts';

const plan = { seed: 11, startSecond: 1_700_000_000, loss: 0.05, duplicates: 0.05 };
const run = { ...plan, token: undefined, services: 6, speedUp: 400, durationSeconds: 200 };
const planned = plannedBodies(run.services, { ...plan, endSecond: plan.startSecond + run.durationSeconds });
const never = new AbortController().signal;

describe('the agent', () => {
  let receiver: Receiver;
  let log: LogLines;

  afterEach(() => receiver.close());

  async function startServer(behaviour: Behaviour, port?: number): Promise<void> {
    receiver = await startReceiver(behaviour, port);
    log = logLines();
  }

  function report(
    options: Partial<AgentOptions> = {},
    context: Partial<AgentContext> = {},
  ): Promise<DeliveryStats> {
    return runAgent(
      { ...run, endpoint: receiver.endpoint, ...options },
      {
        clock: () => Date.now(),
        stopwatch: () => performance.now(),
        random: () => Math.random(),
        logger: log.logger,
        stop: never,
        ...context,
      },
    );
  }

  it('sends exactly the planned reports, over few connections', async () => {
    await startServer(accept);
    const stats = await report({ token: 'secret' });
    expect(receiver.accepted.sort()).to.deep.equal(planned);
    expect(stats).to.include({ accepted: planned.length, waiting: 0, refused: 0, dropped: 0, retried: 0 });
    expect(receiver.connections).to.be.at.most(64);
    expect(receiver.requests[0]).to.deep.include({ url: '/event' });
    expect(receiver.requests[0]?.headers).to.include({
      authorization: 'Bearer secret',
      'content-type': 'application/json',
    });
  });

  it('delivers every report to a server that is busy, hangs up and hangs', async () => {
    await startServer((index, response) => {
      if (index === 3) response.writeHead(503, { 'Retry-After': '1' }).end('busy');
      else if (index === 30) response.writeHead(429).end();
      else if (index === 40) return;
      else if (index % 50 === 0) response.destroy();
      else if (index % 50 === 1)
        response.writeHead(200, { 'Content-Length': '9' }).write('cut', () => response.destroy());
      else response.end();
    });
    const stats = await report({}, { limits: { requestTimeoutMs: 2000 } });
    expect(receiver.accepted.sort()).to.deep.equal(planned);
    expect(stats.accepted).to.equal(planned.length);
    expect(stats.sent).to.equal(stats.accepted + stats.retried);
    expect(stats.retried).to.be.at.least(5);
  });

  it('waits as long as Retry-After says', async () => {
    let refusedAtMs = 0;
    let nextAtMs = 0;
    await startServer((index, response) => {
      if (index === 1) nextAtMs = performance.now();
      if (index > 0) return response.end();
      refusedAtMs = performance.now();
      return response.writeHead(503, { 'Retry-After': '1' }).end();
    });
    // One at a time, so that no other request is under way when the answer comes.
    await report({}, { limits: { maxInFlight: 1 } });
    expect(nextAtMs - refusedAtMs).to.be.at.least(1_000);
  });

  it('delivers every report to a server that goes away and comes back', async () => {
    await startServer(accept);
    const finished = report();
    await receiver.untilRequests(50);
    const { port, accepted } = receiver;
    await receiver.close();
    await log.until('sending again');
    await startServer(accept, port);
    const stats = await finished;
    // A report taken just before the server went away may have been sent again.
    const inOrder = [...new Set([...accepted, ...receiver.accepted])].sort();
    expect(inOrder).to.deep.equal([...new Set(planned)]);
    expect(stats).to.include({ accepted: planned.length, waiting: 0, dropped: 0 });
  });

  it('counts and logs what the server refuses, and does not send it again', async () => {
    await startServer((index, response) => {
      response.statusCode = index % 10 === 0 ? 400 : 200;
      response.end('{"detail":"no such state"}');
    });
    const stats = await report();
    expect(receiver.requests).to.have.length(planned.length);
    expect(stats.refused).to.equal(Math.ceil(planned.length / 10));
    expect(stats.accepted + stats.refused).to.equal(planned.length);
    expect(log.lines.filter((line) => line.includes('report refused'))).to.have.length(1);
    expect(log.lines.join('')).to.include('no such state');
  });

  it('keeps no more reports than allowed for a server that is away, and gives up in the end', async () => {
    await startServer((_index, response) => response.writeHead(503).end());
    const stats = await report({}, { limits: { maxWaiting: 100, finishTimeoutMs: 1 } });
    expect(stats).to.include({ accepted: 0, waiting: 100, dropped: planned.length - 100 });
    expect(log.lines.join('')).to.include('dropped the oldest');
  });

  it('stops when told to, after it has delivered what it has observed', async () => {
    await startServer(accept);
    const stop = new AbortController();
    const finished = report({ speedUp: 100, durationSeconds: Infinity }, { stop: stop.signal });
    await receiver.untilRequests(50);
    stop.abort();
    const stats = await finished;
    expect(stats).to.include({ accepted: receiver.accepted.length, waiting: 0 });
    const endSecond = plan.startSecond + 10_000;
    const endless = new Set(plannedBodies(run.services, { ...plan, endSecond }));
    expect(receiver.accepted.filter((body) => !endless.has(body))).to.be.empty;
  });

  it('stops within its time although the server does not answer', async () => {
    await startServer(() => undefined);
    const stop = new AbortController();
    const finished = report({}, { stop: stop.signal, limits: { stopTimeoutMs: 1 } });
    await receiver.untilRequests(1);
    stop.abort();
    const stats = await finished;
    expect(stats.accepted).to.equal(0);
    expect(stats.waiting).to.be.above(0);
  });
});
