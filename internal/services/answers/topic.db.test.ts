import { expect } from 'chai';
import pg from 'pg';

import { readSections } from '../../config/config.ts';
import { pipelineSections } from '../../config/pipeline.ts';
import { observe } from '../../testing/columns-of.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/shared-postgres.ts';
import { servicesSection } from '../config.ts';
import { storedHistory } from '../testing/stored-history.ts';
import { servicesTopic } from './topic.ts';

const NOW = 1_700_000_000;

describe('the topic of services', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let nowSeconds: number;
  let looks = 0;

  before(async () => {
    database = await createTestDatabase();
    pool = new pg.Pool({ connectionString: database.connectionString, max: 2 });
  });

  after(async () => {
    await pool.end();
    await database.drop();
  });

  beforeEach(async () => {
    nowSeconds = NOW;
    await pool.query('truncate pending_reports, services, observations');
    await report('busy', NOW);
    await report('was busy', NOW - 100);
  });

  async function report(service_name: string, timestamp: number): Promise<void> {
    const client = await pool.connect();
    try {
      await observe(client, [{ service_name, state: 'issue', timestamp }]);
    } finally {
      client.release();
    }
  }

  const openTopic = () =>
    servicesTopic(
      {
        source: storedHistory(pool, 2),
        config: readSections([...pipelineSections, servicesSection], {}),
        now: () => nowSeconds,
      },
      () => looks++,
    );

  it('tells all services, or those that are asked for and known', async () => {
    const topic = openTopic();
    const [busy, idle] = [`{"state":"issue","since":${NOW}}`, `{"state":"idle","since":${NOW - 99}}`];
    expect([...(await topic.read('all'))].sort()).to.deep.equal([['busy', busy], ['was busy', idle]]); // prettier-ignore
    expect([...(await topic.read(new Set(['busy', 'nobody'])))]).to.deep.equal([['busy', busy]]);
  });

  it('is due for those that have become idle since they were read, until they are read again', async () => {
    const topic = openTopic();
    await topic.read('all');
    looks = 0;
    expect(topic.due?.(NOW + 11.9)).to.deep.equal(new Set());
    expect(looks, 'it has it looked at what came in').to.equal(1);
    expect(topic.due?.(NOW + 12)).to.deep.equal(new Set(['busy']));
    nowSeconds = NOW + 12;
    expect([...(await topic.read(new Set(['busy'])))]).to.deep.equal([
      ['busy', `{"state":"idle","since":${NOW + 1}}`],
    ]);
    expect(topic.due?.(NOW + 1000)).to.deep.equal(new Set());
  });

  it('is not due for what goes on', async () => {
    const topic = openTopic();
    await topic.read('all');
    await report('busy', NOW + 5);
    nowSeconds = NOW + 5;
    await topic.read(new Set(['busy']));
    expect(topic.due?.(NOW + 12)).to.deep.equal(new Set());
  });
});
