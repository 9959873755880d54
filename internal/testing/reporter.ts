import { writeFileSync } from 'node:fs';

import { reporters, Runner, type MochaOptions, type Test } from 'mocha';

/**
 * Mocha's spec report, and the one line that scripts/test.sh ends with: "N passed, N failed", with ", N skipped" if
 * any was. The line goes to the file that MINIKOM_TEST_SUMMARY names, because coverage is printed after the tests.
 */
export default class SummaryReporter extends reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    // A file that could not be loaded, or that ended its worker, is told of without a word of which one it is.
    runner.prependListener(Runner.constants.EVENT_TEST_FAIL, (test: Test) => {
      if (test.parent?.root === true && test.file !== undefined) test.title += `: ${test.file}`;
    });
  }

  // Mocha calls this at the end of the run, and says so before it tells of files that could not be run.
  override epilogue(): void {
    setImmediate(() => {
      super.epilogue();
      const { passes, failures, pending } = this.stats;
      const skipped = pending > 0 ? `, ${pending} skipped` : '';
      // eslint-disable-next-line no-restricted-properties -- mocha has no other way to hand a path to a reporter
      const file = process.env.MINIKOM_TEST_SUMMARY;
      if (file !== undefined) writeFileSync(file, `${passes} passed, ${failures} failed${skipped}\n`);
    });
  }
}
