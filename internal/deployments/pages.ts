import { pagesOf, type PageEnd } from '../frontdoor/pages.ts';
import type { DeploymentRecord } from './record.ts';
import { recordJson } from './record-json.ts';

/** Records that were read at once. */
export interface RecordPage extends PageEnd<DeploymentRecord> {
  readonly records: readonly DeploymentRecord[];
}

/** Reads records `pageSize` at a time; `read` is given the last record so far. */
export function recordPages(
  pageSize: number,
  read: (after: DeploymentRecord | undefined, limit: number) => Promise<readonly DeploymentRecord[]>,
): AsyncGenerator<RecordPage, void, undefined> {
  return pagesOf(async (after: DeploymentRecord | undefined) => {
    const records = await read(after, pageSize);
    return { records, last: records.at(-1), isLast: records.length < pageSize };
  });
}

/** The answer `{"Records":[…]}`, a piece for each page. */
export async function* recordsText(
  pages: AsyncIterable<Pick<RecordPage, 'records' | 'isLast'>>,
): AsyncGenerator<string, void, undefined> {
  let isFirst = true;
  for await (const { records, isLast } of pages) {
    const opening = isFirst ? '{"Records":[' : records.length > 0 ? ',' : '';
    yield opening + records.map(recordJson).join(',') + (isLast ? ']}' : '');
    isFirst = false;
  }
}
