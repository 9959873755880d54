import { IncomingMessage, type IncomingHttpHeaders } from 'node:http';
import { Socket } from 'node:net';

import { expect } from 'chai';

import { Proxies, type Caller } from './proxies.ts';

function callerOf(trusted: readonly string[], peer: string, headers: IncomingHttpHeaders): Caller {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: peer });
  return new Proxies(trusted).callerOf(Object.assign(new IncomingMessage(socket), { headers }));
}

describe('who asks, behind proxies', () => {
  const told = {
    host: 'inside:8080',
    'x-forwarded-for': '198.51.100.1, 203.0.113.7',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'minikom.test',
  };

  it('is who has connected, whatever is said by one that is not trusted', () => {
    for (const trusted of [[], ['10.0.0.1'], ['10.1.0.0/16', '2001:db8::/32']]) {
      expect(callerOf(trusted, '10.0.0.2', told)).to.deep.equal({
        ...{ address: '10.0.0.2', scheme: 'http', host: 'inside:8080', isRenamed: false },
      });
    }
  });

  it('is what a trusted proxy says', () => {
    for (const peer of ['10.0.0.2', '::ffff:10.0.0.2', '2001:db8::7']) {
      expect(callerOf(['10.0.0.0/8', '2001:db8::/32'], peer, told), peer).to.deep.equal({
        ...{ address: '203.0.113.7', scheme: 'https', host: 'minikom.test', isRenamed: false },
      });
    }
  });

  it('is the last that no trusted proxy has, as what stands before it may be made up', () => {
    const address = (forwardedFor: string, trusted = ['10.0.0.0/8']) =>
      callerOf(trusted, '10.0.0.2', { 'x-forwarded-for': forwardedFor }).address;
    expect(address('127.0.0.1, 203.0.113.7, 10.0.0.9')).to.equal('203.0.113.7');
    expect(address('10.0.0.8, 10.0.0.9'), 'all are trusted').to.equal('10.0.0.8');
    expect(address('2001:db8::1')).to.equal('2001:db8::1');
    for (const none of ['', ' , ', 'unknown', '203.0.113.7:4711', '203.0.113.7\r\nx', '<script>']) {
      expect(address(none), none).to.equal('10.0.0.2');
    }
  });

  it('came by the scheme of a page, whatever it is called for a WebSocket', () => {
    const schemes = { http: 'http', https: 'https', HTTPS: 'https', ws: 'http', wss: 'https' };
    for (const [told, scheme] of Object.entries(schemes)) {
      const caller = callerOf(['10.0.0.2'], '10.0.0.2', { 'x-forwarded-proto': told });
      expect(caller.scheme, told).to.equal(scheme);
    }
  });

  it('is not known in what a trusted proxy does not say', () => {
    expect(callerOf(['10.0.0.2'], '10.0.0.2', { host: 'inside' })).to.deep.equal({
      ...{ address: '10.0.0.2', scheme: undefined, host: 'inside', isRenamed: true },
    });
  });
});
