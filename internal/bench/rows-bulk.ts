import { blast, type BulkShape, jsonBodies, lineBodies } from './bulk.ts';
import { withMinikom } from './programs.ts';
import { alternate, type Row } from './row.ts';
import { influxDb, victoriaMetrics, withTimeSeries, type TimeSeriesDatabase } from './time-series.ts';

const DAY_SECONDS = 86_400;

/** Reports per second, ours against theirs. Each measurement begins where the one before it ended. */
function bulkRow(shape: BulkShape, connections: number, database: TimeSeriesDatabase, aim: string): Row {
  const { bodies, perBody, services } = shape;
  return {
    work: `bulk, ${perBody.toLocaleString('en')} reports a body, ${services.toLocaleString('en')} services, ${connections} connections`,
    against: `${database.name}, the same as lines`,
    aim,
    async measure({ rounds }) {
      const seconds = Math.ceil((bodies * perBody) / services);
      // Of the last days: databases for time series are made for what is new.
      let ours = Math.floor(Date.now() / 1000) - 5 * DAY_SECONDS;
      let theirs = ours;
      const rate = async (url: string, requests: readonly Buffer[]) => {
        const { durationMs } = await blast(url, requests, connections);
        return (bodies * perBody * 1000) / durationMs / 1e6;
      };
      const comparison = await withTimeSeries(database, (writeUrl) =>
        withMinikom((minikom) =>
          alternate(
            rounds,
            () => rate(`${minikom.url}/events`, jsonBodies(shape, (ours += seconds))),
            () => rate(writeUrl, lineBodies(shape, (theirs += seconds), database === victoriaMetrics)),
          ),
        ),
      );
      return comparison === undefined
        ? { kind: 'skipped', why: `${database.package} is not installed` }
        : { kind: 'compared', comparison, unit: 'M/s' };
    },
  };
}

const few = { bodies: 200, perBody: 10_000, services: 200 };
const many = { bodies: 100, perBody: 10_000, services: 5000 };
const small = { bodies: 12_000, perBody: 100, services: 100 };

export const bulkRows: readonly Row[] = [
  bulkRow(few, 4, influxDb, '≥ 1.5'),
  bulkRow(few, 4, victoriaMetrics, '≥ 1.0; it answers before disk'),
  bulkRow(many, 4, influxDb, '≥ 1.0'),
  bulkRow(many, 4, victoriaMetrics, '≥ 0.7'),
  bulkRow(small, 16, influxDb, '≥ 2.0'),
  bulkRow(small, 16, victoriaMetrics, '≥ 0.6'),
];
