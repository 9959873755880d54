import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';

import { expect } from 'chai';

import { digestOf } from '../config/tokens.ts';
import { Guard } from './guard.ts';
import { Problem } from './problem.ts';
import { Proxies } from './proxies.ts';
import { RateLimits, type Rates } from './rate-limits.ts';

function limitsOf(rates: Partial<Rates>, write: readonly string[] = []) {
  const clock = { nowMs: 1000 };
  const proxies = new Proxies([]);
  const tokens = { current: { write: write.map(digestOf), read: [], badge: [] } };
  const guard = new Guard({
    ...{ features: [], tokens, hosts: undefined, proxies, probes: new Set<string>(), now: () => 0 },
  });
  const all: Rates = { eventsPerSecond: undefined, bytesPerSecond: undefined, ...rates };
  return { clock, limits: new RateLimits({ ...all, guard, proxies, nowMs: () => clock.nowMs }) };
}

function requestOf(address: string, token?: string): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: address });
  const headers = token === undefined ? {} : { 'x-api-key': token };
  return Object.assign(new IncomingMessage(socket), { method: 'POST', url: '/event', headers });
}

/** After how many seconds to come again; 0 if the request may pass. */
function waitOf(limits: RateLimits, request: IncomingMessage): number {
  try {
    limits.require(request);
    return 0;
  } catch (error) {
    if (error instanceof Problem && error.status === 429) return Number(error.headers['retry-after']);
    throw error;
  }
}

describe('the rates of callers', () => {
  const one = requestOf('10.0.0.1');
  const other = requestOf('10.0.0.2');

  it('take as much as said in each second, with a second of it at once', () => {
    const { limits, clock } = limitsOf({ eventsPerSecond: 10 });
    let taken = 0;
    for (let tick = 0; tick < 100; tick++, clock.nowMs += 50) {
      while (waitOf(limits, one) === 0) {
        limits.charge(one, { events: 1 });
        taken++;
      }
    }
    // Five seconds, and the one at once; each time the last one may go beyond.
    expect(taken).to.be.within(59, 62);
  });

  it('take a large request whole, and make its caller wait for as long as it is worth', () => {
    const { limits, clock } = limitsOf({ eventsPerSecond: 1000 });
    limits.charge(one, { events: 15_000 });
    expect(waitOf(limits, one)).to.equal(14);
    expect(waitOf(limits, other)).to.equal(0);
    clock.nowMs += 13_999;
    expect(waitOf(limits, one)).to.equal(1);
    clock.nowMs += 1;
    expect(waitOf(limits, one)).to.equal(0);
  });

  it('are of bytes, too, by themselves', () => {
    const { limits } = limitsOf({ eventsPerSecond: 1000, bytesPerSecond: 100 });
    limits.charge(one, { events: 4000 });
    limits.charge(one, { bytes: 500 });
    expect(waitOf(limits, one)).to.equal(4);
  });

  it('are of tokens where those are wanted, from whatever address', () => {
    const { limits } = limitsOf({ eventsPerSecond: 1 }, ['mine', 'yours']);
    limits.charge(requestOf('10.0.0.1', 'mine'), { events: 5 });
    expect(waitOf(limits, requestOf('10.0.0.2', 'mine'))).to.equal(4);
    expect(waitOf(limits, requestOf('10.0.0.1', 'yours'))).to.equal(0);
  });

  it('are of addresses where none is wanted, whatever token is made up', () => {
    const { limits } = limitsOf({ eventsPerSecond: 1 });
    limits.charge(requestOf('10.0.0.1', 'made up'), { events: 5 });
    expect(waitOf(limits, requestOf('10.0.0.1', 'made up anew'))).to.equal(4);
  });

  it('are kept of the last ten thousand callers', () => {
    const { limits, clock } = limitsOf({ eventsPerSecond: 1 });
    for (let index = 0; index < 20_000; index++) limits.charge(requestOf(`caller ${index}`), { events: 9 });
    expect(waitOf(limits, requestOf('caller 0'))).to.equal(0);
    expect(waitOf(limits, requestOf('caller 19999'))).to.equal(8);
    clock.nowMs += 10_000;
    expect(waitOf(limits, requestOf('caller 19999'))).to.equal(0);
  });
});
