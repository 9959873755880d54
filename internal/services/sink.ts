import type { ClientBase } from 'pg';

import type { Sink } from '../shards/sink.ts';
import { reportBatches, type ReportColumns } from './columns.ts';
import { foldReports } from './fold.ts';

/** Adds the batch's seconds to those already known: set union, so that writing a batch twice changes nothing. */
export const reportSink: Sink<ReportColumns> = {
  name: reportBatches.sink,
  singleStatement: true,
  async write(client: ClientBase, columns: ReportColumns): Promise<void> {
    const folded = foldReports(columns);
    await client.query({
      name: 'add reports',
      text: addReports,
      values: [folded.serviceNames, folded.hours, folded.deploy, folded.issue],
    });
  },
};

// The rows come sorted by key and each table is locked in that order, observations before services (Postgres runs
// the CTE that nothing reads last), so two flushes cannot wait for each other. A service's row is only touched when
// it is new or its newest hour moves: `on conflict` locks and logs a row even if it then changes nothing.
const addReports = `
  with folded as materialized (
    select * from unnest($1::text[], $2::int4[], $3::int4multirange[], $4::int4multirange[])
      as folded (service_name, hour, deploy, issue)
  ), newest as (
    insert into services (service_name, newest_hour)
    select folded.service_name, max(folded.hour)
    from folded
    where folded.hour > coalesce(
      (select newest_hour from services where services.service_name = folded.service_name), -1
    )
    group by folded.service_name
    order by folded.service_name
    on conflict (service_name) do update
      set newest_hour = greatest(services.newest_hour, excluded.newest_hour)
  )
  insert into observations (service_name, hour, deploy, issue)
  select service_name, hour, deploy, issue from folded
  on conflict (service_name, hour) do update
    set deploy = observations.deploy + excluded.deploy,
        issue = observations.issue + excluded.issue`;
