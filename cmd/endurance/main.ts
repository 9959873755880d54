// Watches the page for minutes while thousands of services report. See scripts/bench.sh --page.
import { parseWatch, watchUsage } from '../../internal/bench/options.ts';
import { watchPage } from '../../internal/bench/page/endurance.ts';
import { runProgram } from '../../internal/program/program.ts';

await runProgram('bench --page', watchUsage, parseWatch(process.argv.slice(2)), async (options) => {
  await watchPage(options, process.env.CHROMIUM, (line) => void process.stdout.write(`${line}\n`));
  return 0;
});
