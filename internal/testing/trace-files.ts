import { Session, type Profiler } from 'node:inspector';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

import { z } from 'zod';

/**
 * Loaded into every thread of the service by `node --import`: on SIGUSR2 it prints, as a line of the log, the
 * files of the project of which some function ran since the last time, in whatever thread.
 */
const GATHER_MS = 500;

const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });

/** Of this thread, since the last time. */
function filesThatRan(): string[] {
  let files: string[] = [];
  session.post(
    'Profiler.takePreciseCoverage',
    (_error, { result }) => (files = result.filter(ran).map(nameOf)),
  );
  return files;
}

function ran({ url, functions }: Profiler.ScriptCoverage): boolean {
  if (!/\/dist\/(cmd|internal)\//.test(url)) return false;
  // The function without a name that spans the file is its loading.
  if (url.endsWith('/trace-files.js')) return false;
  return functions.some(({ ranges: [range], functionName }) => {
    const isLoading = functionName === '' && range?.startOffset === 0;
    return !isLoading && (range?.count ?? 0) > 0;
  });
}

function nameOf({ url }: { readonly url: string }): string {
  return url.replace(/^.*\/dist\//, '').replace(/\.js$/, '.ts');
}

const questions = new BroadcastChannel('which files ran');
const answers = new BroadcastChannel('these files ran');
questions.onmessage = () => answers.postMessage(filesThatRan());
questions.unref();
answers.unref();

if (isMainThread) {
  process.on('SIGUSR2', () => {
    const files = new Set(filesThatRan());
    answers.onmessage = (event) =>
      z
        .object({ data: z.array(z.string()) })
        .parse(event)
        .data.forEach((file) => files.add(file));
    questions.postMessage('');
    setTimeout(
      () => process.stdout.write(`${JSON.stringify({ msg: 'ran', files: [...files].sort() })}\n`),
      GATHER_MS,
    );
  });
}
