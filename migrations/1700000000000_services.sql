-- Up Migration

-- The seconds in which each service was reported in each state: one row per service and hour.
-- `hour` is floor(unix seconds / 3600); the ranges hold seconds of that hour, 0 to 3599. Ingest only ever adds to
-- them, so no order, repetition or number of writers can change what they hold in the end.
create table observations (
  service_name text collate "C" not null,
  hour int4 not null check (hour >= 0),
  deploy int4multirange not null,
  issue int4multirange not null,
  primary key (service_name, hour),
  check (deploy <@ int4multirange(int4range(0, 3600))),
  check (issue <@ int4multirange(int4range(0, 3600))),
  check (not (isempty(deploy) and isempty(issue)))
) with (fillfactor = 70); -- room on the page, so that growing a row moves no index entry

-- The newest hour of a service is rewritten each second while it is reported.
alter table observations set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
-- A row wide enough to be compressed would be decompressed and compressed again by each flush.
alter table observations alter column deploy set storage external, alter column issue set storage external;

-- Which services were ever reported, and the hour of each one's newest row in observations.
create table services (
  service_name text collate "C" primary key check (char_length(service_name) between 1 and 255),
  newest_hour int4 not null
) with (fillfactor = 70);

-- Down Migration

drop table services;
drop table observations;
