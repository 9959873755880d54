-- Up Migration

-- What replicas write to see whether a report could be committed. Each row fills a page, and no room is used again, so
-- that the table has to grow as others do: on a full disk what is there already can still be overwritten for long.
create table readiness_probes (
  slot int2 not null default (random() * 63)::int2, -- by which a cluster spreads them
  filling text not null default repeat(' ', 8000)
) with (autovacuum_enabled = off);
alter table readiness_probes alter column filling set storage plain;

-- Down Migration

drop table readiness_probes;
