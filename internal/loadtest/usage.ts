import { numberFlags, switches, textFlags } from './flags.ts';
import { modes } from './modes/modes.ts';

/** The answer to `--help`. */
export const usage = `Usage: loadtest [options]
Sends load to Minikom, measures it and, if asked to, checks that nothing was lost. See docs/loadtest.md.

Modes:
${modes.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join('\n')}

Options (default):
${Object.entries({ ...textFlags, ...numberFlags, ...switches })
  .map(([name, { help }]) => `  --${name.padEnd(18)} ${help}`)
  .join('\n')}

Exit status: 0 done, 1 nothing was acknowledged or --verify found differences, 2 bad arguments.
`;
