import type { ClientBase } from 'pg';

import type { FoldedHours } from './pending-table.ts';

/**
 * Adds seconds of services of one bucket to those already known: set union, so that adding them twice changes nothing. One statement, in a
 * transaction that holds checkpoints where any may be made.
 */
export async function addObservations(
  client: ClientBase,
  bucket: number,
  folded: FoldedHours,
): Promise<void> {
  await client.query({
    name: 'add observations',
    text: addSeconds,
    values: [folded.serviceNames, folded.hours, folded.deploy, folded.issue, bucket],
  });
}

// Most of what agents repeat is known already, and looking it up is far cheaper than writing it again: `on conflict`
// locks and logs a row even where nothing changes. What another transaction committed can be relied on, because all
// our sessions commit synchronously, so what is visible is durable.
//
// The rows come sorted by key and each table is locked in that order, observations before services (Postgres runs
// the CTE that nothing reads last), so two replicas cannot wait for each other. The look-up is a scalar subquery,
// which Postgres can only run by key: as a join it would be planned while the tables are small, and scan them.
// Who has a row in observations has its hour or a later one in services, as one transaction wrote both. A service that is
// new has nothing before its first hour, which is its first checkpoint; one that an hour before its checkpoint changes of
// loses it, until the next is made.
const addSeconds = `
  with folded as materialized (
    select reported.*, (
      select observations.deploy @> reported.deploy and observations.issue @> reported.issue
      from observations
      where observations.bucket = $5 and observations.service_name = reported.service_name
        and observations.hour = reported.hour
    ) as known -- null: the service has no row of this hour
    from unnest($1::text[], $2::int4[], $3::int4multirange[], $4::int4multirange[])
      as reported (service_name, hour, deploy, issue)
  ), newest as (
    insert into services (bucket, service_name, newest_hour, checkpoint_hour)
    select $5::int2, service_name, max(hour), min(hour)
    from folded
    where known is not true and coalesce((
      select hour > newest_hour or hour < coalesce(greatest(checkpoint_hour, checkpoint_claim), 0)
      from services
      where services.bucket = $5 and services.service_name = folded.service_name
    ), true)
    group by service_name
    order by service_name
    on conflict (bucket, service_name) do update
      set newest_hour = greatest(services.newest_hour, excluded.newest_hour),
          checkpoint_hour = case
            when services.checkpoint_hour <= excluded.checkpoint_hour then services.checkpoint_hour
          end,
          checkpoint_claim = case
            when services.checkpoint_claim <= excluded.checkpoint_hour then services.checkpoint_claim
          end
  )
  insert into observations (bucket, service_name, hour, deploy, issue)
  select $5::int2, service_name, hour, deploy, issue
  from folded
  where known is not true
  on conflict (bucket, service_name, hour) do update
    set deploy = observations.deploy + excluded.deploy,
        issue = observations.issue + excluded.issue`;
