import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

/** A file that need not exist, and a line of it. */
type Line = readonly [filePath: string, code: string];

const imports = (from: string) => `import '${from}';`;

const rules: Readonly<Record<string, { refused: readonly Line[]; allowed: readonly Line[] }>> = {
  'only tests import testing/': {
    refused: [
      ['cmd/minikom/main.ts', imports('../../internal/testing/wire.ts')],
      ['cmd/minikom/program.ts', imports('./testing/use-service.ts')],
      ['internal/processes/serve.ts', imports('../testing/wire.ts')],
      ['cmd/bench/main.ts', imports('../../internal/testing/shared-postgres.ts')],
      ['cmd/minikom/worker.ts', imports('../../internal/testing/wire.ts')],
      ['internal/shards/flush.ts', imports('../testing/until.ts')],
      ['internal/services/sink.ts', imports('../testing/until.ts')],
    ],
    allowed: [
      ['cmd/minikom/stop.system.test.ts', imports('../../internal/testing/wire.ts')],
      ['cmd/minikom/testing/use-service.ts', imports('../../../internal/testing/wire.ts')],
      ['internal/agent/testing/receiver.ts', imports('../../testing/until.ts')],
      ['internal/shards/lane.test.ts', imports('../testing/until.ts')],
    ],
  },
  'what runs in threads imports no Koa': {
    refused: [
      ['cmd/minikom/worker.ts', imports('koa')],
      ['cmd/minikom/parser.ts', imports('@koa/router')],
      ['internal/shards/queue.ts', imports('koa')],
      ['internal/shards/worker.ts', imports('koa')],
      ['internal/shards/worker.ts', "import type { Context } from 'koa';"],
      ['internal/parsing/parser-thread.ts', imports('@koa/router')],
      ['internal/parsing/deeper/scan.ts', imports('koa')],
      ['internal/services/sink.ts', imports('koa')],
      ['internal/services/reports/batches.ts', imports('koa')],
      ['internal/events/sink.ts', "export { default } from 'koa';"],
    ],
    allowed: [
      ['cmd/minikom/main.ts', imports('koa')],
      ['cmd/minikom/worker.ts', imports('../../internal/shards/worker.ts')],
      ['internal/frontdoor/app.ts', imports('koa')],
      ['internal/events/get-events.ts', imports('koa')],
    ],
  },
  'only cmd/ and internal/config/ read the environment': {
    refused: [
      ['internal/shards/flush.ts', 'export const a = process.env;'],
      ['internal/shards/flush.ts', 'export const { env } = process;'],
      ['internal/shards/flush.ts', "import { env } from 'node:process';"],
      ['internal/events/rows.ts', "import process from 'node:process';"],
      ['internal/events/sink.ts', "import * as process from 'process';"],
      ['internal/telemetry/logger.ts', "export { env } from 'node:process';"],
      ['internal/shards/lane.test.ts', "import { env } from 'node:process';"],
    ],
    allowed: [
      ['internal/config/config.ts', "import { env } from 'node:process';"],
      ['internal/config/config.ts', 'export const a = process.env;'],
      ['cmd/minikom/main.ts', "import process from 'node:process';"],
      ['cmd/minikom/main.ts', 'export const a = process.env;'],
      ['internal/shards/flush.ts', 'export const a = process.pid;'],
      ['internal/database/embedded/run-program.ts', imports('node:child_process')],
    ],
  },
  'the pipeline imports no feature': {
    refused: [
      ['internal/shards/flush.ts', imports('../services/report.ts')],
      ['internal/shards/worker.ts', imports('../events/sink.ts')],
      ['internal/frontdoor/app.ts', imports('../workers/feature.ts')],
      ['internal/database/embedded/start.ts', imports('../../agent/agent.ts')],
      ['internal/telemetry/logger.ts', imports('../services/report.ts')],
      ['internal/config/config.ts', imports('../loadtest/options.ts')],
      ['internal/parsing/parser.ts', imports('../events/parse.ts')],
      ['internal/pipeline/feature.ts', "import type { Item } from '../events/item.ts';"],
      ['internal/processes/member.ts', imports('../workers/feature.ts')],
      ['internal/live/live.ts', imports('../services/topic.ts')],
    ],
    allowed: [
      ['internal/services/feature.ts', imports('../pipeline/feature.ts')],
      ['internal/frontdoor/app.ts', imports('../shards/unavailable.ts')],
      ['internal/processes/serve.ts', imports('../live/live.ts')],
      ['internal/database/database.db.test.ts', imports('../agent/testing/log-lines.ts')],
      ['cmd/minikom/features.ts', imports('../../internal/services/feature.ts')],
    ],
  },
  'nothing but cmd/ imports bench/ or chaos/': {
    refused: [
      ['internal/live/live.ts', imports('../chaos/tcp-proxy.ts')],
      ['internal/bench/bulk.ts', imports('../chaos/tcp-proxy.ts')],
      ['internal/chaos/faults/kill.ts', imports('../../testing/until.ts')],
      ['internal/chaos/faults/kill.ts', 'export const a = process.env;'],
      ['internal/shards/flush.ts', imports('../bench/bulk.ts')],
      ['internal/services/report.ts', imports('../bench/row.ts')],
    ],
    allowed: [
      ['cmd/bench/main.ts', imports('../../internal/bench/bench.ts')],
      ['cmd/chaos/main.ts', imports('../../internal/chaos/run.ts')],
      ['internal/chaos/client.ts', imports('../loadtest/connection.ts')],
      ['internal/database/pool.db.test.ts', imports('../chaos/tcp-proxy.ts')],
      ['internal/bench/rows-read.ts', imports('../services/advance-checkpoints.ts')],
      ['internal/bench/page/endurance.ts', imports('../../loadtest/options.ts')],
      ['internal/bench/programs.ts', 'export const a = process.env;'],
    ],
  },
  'a feature imports no other': {
    refused: [
      ['internal/services/report.ts', imports('../events/item.ts')],
      ['internal/events/sink.ts', imports('../services/sink.ts')],
    ],
    allowed: [
      ['internal/events/sink.ts', imports('./queries.ts')],
      ['internal/loadtest/verify/asker.ts', imports('../options.ts')],
    ],
  },
  'the timeline imports nothing': {
    refused: [
      ['internal/services/timeline.ts', imports('./ranges.ts')],
      ['internal/services/timeline.ts', imports('node:fs')],
      ['internal/services/timeline.ts', "import type { Report } from './report.ts';"],
    ],
    allowed: [['internal/services/timeline.ts', 'export const a = 1;']],
  },
  'nothing imports cmd/': {
    refused: [
      ['internal/shards/shards.ts', imports('../../cmd/minikom/program.ts')],
      ['internal/shards/shards.test.ts', imports('../../cmd/minikom/program.ts')],
    ],
    allowed: [['cmd/minikom/main.ts', imports('./program.ts')]],
  },
};

describe('the rules about imports', () => {
  const eslint = new ESLint({
    cwd: fileURLToPath(new URL('../../../', import.meta.url)),
    // These rules need no types, and made-up files have none.
    overrideConfig: [{ files: ['**/*.ts'], ...tseslint.configs.disableTypeChecked }],
  });

  /** The ids of the rules that the line breaks, of those that restrict; or that it cannot be read. */
  async function broken([filePath, code]: Line): Promise<string[]> {
    const [result] = await eslint.lintText(`${code}\n`, { filePath });
    return (result?.messages ?? [{ ruleId: 'not linted' }])
      .map(({ ruleId }) => ruleId ?? 'not readable')
      .filter((ruleId) => ruleId.startsWith('no-restricted-') || ruleId.startsWith('not '));
  }

  for (const [rule, { refused, allowed }] of Object.entries(rules)) {
    it(`hold that ${rule}`, async () => {
      for (const line of refused) {
        const rules = await broken(line);
        expect(rules, `refused: ${line.join(': ')}`).to.have.length(1);
        expect(rules[0], line.join(': ')).to.match(/^no-restricted-/);
      }
      for (const line of allowed) expect(await broken(line), `allowed: ${line.join(': ')}`).to.deep.equal([]);
    });
  }
});
