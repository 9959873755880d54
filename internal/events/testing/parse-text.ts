import { Problem } from '../../frontdoor/problem.ts';
import { bulkReports, type BulkReports } from '../../services/bulk/bulk-reports.ts';
import { parseWith } from '../../parsing/parser-thread.ts';
import { eventParser, type ParsedEvents, type ParseOptions } from '../parse.ts';

/** The clock of these tests, in unix seconds. */
export const NOW = 1_700_000_000;

const defaultOptions: ParseOptions = {
  format: 'array',
  maxEvents: 1000,
  batchSize: 20_000,
  shards: 3,
  nowSeconds: NOW,
  maxFutureSeconds: 60,
};

/** Parses a body given as bytes, text, or a value that is sent as JSON; throws what the parser throws. */
export function parseGood(body: unknown, options: Partial<ParseOptions> = {}): ParsedEvents<BulkReports> {
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return parseWith(eventParser(bulkReports()), bytes, { ...defaultOptions, ...options });
}

/** The same, where something should be wrong. */
export function parseBad(body: unknown, options: Partial<ParseOptions> = {}): Problem {
  try {
    parseGood(body, options);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('it was taken');
}
