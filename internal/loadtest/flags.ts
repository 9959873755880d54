import { flagLines } from '../program/flags.ts';
import { modes } from './modes/modes.ts';

const mostSafe = Number.MAX_SAFE_INTEGER;

/** The flags of the load tester. */
export const flags = {
  texts: {
    url: { help: 'the service (http://localhost:8080)' },
    mode: { help: `${modes.map(({ name }) => name).join(', ')} (${modes[0].name})` },
    token: { help: 'bearer token (environment: WRITE_TOKEN, for reads READ_TOKEN)' },
  },
  numbers: {
    batch: { least: 1, most: 1_000_000, whole: true, help: 'events per body (as the mode has it)' },
    services: { least: 1, most: 1_000_000, whole: true, help: 'services that are reported (1000)' },
    connections: {
      least: 1,
      most: 10_000,
      whole: true,
      help: 'connections, one request each at a time (64)',
    },
    rate: {
      least: 0.001,
      most: 1e6,
      whole: false,
      help: 'requests a second in all (as fast as answers come)',
    },
    duration: { least: 0.001, most: 1e6, whole: false, help: 'seconds (10, unless a count is given)' },
    requests: { least: 1, most: mostSafe, whole: true, help: 'requests in all' },
    events: { least: 1, most: mostSafe, whole: true, help: 'events in all, instead of --requests' },
    duplicates: { least: 0, most: 1, whole: false, help: 'share of the reports that is sent again (0)' },
    seed: { least: 0, most: 2 ** 32 - 1, whole: true, help: 'same seed and flags, same load (random)' },
    'start-second': { least: 0, most: 1e10, whole: true, help: 'unix seconds before all reports (in 2020)' },
    timeout: { least: 0.001, most: 3600, whole: false, help: 'seconds that an answer may take (30)' },
    'gap-seconds': { least: 1, most: 3600, whole: true, help: "the service's GAP_SECONDS, for --verify (2)" },
    'max-delay-seconds': { least: 0, most: 86_400, whole: true, help: 'its MAX_DELAY_SECONDS (10)' },
  },
  switches: {
    shuffle: { help: 'mix the order of the reports' },
    gzip: { help: 'compress bodies' },
    retry: { help: 'send what was not acknowledged again, with a wait' },
    verify: { help: 'compare afterwards what the service answers; implies --retry' },
    json: { help: 'print the result as one JSON object' },
    'allow-remote': { help: 'take addresses that are not of this machine' },
  },
};

/** The answer to `--help`. */
export const usage = `Usage: loadtest [options]
Sends load to Minikom, measures it and, if asked to, checks that nothing was lost. See docs/loadtest.md.

Modes:
${modes.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join('\n')}

Options (default):
${flagLines(flags)}

Exit status: 0 done, 1 nothing was acknowledged or --verify found differences, 2 bad arguments.
`;
