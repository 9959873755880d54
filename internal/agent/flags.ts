import { flagLines, readFlags, readToken } from '../program/flags.ts';
import type { Asked } from '../program/program.ts';
import type { AgentOptions } from './agent.ts';
import { defaultServices } from './plan.ts';

const mostSafe = Number.MAX_SAFE_INTEGER;
const flags = {
  texts: {},
  numbers: {
    services: { least: 1, most: 100_000, whole: true, help: `services to report (${defaultServices})` },
    'speed-up': { least: 1, most: 1_000_000, whole: false, help: 'simulated seconds per second (1)' },
    seed: { least: 0, most: mostSafe, whole: true, help: 'same seed, same reports (random)' },
    'start-second': { least: 0, most: 1e10, whole: true, help: 'first simulated unix second (to end now)' },
    duration: { least: 1, most: 1e10, whole: true, help: 'simulated seconds to run (for ever)' },
    loss: { least: 0, most: 1, whole: false, help: 'share of reports never sent, 0 to 1 (0)' },
    duplicates: { least: 0, most: 1, whole: false, help: 'share of reports sent twice, 0 to 1 (0)' },
  },
  switches: {},
};

/** The answer to `--help`. */
export const usage = `Usage: komobox [options]
Reports made-up states of services, once a second each, to a server.

Environment:
  ENDPOINT        http(s) URL to post to, required; without a path /event is meant
  WRITE_TOKEN     sent as bearer token, if set

Options (default):
${flagLines(flags)}
`;

/** Checks everything and names every problem, so that a user corrects them in one go. Without a seed one is drawn. */
export function parseFlags(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Asked<Omit<AgentOptions, 'seed'> & { readonly seed: number | undefined }> {
  const problems: string[] = [];
  const endpoint = parseEndpoint(environment.ENDPOINT, problems);
  const token = readToken(environment.WRITE_TOKEN, 'WRITE_TOKEN', problems);
  const given = readFlags(flags, args, problems);
  if (given.has('help')) return { kind: 'help' };
  const options = {
    token,
    services: given.number('services') ?? defaultServices,
    speedUp: given.number('speed-up') ?? 1,
    seed: given.number('seed'),
    startSecond: given.number('start-second'),
    durationSeconds: given.number('duration') ?? Infinity,
    loss: given.number('loss') ?? 0,
    duplicates: given.number('duplicates') ?? 0,
  };
  if (options.speedUp > 1 && !given.has('duration')) {
    problems.push('--speed-up above 1 needs --duration, so that simulated time can end at the present');
  }
  if (endpoint === undefined || problems.length > 0) return { kind: 'bad', problems };
  return { kind: 'run', options: { ...options, endpoint } };
}

function parseEndpoint(text: string | undefined, problems: string[]): URL | undefined {
  if (text === undefined || text === '') {
    problems.push('ENDPOINT is missing: set it to the URL to report to, as in http://localhost:8080');
    return undefined;
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    problems.push(`ENDPOINT must be an http or https URL, not ${JSON.stringify(text)}`);
    return undefined;
  }
  if (url.pathname === '/') url.pathname = '/event';
  return url;
}
