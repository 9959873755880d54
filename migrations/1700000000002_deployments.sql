-- Up Migration

-- Deployment records, a set: a record is its four values and nothing else, so that storing one again changes nothing.
-- The time is kept as unix seconds and nanoseconds of that second: timestamptz keeps microseconds, and two records
-- that differ in less than that are two. In the order of the key a component is read oldest first.
create table deployment_records (
  component text collate "C" not null check (char_length(component) between 1 and 255),
  second int8 not null,
  nanosecond int4 not null check (nanosecond between 0 and 999999999),
  environment text collate "C" not null check (char_length(environment) between 1 and 255),
  state text collate "C" not null check (char_length(state) between 1 and 255),
  primary key (component, second, nanosecond, environment, state)
);

-- Of each component and environment the newest record: a copy, kept by the statement that stores the records. Of
-- equal times the greater state counts.
create table current_records (
  component text collate "C" not null,
  environment text collate "C" not null,
  second int8 not null,
  nanosecond int4 not null,
  state text collate "C" not null,
  primary key (component, environment)
) with (fillfactor = 70); -- room on the page, so that replacing a row moves no index entry

-- Down Migration

drop table current_records;
drop table deployment_records;
