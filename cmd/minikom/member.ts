import '../../internal/program/navigator.ts';
import { serveAsMember } from '../../internal/processes/member.ts';
import { createLogger } from '../../internal/telemetry/logger.ts';
import { readConfig } from './configuration.ts';
import { program } from './program.ts';

const config = readConfig(process.env);
const slot = Number(process.env.MINIKOM_SLOT);
const logger = createLogger(config.LOG_LEVEL).child({ process: slot });

/** The entry of one of several processes of the service. */
serveAsMember(program, config, slot, logger).catch((error: unknown) => {
  process.stderr.write(`minikom: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
