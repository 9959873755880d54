import type { Context } from 'koa';

import { answerJson } from '../../frontdoor/answer.ts';
import { countSetAside, listPending } from '../settling/pending.ts';
import type { Reading } from './one-service.ts';

/** Returns the handler of `GET /settling`: how much is committed and not settled yet, and how much nobody could read. */
export function getSettling({ source: { database } }: Reading): (context: Context) => Promise<void> {
  return async (context) => {
    const pending = await listPending(database);
    const answer = {
      pending_batches: pending.length,
      pending_rows: pending.reduce((sum, { rows }) => sum + rows, 0),
      pending_bytes: pending.reduce((sum, { bytes }) => sum + bytes, 0),
      set_aside_batches: await countSetAside(database),
    };
    answerJson(context, JSON.stringify(answer));
  };
}
