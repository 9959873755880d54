-- Up Migration

-- What somebody is told of, from when it was told first until its end. Times are unix seconds by the server's clock; since
-- is when it began. Of a rule that is no longer there it ends unsaid.
create table alerts (
  rule text collate "C" not null check (char_length(rule) between 1 and 255),
  service_name text collate "C" not null check (char_length(service_name) between 1 and 255),
  since float8 not null,
  told_at float8 not null, -- last, as begun or as still going on
  ended_at float8,
  primary key (rule, service_name, since)
);

create index alerts_by_end on alerts (ended_at);

-- What is to be sent to whom, and what became of it: an outbox. It is filled in the transaction that changes the alerts,
-- so that what is told is never forgotten, and sent until a receiver takes it: at least once, each time with the same id.
create table notifications (
  notification_id uuid primary key default gen_random_uuid(),
  notification_number int8 not null generated always as identity, -- the order in which a receiver gets them
  receiver text collate "C" not null check (char_length(receiver) between 1 and 255),
  rule text collate "C" not null,
  service_name text collate "C" not null,
  state text collate "C" not null,
  kind text collate "C" not null check (kind in ('begun', 'again', 'ended')),
  since float8 not null,
  ended_at float8,
  again_seconds float8, -- after so many it is said again
  created_at float8 not null,
  tries int4 not null default 0,
  next_try_at float8, -- null: it is done
  sent_at float8, -- when it was taken
  outcome text collate "C" -- of the last try: the status code, or what went wrong instead
);

create index notifications_waiting on notifications (receiver, notification_number) where next_try_at is not null;
create index notifications_by_number on notifications (notification_number);

-- One row at most, from the first look on: up to when all that happened was looked at. Who looks holds it, so that two can
-- never say the same twice.
create table notification_turns (
  only_row boolean primary key default true check (only_row),
  looked_at float8
);

-- Down Migration

drop table notification_turns;
drop table notifications;
drop table alerts;
