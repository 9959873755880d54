import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Who asks, as far as it is known through the proxies in front. */
export interface Caller {
  readonly address: string;
  /** How it came to the outermost proxy, or here; undefined if a trusted proxy does not say. */
  readonly scheme: string | undefined;
  /** What it called the service. */
  readonly host: string | undefined;
  /** Whether a trusted proxy asks for it that does not say what it called the service. */
  readonly isRenamed: boolean;
}

/** The proxies in front of the service, which alone are believed what they say of their clients. */
export class Proxies {
  readonly #trusted = new BlockList();

  /** Addresses and subnets such as `10.0.0.0/8`. */
  constructor(trusted: readonly string[]) {
    for (const entry of trusted) {
      const [address = '', bits] = entry.split('/');
      const family = familyOf(address);
      if (bits === undefined) this.#trusted.addAddress(address, family);
      else this.#trusted.addSubnet(address, Number(bits), family);
    }
  }

  /** `X-Forwarded-For`, `-Proto` and `-Host` count only if they come from a trusted proxy. */
  callerOf({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): Caller {
    const peer = socket.remoteAddress ?? '';
    if (!this.#trusts(peer)) {
      const scheme = socket instanceof TLSSocket ? 'https' : 'http';
      return { address: peer, scheme, host: headers.host, isRenamed: false };
    }
    const host = listOf(headers['x-forwarded-host'])[0];
    return {
      address: this.#clientOf(peer, listOf(headers['x-forwarded-for'])),
      // Traefik calls the scheme of a WebSocket `ws` or `wss`.
      scheme: listOf(headers['x-forwarded-proto'])[0]?.toLowerCase().replace(/^ws/, 'http'),
      host: host ?? headers.host,
      isRenamed: host === undefined,
    };
  }

  /** The last address that is no trusted proxy's: what stands before it may be made up by whoever has it. */
  #clientOf(peer: string, forwardedFor: readonly string[]): string {
    let client = peer;
    for (const address of forwardedFor.toReversed()) {
      if (!this.#trusts(client) || isIP(address) === 0) break;
      client = address;
    }
    return client;
  }

  #trusts(address: string): boolean {
    return isIP(address) !== 0 && this.#trusted.check(address, familyOf(address));
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

function listOf(header: string | readonly string[] | undefined): string[] {
  return (typeof header === 'string' ? header : (header ?? []).join())
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
