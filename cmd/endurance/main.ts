// Watches the page for minutes while thousands of services report. See scripts/bench.sh --page.
import { parseArgs } from 'node:util';

import { watchPage } from '../../internal/bench/page/endurance.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    services: { type: 'string', default: '10000' },
    rate: { type: 'string', default: '5000' },
  },
});
await watchPage(
  { minutes: Number(values.minutes), services: Number(values.services), rate: Number(values.rate) },
  process.env.CHROMIUM,
  (line) => void process.stdout.write(`${line}\n`),
);
