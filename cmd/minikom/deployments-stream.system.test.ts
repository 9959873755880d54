import { once } from 'node:events';
import type { Socket } from 'node:net';

import { expect } from 'chai';

import { dial } from '../../internal/testing/wire.ts';
import { until } from '../../internal/testing/until.ts';
import { getRecords, ofRecords, recordBody, storeRecords } from './testing/record-client.ts';
import { useService } from './testing/use-service.ts';

const RECORDS = 100_000;
// More than there are connections for reading.
const CALLERS = 12;

describe('a history of 100,000 records', () => {
  const service = useService(ofRecords);

  beforeEach(async () => {
    await service.database.query(
      `insert into deployment_records (component, second, nanosecond, environment, state)
      select 'web', 1772366400 + number, 0, 'prod', repeat('x', 200) from generate_series(0, $1 - 1) as number`,
      [RECORDS],
    );
  });

  const get = 'GET /historical/web HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

  /** Callers of the whole history, each of which does this when the first bytes of its answer are there. */
  function callersThatTake(onFirstBytes: (caller: Socket) => void): Promise<Socket[]> {
    const calls = Array.from({ length: CALLERS }, async () => {
      const caller = await dial(service.port);
      caller.write(get);
      await once(caller, 'data');
      onFirstBytes(caller);
      return caller;
    });
    return Promise.all(calls);
  }

  async function readingBackends(): Promise<{ active: number; inTransaction: number }> {
    const { rows } = await service.database.query<{ active: number; in_transaction: number }>(`
      select count(*) filter (where state = 'active')::int as active,
        count(*) filter (where state like 'idle in transaction%')::int as in_transaction
      from pg_stat_activity
      where datname = current_database() and application_name = 'minikom read'`);
    return { active: rows[0]?.active ?? 0, inTransaction: rows[0]?.in_transaction ?? 0 };
  }

  it('is streamed whole and in order', async () => {
    const { headers } = await service.send({ method: 'HEAD', path: '/historical/web' });
    expect(headers, 'its length is not known before').to.not.have.property('content-length');
    const records = await getRecords(service, '/historical/web');
    expect(records).to.have.length(RECORDS);
    for (const [index, record] of records.entries()) {
      if (record.Timestamp !== recordBody(index).Timestamp) throw new Error(`record ${index} is another one`);
    }
  });

  it('holds no connection for callers that take nothing, and others are served', async () => {
    const callers = await callersThatTake((caller) => caller.pause());
    // Each is given what its connection holds, and then reading stops.
    await until('nobody reads any more', async () => {
      const { active, inTransaction } = await readingBackends();
      return active === 0 && inTransaction === 0;
    });
    expect(await getRecords(service, '/historical/nobody')).to.deep.equal([]);
    await storeRecords(service, recordBody(-1));
    expect(await getRecords(service, '/current')).to.deep.equal([recordBody(-1)]);
    for (const caller of callers) caller.destroy();
  });

  it('is not read on for callers that go away', async () => {
    await callersThatTake((caller) => caller.destroy());
    await until('nobody reads any more', async () => (await readingBackends()).active === 0);
    expect(await getRecords(service, '/historical/web?limit=1')).to.have.length(1);
  });
});
