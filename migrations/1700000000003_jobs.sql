-- Up Migration

-- Runs of Spark jobs: one row per run that was ever heard of, folded so that order and repetition of payloads make no
-- difference. All times are milliseconds since 1970, as Spark writes them.
create table job_runs (
  job_name text collate "C" not null check (char_length(job_name) between 1 and 255),
  run_id text collate "C" not null check (char_length(run_id) between 1 and 255),
  run_number int8 not null generated always as identity, -- grows in the order in which runs were first heard of
  last_seen_ms float8 not null, -- by the server's clock
  first_start_ms float8, -- the earliest and the latest ApplicationStart
  last_start_ms float8,
  last_end_ms float8, -- the latest ApplicationEnd
  events int8 not null check (events >= 0),
  primary key (job_name, run_id),
  check ((first_start_ms is null) = (last_start_ms is null) and first_start_ms <= last_start_ms)
) with (fillfactor = 70); -- rewritten by each payload: room on the page, so that no index entry moves

-- Payloads whose Spark events are stored: a payload that comes again, or a flush whose COMMIT got lost, finds its row
-- here and stores nothing. payload_id grows in order of arrival.
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

-- The Spark events, each the text of a JSON object as it came; text, because nobody asks Postgres what is in them.
-- The key is the order in which they are read.
create table job_events (
  job_name text collate "C" not null,
  run_id text collate "C" not null,
  generated_ms float8 not null,
  payload_id int8 not null,
  message_index int4 not null check (message_index >= 0),
  content text not null,
  primary key (job_name, run_id, generated_ms, payload_id, message_index)
);

-- Down Migration

drop table job_events;
drop table job_payloads;
drop table job_runs;
