-- Up Migration

-- Payload events, one row each, in partitions by the day on which they arrived (UTC), named payload_events_YYYYMMDD.
-- The flushes make them when needed; retention drops them whole. Events are read by event_time, newest first;
-- event_id only makes that order total.
create sequence payload_event_ids as int8 cache 1000;

create table payload_events (
  received_day date not null,
  event_time timestamptz not null,
  event_id int8 not null default nextval('payload_event_ids'),
  data json, -- kept as it was sent, to the byte; null: the event had none
  primary key (event_time, event_id, received_day)
) partition by range (received_day);

alter sequence payload_event_ids owned by payload_events.event_id;

-- Batches that are stored: a flush whose COMMIT got lost is run again and must then do nothing. The ids are UUIDs of
-- version 7, which begin with the time, so that new ones are added at one end and old ones deleted at the other.
create table event_batches (
  batch_id uuid primary key
);

-- Idempotency keys of the last day. key_id is another one each time a key is taken.
create table idempotency_keys (
  idempotency_key text collate "C" primary key check (char_length(idempotency_key) between 1 and 255),
  key_id int8 not null generated always as identity unique,
  body_hash bytea not null check (octet_length(body_hash) = 32),
  part_size int4 not null check (part_size > 0),
  created_at timestamptz not null default now()
);

-- Which parts of a request with a key are stored.
create table idempotency_parts (
  key_id int8 not null,
  part int4 not null check (part >= 0),
  primary key (key_id, part)
);

-- Down Migration

drop table idempotency_parts;
drop table idempotency_keys;
drop table event_batches;
drop table payload_events;
