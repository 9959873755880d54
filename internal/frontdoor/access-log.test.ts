import { IncomingMessage, ServerResponse, type IncomingHttpHeaders } from 'node:http';
import { Socket } from 'node:net';

import { expect } from 'chai';
import { pino } from 'pino';

import { AccessLog, shownUrl, traceIdOf } from './access-log.ts';
import { Problem, unavailable } from './problem.ts';
import { Proxies } from './proxies.ts';

const trace = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${trace}-b7ad6b7169203331-01`;

function logOf(
  level: string,
  tellsAll: boolean,
  clock = () => performance.now(),
): { log: AccessLog; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>);
  const logger = pino(
    { level, base: null, timestamp: false, formatters: { level: (label) => ({ level: label }) } },
    { write },
  );
  return { log: new AccessLog({ logger, proxies: new Proxies(['10.0.0.2']), tellsAll, clock }), lines };
}

function requestOf(headers: IncomingHttpHeaders = {}, url = '/event'): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: '10.0.0.2' });
  return Object.assign(new IncomingMessage(socket), { method: 'POST', url, headers });
}

describe('what the log says of requests', () => {
  it('is who asked for what, how long it took, and which trace it belongs to', () => {
    const { log, lines } = logOf('info', true);
    const headers = { traceparent, 'x-forwarded-for': '203.0.113.7' };
    log.answered(new ServerResponse(requestOf(headers)), 'mine', performance.now() - 12);
    log.refused(new Problem(400, 'invalid-request', 'No.'), requestOf(), 'mine', performance.now());
    const [answered, refused] = lines;
    expect(answered).to.include({ level: 'info', msg: 'answered', requestId: 'mine', traceId: trace });
    expect(answered).to.include({ client: '203.0.113.7', method: 'POST', url: '/event', status: 200 });
    expect(answered?.durationMs).to.be.at.least(12);
    expect(refused).to.include({ level: 'info', msg: 'request refused', client: '10.0.0.2', status: 400 });
    expect(refused).to.have.property('durationMs').that.is.at.least(0);
    expect(refused).to.not.have.property('traceId');
  });

  it('is of refusals alone, unless all are to be told or the level is debug', () => {
    for (const [level, tellsAll, tells] of [
      ['info', false, false],
      ['debug', false, true],
      ['info', true, true],
      ['warn', true, false],
    ] as const) {
      const { log, lines } = logOf(level, tellsAll);
      expect(log.tellsAnswers, `${level} ${tellsAll}`).to.equal(tells);
      log.refused(unavailable('Not now.'), requestOf(), 'mine');
      expect(lines.map(({ msg }) => msg)).to.deep.equal(['request not served']);
    }
  });

  it('is of twenty requests a second that are not served, and how many more there were', () => {
    let nowMs = 0;
    const { log, lines } = logOf('info', false, () => nowMs);
    const refuse = () => log.refused(unavailable('Not now.'), requestOf(), 'mine');
    for (let asked = 0; asked < 50; asked++) refuse();
    expect(lines).to.have.length(20);
    log.refused(new Problem(400, 'invalid-request', 'No.'), requestOf(), 'mine');
    expect(lines.at(-1)).to.include({ msg: 'request refused' }).and.not.have.property('untold');
    nowMs = 1000;
    refuse();
    refuse();
    expect(lines.slice(-2).map(({ untold }) => untold)).to.deep.equal([30, undefined]);
  });

  it('is of all requests that are not served, if all are to be told', () => {
    const { log, lines } = logOf('info', true);
    for (let asked = 0; asked < 50; asked++) log.refused(unavailable('Not now.'), requestOf(), 'mine');
    expect(lines).to.have.length(50);
  });

  it('holds no token of a badge', () => {
    expect(shownUrl({ url: '/a.svg?label=x&badge_token=hush&hours=1' })).to.equal(
      '/a.svg?label=x&badge_token=***&hours=1',
    );
    expect(shownUrl({ url: '/a.svg?badge_token=hush' })).to.not.include('hush');
  });

  it('takes up no trace that is not valid', () => {
    expect(traceIdOf(traceparent)).to.equal(trace);
    expect(traceIdOf(`${traceparent.replace('00-', 'cc-')}-more`), 'of a later version').to.equal(trace);
    const bad = [
      undefined,
      '',
      trace,
      `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
      traceparent.toUpperCase(),
      traceparent.slice(1),
      [traceparent],
    ];
    for (const value of bad) expect(traceIdOf(value), String(value)).to.equal(undefined);
  });
});
