-- Up Migration

-- Within its run a Spark event is known by when it was generated, its content, and how many such ones stand before it in
-- its payload. Payloads have no identity: listeners count anew after a restart, and send again with more in it.
alter table job_events rename to job_events_by_payload;
alter index job_events_pkey rename to job_events_by_payload_pkey;

create table job_events (
  job_name text collate "C" not null,
  run_id text collate "C" not null,
  generated_ms float8 not null,
  arrival int8 not null check (arrival >= 0), -- how many events of the run are older, by arrival
  occurrence int4 not null check (occurrence >= 1), -- the n-th of its payload with this time and content
  content_digest bytea not null check (octet_length(content_digest) = 16), -- the first bytes of its SHA-256
  content text not null -- of a JSON object, as it came; text, because nobody asks Postgres what is in it
);

-- What was stored under several counters is stored once; the first to arrive stays.
insert into job_events (job_name, run_id, generated_ms, arrival, occurrence, content_digest, content)
select job_name, run_id, generated_ms,
  row_number() over (partition by job_name, run_id order by payload_id, message_index) - 1,
  occurrence, content_digest, content
from (
  select *, row_number() over (
    partition by job_name, run_id, generated_ms, content_digest, occurrence
    order by payload_id
  ) as times_stored
  from (
    select *, (row_number() over (
      partition by job_name, run_id, generated_ms, content_digest, payload_id
      order by message_index
    ))::int4 as occurrence
    from (
      select *, substr(sha256(convert_to(content, 'UTF8')), 1, 16) as content_digest
      from job_events_by_payload
    ) as digested
  ) as counted
) as stored
where times_stored = 1;

-- The key is the order in which they are read. The name of the job, by which a cluster spreads them, leads both.
alter table job_events
  add primary key (job_name, run_id, generated_ms, arrival),
  add constraint job_events_identity unique (job_name, run_id, generated_ms, content_digest, occurrence);

alter table job_runs add column newest_ms float8; -- the latest generated_ms of its events: what is later is new
update job_runs set events = 0;
update job_runs set events = stored.events, newest_ms = stored.newest_ms
from (
  select job_name, run_id, count(*) as events, max(generated_ms) as newest_ms
  from job_events
  group by job_name, run_id
) as stored
where stored.job_name = job_runs.job_name and stored.run_id = job_runs.run_id;

drop table job_events_by_payload;
drop table job_payloads;

-- On a cluster only what holds the name of the job can be unique.
drop index job_runs_by_number;
create index job_runs_by_number on job_runs (run_number);

-- Down Migration

drop index job_runs_by_number;
create unique index job_runs_by_number on job_runs (run_number);

-- Which payloads are stored is not known any more: one that is sent again is stored again.
create sequence job_payload_ids as int8;
create table job_payloads (
  job_name text collate "C" not null,
  run_id text collate "C" not null,
  payload_counter int8 not null check (payload_counter >= 0),
  payload_id int8 not null,
  events_digest bytea not null check (octet_length(events_digest) = 32),
  primary key (job_name, run_id, payload_counter)
);
alter sequence job_payload_ids owned by job_payloads.payload_id;

-- All that is stored of a run becomes one payload.
alter table job_events
  drop constraint job_events_pkey,
  drop constraint job_events_identity,
  drop column content_digest,
  drop column occurrence,
  alter column arrival type int4,
  add column payload_id int8 not null default 1;
alter table job_events rename constraint job_events_arrival_check to job_events_message_index_check;
alter table job_events rename column arrival to message_index;
alter table job_events
  alter column payload_id drop default,
  add primary key (job_name, run_id, generated_ms, payload_id, message_index);
select nextval('job_payload_ids');

alter table job_runs drop column newest_ms;
