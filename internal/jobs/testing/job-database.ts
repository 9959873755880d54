import { useDatabase, type UsedDatabase } from '../../testing/use-database.ts';
import { eventPages, type PageLimits, type StoredEvent } from '../event-pages.ts';

/** A database for the tests of the surrounding `describe`, emptied of jobs before each. */
export interface JobDatabase extends UsedDatabase {
  /** Forgets all that is stored. */
  clear(): Promise<void>;
  /** All events of a run, in the order of reading. */
  events(jobName?: string, runId?: string, limits?: PageLimits): Promise<StoredEvent[]>;
  /** Their contents. */
  contents(jobName?: string, runId?: string): Promise<string[]>;
}

export function useJobDatabase(): JobDatabase {
  const database = useDatabase(() => jobs.clear());

  const own: Omit<JobDatabase, keyof UsedDatabase> = {
    async clear() {
      await database.pool.query('truncate job_runs, job_events');
    },
    async events(jobName = 'etl', runId = 'r1', limits) {
      const events: StoredEvent[] = [];
      for await (const page of eventPages(database.pool, { jobName, runId }, limits)) events.push(...page);
      return events;
    },
    async contents(jobName, runId) {
      return (await jobs.events(jobName, runId)).map(({ content }) => content);
    },
  };
  // Its pool and its address are only there once the tests begin.
  const jobs: JobDatabase = Object.assign(database, own);
  return jobs;
}
