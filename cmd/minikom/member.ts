import cluster from 'node:cluster';

import { readConfig } from '../../internal/config/config.ts';
import { Member, type Channel } from '../../internal/processes/member.ts';
import type { ToMember } from '../../internal/processes/protocol.ts';
import type { Figures } from '../../internal/shards/figures.ts';
import { createLogger } from '../../internal/telemetry/logger.ts';
import { serve } from './service.ts';
import { stopOnSignal } from './stop-on-signal.ts';

// Thread ids of one process stay far below.
const WORKER_IDS_PER_PROCESS = 1_000_000_000;

/** One of several processes of the service; the primary starts it, and it ends with it. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const slot = Number(process.env.MINIKOM_SLOT);
  const logger = createLogger(config.LOG_LEVEL).child({ process: slot });
  let ownFigures = (): Figures => ({ workers: [], shards: [] });
  const stopping = stopOnSignal(
    'process',
    () => starting.then((service) => service.stop()),
    config.SHUTDOWN_TIMEOUT_MS,
    logger,
  );
  const member = new Member(
    channelToPrimary(),
    () => ownFigures(),
    () => stopping.begin(),
  );
  const starting = serve(config, {
    connectionString: config.DATABASE_URL ?? '',
    logger,
    now: () => Date.now() / 1000,
    among: {
      idsAfter: {
        shard: slot * config.SHARDS,
        // Of each process that was ever started, also in the place of another.
        worker: (cluster.worker?.id ?? 0) * WORKER_IDS_PER_PROCESS,
      },
      askFigures: () => member.allFigures(),
      onFigures: (own) => (ownFigures = own),
    },
  });
  const service = await starting;
  member.listens(service.url);
  await service.ready;
  member.isReady();
}

function channelToPrimary(): Channel {
  return {
    send: (message) => process.send?.(message),
    onMessage: (listener) => process.on('message', (message: ToMember) => listener(message)),
  };
}

main().catch((error: unknown) => {
  process.stderr.write(`minikom: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
