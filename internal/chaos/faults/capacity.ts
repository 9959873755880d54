import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Fault } from '../fault.ts';
import { everything } from '../load.ts';

const SECOND = 1000;
const MEBIBYTE = 2 ** 20;
const DISK_MEBIBYTES = 200;

const tooMuch = {
  isApart: true,
  needs: { environment: { MAX_QUEUED_EVENTS: '2000' } },
  mix: { ...everything, reads: 0.02, bulk: 0.3, bulkItems: 300 },
  connections: 2000,
  requestsPerSecond: Infinity,
  lastsThroughout: true,
  async round({ proxy, lasting }) {
    proxy.delayMs = 50;
    await lasting(20 * SECOND);
    proxy.delayMs = 0;
  },
} satisfies Omit<Fault, 'name' | 'summary'>;

/** What does not fit. */
export const capacityFaults: readonly Fault[] = [
  {
    ...tooMuch,
    name: 'overload',
    summary:
      '2,000 connections, begun within 10 s, send as fast as they may to a service whose PostgreSQL is 100 ms away, for 20 s',
    retries: 'as told',
    beginWithinMs: 10 * SECOND,
    answersWithin: { refusedMs: 100, acknowledgedMs: SECOND },
  },
  {
    ...tooMuch,
    name: 'overload-hurry',
    summary:
      'the same, but the connections come all at once, and send what was refused after 50 to 250 ms, whatever they are told',
    retries: 'in a hurry',
  },
  {
    name: 'disk',
    summary: 'the disk of PostgreSQL is full for 10 s (root only: it gets a small one of its own)',
    needs: {
      diskMebibytes: DISK_MEBIBYTES,
      settings: { max_wal_size: '64MB', min_wal_size: '32MB', wal_recycle: 'off' },
    },
    async round({ postgres, lasting }) {
      const ballast = join(postgres.dataDir, 'ballast');
      const block = Buffer.alloc(MEBIBYTE);
      try {
        for (;;) await writeFile(ballast, block, { flag: 'a' });
      } catch {
        // Full.
      }
      await lasting(10 * SECOND);
      await rm(ballast);
      await postgres.untilBack();
    },
  },
];
