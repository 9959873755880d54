/** The service under load, from `--url`. */
export type ParsedTarget = { readonly url: URL } | { readonly problem: string };

/**
 * Only this machine, unless told otherwise: load does harm to a service that does not expect it, and a mistyped or
 * left-over address should not be able to.
 */
export function parseTarget(text: string, allowRemote: boolean): ParsedTarget {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const problem = (what: string) => ({ problem: `--url must be ${what}, not ${JSON.stringify(text)}` });
  // Decrypting would be measured as well, by far the most of it in this process.
  if (url?.protocol !== 'http:') return problem('an http URL, as in http://localhost:8080');
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    return problem('a host, a port and perhaps a path');
  }
  if (!allowRemote && !isLoopback(url.hostname)) {
    return problem('this machine (localhost, 127.0.0.1, [::1]) without --allow-remote');
  }
  return { url };
}

/** URL writes every form of an IPv4 address as four numbers, and IPv6 in its shortest form. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
