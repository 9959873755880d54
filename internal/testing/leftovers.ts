import { ChildProcess } from 'node:child_process';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';

import type { Context, RootHookObject } from 'mocha';

// What closes by itself, such as sockets that were just ended, has long closed by then.
const GRACE_MS = 10_000;
const EACH_MS = 5;

/**
 * Mocha's workers, which it ends itself, call these around the tests of each file: what keeps a worker alive afterwards
 * and did not before was left behind by that file, and fails it.
 */
export function mochaHooks(): RootHookObject {
  // eslint-disable-next-line no-restricted-properties -- how mocha tells a worker that it is one
  if (process.env.MOCHA_WORKER_ID === undefined) return {};
  // Told to end, a worker writes what it knows of the coverage; mocha would not wait for that longer than a second.
  process.on('SIGTERM', () => undefined);
  let before: readonly string[] = [];
  return {
    async beforeAll() {
      await turn(); // By then mocha has set its timer for this hook, as for the other.
      before = process.getActiveResourcesInfo();
    },
    async afterAll(this: Context) {
      const files = this.test?.parent?.suites.map(({ file }) => file).join();
      const deadlineMs = performance.now() + GRACE_MS;
      await turn();
      while (leftSince(before).length > 0) {
        if (performance.now() > deadlineMs) {
          throw new Error(`left behind by the tests of ${files}: ${leftovers().join('; ')}`);
        }
        await delay(EACH_MS, undefined, { ref: false });
      }
    },
  };
}

/**
 * Mocha calls this once, after all tests, in the process that it was started in. It ends when nothing is left to wait
 * for: what a test forgot to stop would hold it up for ever, so after a while that is told and the run fails. The timer
 * itself holds nothing up.
 */
export function mochaGlobalTeardown(): void {
  setTimeout(() => {
    process.stderr.write(`left behind by the tests: ${leftovers().join('; ')}\n`);
    // Mocha sets the status when the process exits, so the last word must come after that.
    process.once('exit', () => (process.exitCode = 1));
    process.exit();
  }, GRACE_MS).unref();
}

/** The kinds of resources that are there more often than they were. */
function leftSince(before: readonly string[]): string[] {
  const known = [...before];
  return process.getActiveResourcesInfo().filter((kind) => {
    const index = known.indexOf(kind);
    if (index !== -1) known.splice(index, 1);
    return index === -1;
  });
}

/** What keeps this process alive, programs by what they were started with. */
function leftovers(): string[] {
  const handles = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles();
  const programs = handles.filter((handle) => handle instanceof ChildProcess);
  return [...process.getActiveResourcesInfo(), ...programs.map(({ spawnargs }) => spawnargs.join(' '))];
}
