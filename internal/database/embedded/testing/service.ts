// A service reduced to its embedded PostgreSQL, for tests to kill: takes the data folder as its argument, answers one
// line of JSON, stops when its input ends.
import { once } from 'node:events';
import { createLogger } from '../../../telemetry/logger.ts';
import { EmbeddedPostgresError, startEmbeddedPostgres } from '../index.ts';

try {
  const postgres = await startEmbeddedPostgres({
    dataDir: process.argv[2] ?? '',
    logger: createLogger('silent'),
  });
  process.stdout.write(`${JSON.stringify({ connectionString: postgres.connectionString })}\n`);
  await once(process.stdin.resume(), 'end');
  await postgres.stop();
} catch (error) {
  const code = error instanceof EmbeddedPostgresError ? error.code : 'unexpected';
  process.stdout.write(`${JSON.stringify({ code, message: String(error) })}\n`);
}
