import type { DeploymentRecord } from './record.ts';
import { recordJson } from './record-json.ts';

/** Records that were read at once, and whether there may be more after them. */
export interface Page {
  readonly records: readonly DeploymentRecord[];
  readonly isLast: boolean;
}

/**
 * Reads page after page, each only when it is asked for: between two pages nothing is held, neither a connection nor
 * a transaction, however long the reader takes. `read` is given the last record so far.
 */
export async function* pagesOf(
  pageSize: number,
  read: (after: DeploymentRecord | undefined, limit: number) => Promise<readonly DeploymentRecord[]>,
): AsyncGenerator<Page, void, undefined> {
  for (let after: DeploymentRecord | undefined; ;) {
    const records = await read(after, pageSize);
    const isLast = records.length < pageSize;
    yield { records, isLast };
    if (isLast) return;
    after = records.at(-1);
  }
}

/** The answer `{"Records":[…]}`, a piece for each page. */
export async function* recordsText(pages: AsyncIterable<Page>): AsyncGenerator<string, void, undefined> {
  let isFirst = true;
  for await (const { records, isLast } of pages) {
    const opening = isFirst ? '{"Records":[' : records.length > 0 ? ',' : '';
    yield opening + records.map(recordJson).join(',') + (isLast ? ']}' : '');
    isFirst = false;
  }
}
