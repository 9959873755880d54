/** What a command line and an environment ask a program for. */
export type Asked<Options> =
  | { readonly kind: 'run'; readonly options: Options }
  | { readonly kind: 'help' }
  | { readonly kind: 'bad'; readonly problems: readonly string[] };

/**
 * Does what was asked: runs the program, or tells how it is used, or what is wrong with how it was asked, which is exit
 * status 2. `run` returns the exit status; what it throws is told in one line, as status 1. SIGTERM and SIGINT abort
 * `stop`; of two, the second ends the process at once.
 */
export async function runProgram<Options>(
  name: string,
  usage: string,
  asked: Asked<Options>,
  run: (options: Options, stop: AbortSignal) => Promise<number>,
): Promise<void> {
  if (asked.kind === 'help') {
    process.stdout.write(usage);
    return;
  }
  if (asked.kind === 'bad') {
    process.stderr.write(`${name}: ${asked.problems.join('; ')}\n`);
    process.exitCode = 2;
    return;
  }
  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(1);
    stop.abort();
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  try {
    process.exitCode = await run(asked.options, stop.signal);
  } catch (error) {
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
