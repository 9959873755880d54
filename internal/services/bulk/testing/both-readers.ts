import { eventParser, type ParsedEvents } from '../../../events/parse.ts';
import { Problem } from '../../../frontdoor/problem.ts';
import { bulkReports, gatherReports, type BulkReports } from '../bulk-reports.ts';
import { LAYOUT, nameIn, readRows, readSeconds } from '../../reports/report-rows.ts';
import type { ReportScanner, ScanOptions } from '../scanner.ts';

export const NOW = 1_700_000_000;

export const scanOptions: ScanOptions = {
  format: 'array',
  shards: 3,
  batchSize: 20_000,
  nowSeconds: NOW,
  maxFutureSeconds: 60,
  maxEvents: 1_000_000,
};

/** Which reports each part of each shard holds, each as one text, in no order. */
export function reportsIn(reports: BulkReports): string[][][] {
  return reports.map((parts) =>
    parts.map((part) => {
      const found: string[] = [];
      const bytes = Buffer.from(part.bytes);
      let rows = 0;
      readRows(bytes, LAYOUT, (hour, nameAt, nameEnd, deployAt, issueAt, end) => {
        rows++;
        const name = nameIn(bytes, nameAt, nameEnd);
        const of = (state: string) => ({
          add: (second: number) => found.push(`${hour * 3600 + second} ${state} ${name}`),
        });
        readSeconds(bytes, deployAt, issueAt, of('deploy'));
        readSeconds(bytes, issueAt, end, of('issue'));
      });
      if (rows !== part.rows || found.length !== part.reports) throw new Error('a part is not what it says');
      return found.sort();
    }),
  );
}

const careful = eventParser({ ...bulkReports(), begin: gatherReports, scan: () => undefined });

/** What the careful reader makes of a body; or its refusal. */
export function readCarefully(body: Buffer, options: ScanOptions): ParsedEvents<BulkReports> | Problem {
  try {
    return careful.parse(Buffer.from(body), options);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

/**
 * Gives both readers a body. Returns whether it was scanned; throws if it was and the careful reader comes to something
 * else.
 */
export function agreeOn(scanner: ReportScanner, body: Buffer, options: ScanOptions): boolean {
  const scanned = scanner.scan(body, options);
  if (scanned === undefined) return false;
  const read = readCarefully(body, options);
  if (read instanceof Problem) throw new Error(`scanned, but refused: ${read.message}`);
  if (read.parts.length > 0 || read.accepted !== scanned.items) throw new Error('other items were found');
  if (JSON.stringify(reportsIn(scanned.reports)) !== JSON.stringify(reportsIn(read.reports))) {
    throw new Error('other reports were found');
  }
  return true;
}
