-- Up Migration

-- Services are spread over 64 buckets (internal/services/bucket.ts): the bucket leads the keys of what is kept of them, so
-- that on a cluster all of a bucket lies on one server, and no statement about one service needs another.
-- FNV-1a (32 bit) over UTF-16 code units, as the program tells it; for looking into the tables by hand, too.
create function minikom_bucket(service_name text) returns int2 language plpgsql immutable as $$
declare
  hash int8 := 2166136261;
  code int4;
begin
  for place in 1 .. char_length(service_name) loop
    code := ascii(substr(service_name, place, 1));
    if code > 65535 then
      hash := ((hash # (55296 + ((code - 65536) >> 10))) * 16777619) & 4294967295;
      code := 56320 + ((code - 65536) & 1023);
    end if;
    hash := ((hash # code) * 16777619) & 4294967295;
  end loop;
  return (hash % 64)::int2;
end $$;

alter table services
  add column bucket int2,
  -- The service's own gap; without one: by SERVICE_GAPS, or GAP_SECONDS. A service can have one and no report yet.
  add column gap_seconds int4 check (gap_seconds between 1 and 86400),
  alter column newest_hour drop not null;
update services set bucket = minikom_bucket(service_name);
alter table services
  alter column bucket set not null,
  drop constraint services_pkey,
  add primary key (bucket, service_name);

alter table observations add column bucket int2;
update observations set bucket = services.bucket
from services
where services.service_name = observations.service_name;
alter table observations
  alter column bucket set not null,
  drop constraint observations_pkey,
  add primary key (bucket, service_name, hour);

-- A batch lies in the slot of whoever flushed it: on a cluster, on one server. Its bytes begin with the number of their
-- layout (internal/services/reports/report-rows.ts).
alter table pending_reports
  add column slot int2 not null default 0,
  add column row_count int4 not null default 0,
  drop constraint pending_reports_pkey,
  add primary key (batch_id, slot);

-- Batches that nobody could read: they are in nobody's way here, and nothing is lost.
create table unreadable_reports (
  batch_id int8 not null,
  slot int2 not null,
  layout int2 not null,
  reports bytea not null,
  reason text not null,
  set_aside_at timestamptz not null default now(),
  primary key (batch_id, slot)
);

-- Down Migration

-- Reports that were set aside would be lost.
do $$ begin
  if exists (select from unreadable_reports) then
    raise exception 'unreadable_reports is not empty: look into it first';
  end if;
end $$;
drop table unreadable_reports;
alter table pending_reports
  drop constraint pending_reports_pkey,
  add primary key (batch_id),
  drop column slot,
  drop column row_count;
alter table observations
  drop constraint observations_pkey,
  add primary key (service_name, hour),
  drop column bucket;
delete from services where newest_hour is null;
alter table services
  drop constraint services_pkey,
  add primary key (service_name),
  drop column bucket,
  drop column gap_seconds,
  alter column newest_hour set not null;
drop function minikom_bucket;
