import { isLoopback } from '../config/exposures.ts';
import { Problem } from './problem.ts';

// Whoever asks by ever new ports, all of which are good, is looked at each time.
const MOST_KNOWN = 1000;

/**
 * By which names the service may be called. A page can have its own name lead to this machine, and its visitors' browsers
 * then take the service for a part of the page (DNS rebinding); but they say by what name they call it. Loopback's own
 * names are always good, as no page can have those.
 */
export class Hosts {
  /** Values of `Host` that were found good; without one, which HTTP/1.0 allows, no browser is asking. */
  readonly known = new Set<string | undefined>([undefined]);
  readonly #names: ReadonlySet<string>;
  readonly #suffixes: readonly string[];

  /** `allowed` holds names, addresses, and names that begin with `*.`. */
  constructor(allowed: readonly string[]) {
    this.#names = new Set(allowed);
    this.#suffixes = allowed.filter((name) => name.startsWith('*.')).map((name) => name.slice(1));
  }

  /** Throws 421 for a `Host` by which the service may not be called. */
  require(host: string | undefined): void {
    if (this.known.has(host)) return;
    const name = nameOf(host ?? '');
    if (!this.isAllowed(name)) {
      throw new Problem(421, 'misdirected', 'The service is not called by this Host: see ALLOWED_HOSTS.');
    }
    if (this.known.size < MOST_KNOWN) this.known.add(host);
  }

  /** Whether the service may be called so; `name` is in small letters and without a port. */
  isAllowed(name: string): boolean {
    return (
      isLoopback(name) || this.#names.has(name) || this.#suffixes.some((suffix) => name.endsWith(suffix))
    );
  }
}

/** The name in a `Host`: without its port, the brackets of an address, and the dot that may end it. */
function nameOf(host: string): string {
  const [, address, name = ''] = /^(?:\[([\da-f:.]+)\]|([^:]*))(?::\d*)?$/i.exec(host) ?? [];
  return (address ?? name.replace(/\.$/, '')).toLowerCase();
}
