import { endRaw } from './bare-socket.ts';
import { Problem } from './problem.ts';
import type { Handle } from './server.ts';
import type { TakeUpgrade } from './upgrade.ts';

/**
 * Serves everything below a path such as `/minikom`, as if it were at the root: what lies elsewhere is not there, but for
 * probes, which orchestrators ask for past any proxy.
 */
export function belowPath(
  base: string,
  probes: ReadonlySet<string>,
  handle: Handle,
  upgrade: TakeUpgrade,
): { readonly handle: Handle; readonly upgrade: TakeUpgrade } {
  const below = (url: string): string | undefined => {
    if (url.startsWith(base) && url[base.length] === '/') return url.slice(base.length);
    return probes.has(url.split('?', 1)[0] ?? '') ? url : undefined;
  };
  const elsewhere = () => new Problem(404, 'not-found', `Everything here is below ${base}/.`);
  return {
    handle(request, answer, requestId) {
      const { url = '' } = request;
      const rest = below(url);
      if (rest !== undefined) {
        request.url = rest;
        handle(request, answer, requestId);
      } else if (url === base || url.startsWith(`${base}?`)) {
        // Links of the page lead to what is beside it, so it must be at a path that ends with a slash.
        const location = `${base}/${url.slice(base.length)}`;
        answer.writeHead(308, { 'x-request-id': requestId, location, 'content-length': 0 }).end();
      } else {
        answer.sendProblem(elsewhere());
      }
    },
    upgrade(request, socket, head, requestId) {
      const rest = below(request.url ?? '');
      if (rest === undefined) {
        endRaw(socket, elsewhere(), requestId);
      } else {
        request.url = rest;
        upgrade(request, socket, head, requestId);
      }
    },
  };
}
