import { ChildProcess } from 'node:child_process';

// What closes by itself, such as sockets that were just ended, has long closed by then.
const GRACE_MS = 10_000;

/**
 * Mocha calls this once, after all tests. Mocha ends when nothing is left to wait for: what a test forgot to stop would
 * hold it up for ever, so after a while that is told and the run fails. The timer itself holds nothing up.
 */
export function mochaGlobalTeardown(): void {
  setTimeout(() => {
    process.stderr.write(`left behind by the tests: ${leftovers().join('; ')}\n`);
    // Mocha sets the status when the process exits, so the last word must come after that.
    process.once('exit', () => (process.exitCode = 1));
    process.exit();
  }, GRACE_MS).unref();
}

/** What keeps this process alive, programs by what they were started with. */
function leftovers(): string[] {
  const handles = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles();
  const programs = handles.filter((handle) => handle instanceof ChildProcess);
  return [...process.getActiveResourcesInfo(), ...programs.map(({ spawnargs }) => spawnargs.join(' '))];
}
