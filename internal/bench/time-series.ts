import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { chooseFreePort } from '../database/embedded/free-port.ts';
import { stopChild, withFolder } from './programs.ts';

/** A database for time series that takes InfluxDB's line protocol. */
export interface TimeSeriesDatabase {
  readonly name: string;
  /** Debian's. */
  readonly program: string;
  readonly package: string;
  /** Makes its settings in `folder` and returns its arguments. */
  prepare(folder: string, port: number, otherPort: number): Promise<string[]>;
}

/** InfluxDB 1.6; its write-ahead log is synced before it answers. */
export const influxDb: TimeSeriesDatabase = {
  name: 'InfluxDB 1.6',
  program: '/usr/bin/influxd',
  package: 'influxdb',
  async prepare(folder, port, otherPort) {
    const file = join(folder, 'influxdb.conf');
    await writeFile(
      file,
      `
reporting-disabled = true
bind-address = "127.0.0.1:${otherPort}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  wal-fsync-delay = "0s"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
  max-body-size = 0
[logging]
  level = "error"
`,
    );
    return ['-config', file];
  },
};

/** VictoriaMetrics; it acknowledges before anything is on disk, and keeps numbers only. */
export const victoriaMetrics: TimeSeriesDatabase = {
  name: 'VictoriaMetrics',
  program: '/usr/bin/victoria-metrics',
  package: 'victoria-metrics',
  prepare: (folder, port) =>
    Promise.resolve([
      `-storageDataPath=${folder}`,
      `-httpListenAddr=127.0.0.1:${port}`,
      '-retentionPeriod=100y',
      '-loggerLevel=ERROR',
    ]),
};

/** Runs `measure` with the URL to write to, against a fresh database; undefined if it is not installed. */
export async function withTimeSeries<T>(
  database: TimeSeriesDatabase,
  measure: (writeUrl: string) => Promise<T>,
): Promise<T | undefined> {
  if (!existsSync(database.program)) return undefined;
  return withFolder(async (folder) => {
    const port = await chooseFreePort();
    const args = await database.prepare(folder, port, await chooseFreePort());
    const child = spawn(database.program, args, { stdio: ['ignore', 'ignore', 'ignore'] });
    try {
      const url = `http://127.0.0.1:${port}`;
      await untilItAnswers(`${url}/ping`);
      await fetch(`${url}/query?q=CREATE+DATABASE+bench`, { method: 'POST' });
      return await measure(`${url}/write?db=bench&precision=s`);
    } finally {
      await stopChild(child);
    }
  });
}

async function untilItAnswers(url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const answers = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answers) return;
    if (tries === 100) throw new Error(`${url} does not answer`);
    await pause(100);
  }
}
